import Crypto
import ESP
import Testing
import Vectors
import Wire

/// Extended sequence numbers (RFC 4303 §2.2.1 and appendix A).
@Suite struct ExtendedSequences {
    static let edge: UInt64 = 1 << 32
    private let packet = udpPacket(hosts(.ipv4).sunset, hosts(.ipv4).sunrise, count: 100)

    /// The two halves of an SA whose sender and receiver are both just before `sequence`.
    private func pair(_ suite: ESPSuite, before sequence: UInt64, window: Int = 64) throws -> Pair {
        let sa = association(suite, window: window)
        let pair = try Pair(sa, sequence: sequence - 1)
        // A receiver finds a sender again that is less than 2^32 packets ahead.
        var stop: UInt64 = 0
        while stop + 1 < sequence {
            stop = min(stop + 0xf000_0000, sequence - 1)
            let ahead = try Pair(sa, sequence: stop - 1)
            #expect(try pair.open(ahead.seal(packet)) == packet)
        }
        return pair
    }

    @Test(arguments: suites) func pastTheEdge(_ suite: ESPSuite) throws {
        for edge in [Self.edge, 5 * Self.edge] {
            let pair = try pair(suite.using(esn: true), before: edge - 100)
            var shown: [UInt32] = []
            for _ in 0..<200 {
                let esp = try pair.seal(packet)
                shown.append(esp[4..<8].reduce(0) { $0 << 8 | UInt32($1) })
                #expect(try pair.open(esp) == packet)
            }
            #expect(shown == (0..<200).map { UInt32(truncatingIfNeeded: edge - 100 + $0) })
            #expect(pair.receiver.window.top == edge + 99)
        }
    }

    /// Out of order across 2^32: a packet inside the window is accepted once, an older one is not.
    @Test(arguments: [ESPSuite(.aesGCM128, usesESN: true), ESPSuite(.aesCBC128, .hmacSHA256_128, usesESN: true)])
    func outOfOrder(_ suite: ESPSuite) throws {
        let pair = try pair(suite, before: Self.edge - 100)
        let sent = try (0..<200).map { _ in try pair.seal(packet) }
        #expect(try pair.open(sent[120]) == packet)
        for index in stride(from: 119, through: 57, by: -1) { #expect(try pair.open(sent[index]) == packet) }
        for index in [57, 99, 100, 120] { #expect(throws: PacketRefusal.replayed) { try pair.open(sent[index]) } }
        // Too old to be inside: it is taken for one that is yet to come, and is not authentic as that.
        #expect(throws: PacketRefusal.notAuthentic) { try pair.open(sent[50]) }
        #expect(try pair.open(sent[199]) == packet)
        #expect(throws: PacketRefusal.notAuthentic) { try pair.open(sent[120]) }
        #expect(pair.receiver.window.top == Self.edge + 99)
    }

    /// The half that is not shown is authenticated: a packet of 2^32 packets ago is no other one.
    @Test(arguments: suites) func theHiddenHalf(_ suite: ESPSuite) throws {
        let suite = suite.using(esn: true)
        let pair = try pair(suite, before: Self.edge + 10)
        let early = try Pair(association(suite), sequence: 19).seal(packet)
        #expect(throws: PacketRefusal.notAuthentic) { try pair.open(early) }
        let late = try Pair(association(suite), sequence: 2 * Self.edge + 19).seal(packet)
        #expect(throws: PacketRefusal.notAuthentic) { try pair.open(late) }
        #expect(try pair.open(Pair(association(suite), sequence: Self.edge + 19).seal(packet)) == packet)
    }

    /// Both ends mean the same, or no packet is taken: the ICV is over four octets more, although no packet shows them.
    @Test(arguments: suites) func withAndWithoutDoNotMix(_ suite: ESPSuite) throws {
        let plain = try Pair(association(suite))
        let extended = try Pair(association(suite.using(esn: true)))
        #expect(plain.sender.layout.icvLength == extended.sender.layout.icvLength)
        let packets = [try plain.seal(packet), try extended.seal(packet)]
        #expect(packets[0].count == packets[1].count && packets[0] != packets[1])
        #expect(throws: PacketRefusal.notAuthentic) { try extended.open(packets[0]) }
        #expect(throws: PacketRefusal.notAuthentic) { try plain.open(packets[1]) }
    }

    /// Before the first packet there is no window: a number before it is not examined.
    @Test func beforeTheFirst() throws {
        let pair = try Pair(association(ESPSuite(.aesGCM128, usesESN: true)))
        var esp = try pair.seal(packet)
        esp.replaceSubrange(4..<8, with: [0xff, 0xff, 0xff, 0xfe])
        #expect(throws: PacketRefusal.tooOld) { try pair.open(esp) }
        #expect(pair.receiver.window.top == 0)
    }

    /// 32 bits end, and are never used again; 64 do as well.
    @Test(arguments: [false, true]) func theLastOne(_ esn: Bool) throws {
        let last: UInt64 = esn ? .max : UInt64(UInt32.max)
        let pair = try Pair(association(ESPSuite(.aesGCM128, usesESN: esn)), sequence: last - 2)
        #expect(pair.sender.remaining == 2)
        _ = try pair.seal(packet)
        _ = try pair.seal(packet)
        for _ in 0..<3 { #expect(throws: PacketRefusal.sequenceExhausted) { try pair.seal(packet) } }
    }

    /// Without replay protection the receiver still has to know which half belongs to a packet.
    @Test func withoutAWindow() throws {
        let pair = try pair(ESPSuite(.aesGCM128, usesESN: true), before: Self.edge - 2, window: 0)
        for _ in 0..<10 { #expect(try pair.open(pair.seal(packet)) == packet) }
        #expect(pair.receiver.window.size == ReplayWindow.minimum)
    }
}
