import Crypto
import ESP
import Testing
import Wire

/// Packets that a stranger, a broken peer or a wrong configuration can send. Nothing traps, and only a counter changes.
@Suite struct Refusals {
    private let inner = hosts(.ipv4)
    private var packet: [UInt8] { udpPacket(inner.sunset, inner.sunrise, count: 37) }

    /// Expects `esp` to be refused for `reason`, the window to stay, and the count to grow by one.
    private func expectRefusal(_ pair: Pair, _ esp: [UInt8], _ reason: PacketRefusal?, _ comment: Comment? = nil) {
        let (top, carried) = (pair.receiver.window.top, pair.receiver.usage.packets)
        var got: PacketRefusal?
        do throws(PacketRefusal) { _ = try pair.open(esp) } catch { got = error }
        #expect(got != nil, comment)
        if let reason { #expect(got == reason, comment) }
        if let got {
            #expect(pair.receiver.usage[got] > 0)
            #expect(
                pair.receiver.window.top == top
                    || [
                        .badPadding, .badNextHeader, .badInnerPacket, .congestion,
                        .outsideSelectors,
                    ].contains(got))
        }
        #expect(pair.receiver.usage.packets == carried)
    }

    @Test(arguments: suitesAndESN) func truncatedAtEveryOctet(_ suite: ESPSuite) throws {
        let pair = try Pair(association(suite))
        let esp = try pair.seal(packet)
        for count in 0..<esp.count { expectRefusal(pair, Array(esp[0..<count]), nil) }
        for extra in 1...16 { expectRefusal(pair, esp + [UInt8](repeating: 0, count: extra), nil) }
        #expect(try pair.open(esp) == packet)
    }

    @Test(arguments: suitesAndESN) func everyOctetChanged(_ suite: ESPSuite) throws {
        let pair = try Pair(association(suite))
        let esp = try pair.seal(packet)
        for index in esp.indices {
            var broken = esp
            broken[index] ^= 0x02
            expectRefusal(pair, broken, index < 4 ? .wrongSPI : .notAuthentic)
        }
        #expect(pair.receiver.usage[.notAuthentic] == UInt64(esp.count - 4))
        #expect(try pair.open(esp) == packet)
    }

    @Test func everyLengthFromNothing() throws {
        for suite in suites {
            let pair = try Pair(association(suite, spi: 0))
            for count in 0..<200 {
                expectRefusal(pair, [UInt8](repeating: 0, count: count), nil)
            }
        }
    }

    @Test func aRangeOutsideTheBuffer() throws {
        let pair = try Pair(association())
        var buffer = [UInt8](repeating: 0, count: 100)
        var span = buffer.mutableSpan
        _ = try? pair.receiver.decapsulate(&span, packet: 0..<101, outer: pair.outer)
        #expect(pair.receiver.usage[.malformed] == 1)
        _ = try? pair.sender.encapsulate(&span, packet: 0..<101)
        #expect(pair.sender.usage[.notIP] == 1)
    }

    @Test func anotherKey() throws {
        let esp = try Pair(association(ESPSuite(.aesGCM128))).seal(packet)
        var other = association(ESPSuite(.aesGCM128))
        other.encryptionKey = Secret([UInt8](repeating: 9, count: 16))
        expectRefusal(try Pair(other), esp, .notAuthentic)
    }

    @Test(arguments: [ESPSuite(.aesCBC128, .hmacSHA1_96), ESPSuite(.aesGCM128)])
    func wrongInsideButAuthentic(_ suite: ESPSuite) throws {
        let sa = association(suite)
        let pair = try Pair(sa)
        var sequence: UInt32 = 0
        func send(_ text: [UInt8], _ reason: PacketRefusal) throws {
            sequence += 1
            expectRefusal(pair, try forged(sa, sequence: sequence, text: text), reason, "\(text)")
        }
        let whole = udpPacket(inner.sunset, inner.sunrise, count: 2) // 30 octets: no padding is needed
        #expect(whole.count == 30)
        try send([UInt8](repeating: 0, count: 14) + [15, 4], .badPadding)
        try send([UInt8](repeating: 0, count: 14) + [255, 4], .badPadding)
        try send([UInt8](repeating: 0, count: 14) + [3, 4], .badPadding)
        try send([UInt8](repeating: 0, count: 11) + [1, 2, 4, 3, 4], .badPadding)
        for next: UInt8 in [0, 1, 6, 17, 50, 58, 255] { try send(whole + [0, next], .badNextHeader) }
        try send(whole + [0, 41], .badInnerPacket) // IPv4 said to be IPv6
        try send([UInt8](1...14) + [14, 4], .badInnerPacket) // nothing at all
        // Every length that the inner header could lie about.
        for length in 0...255 where length != 30 {
            var lying = whole
            lying[3] = UInt8(length)
            let reason: PacketRefusal = length < 20 || length > 30 ? .badInnerPacket : .outsideSelectors
            guard reason == .badInnerPacket else { continue }
            try send(lying + [0, 4], reason)
        }
        for first in 0...255 where first != 0x45 {
            var lying = whole
            lying[0] = UInt8(first)
            if first >> 4 == 4, first & 15 > 5, first & 15 < 8 { continue } // options, harmlessly
            try send(lying + [0, 4], .badInnerPacket)
        }
    }

    @Test func theTunnelExitCheck() throws {
        let sa = association()
        let others = [
            udpPacket(address("192.0.3.1"), inner.sunrise, count: 2), udpPacket(inner.sunset, address("192.0.3.1"), count: 2),
            udpPacket(inner.sunrise, inner.sunset, count: 2),
            udpPacket(hosts(.ipv6).sunset, hosts(.ipv6).sunrise, count: 14),
        ]
        let pair = try Pair(sa)
        for (index, packet) in others.enumerated() {
            let next: UInt8 = packet[0] >> 4 == 4 ? 4 : 41
            expectRefusal(pair, try forged(sa, sequence: UInt32(index + 1), text: packet + [0, next]), .outsideSelectors)
            #expect(throws: PacketRefusal.outsideSelectors) { _ = try pair.seal(packet) }
        }
        let lax = try Pair(sa, checksArrival: false)
        #expect(try lax.open(forged(sa, sequence: 1, text: others[0] + [0, 4])) == others[0])
    }

    @Test func protocolsAndPorts() throws {
        let (sunset, sunrise) = inner
        let narrow = try Pair(
            association(
                from: Selector(Subnet(host: sunset), ipProtocol: 17), to: Selector(Subnet(host: sunrise), ipProtocol: 17, port: 7)))
        #expect(try narrow.open(narrow.seal(packet)) == packet)
        let refused = [
            ipPacket(sunset, sunrise, 6, [4, 0, 0, 7]), ipPacket(sunset, sunrise, 17, [4, 0, 0, 8, 0, 8, 0, 0]),
            ipPacket(sunset, sunrise, 17, [4, 0, 0]),
        ]
        for packet in refused {
            #expect(throws: PacketRefusal.outsideSelectors) { _ = try narrow.seal(packet) }
        }
        // A later fragment shows no port, so it cannot be shown to belong.
        var fragment = packet
        fragment[7] = 1
        #expect(throws: PacketRefusal.outsideSelectors) { _ = try narrow.seal(fragment) }
    }

    @Test func dummiesAreSilent() throws {
        let sa = association()
        let pair = try Pair(sa)
        let dummy = try forged(sa, sequence: 1, text: [UInt8](repeating: 0, count: 14) + [0, 59])
        #expect(try pair.open(dummy) == nil)
        #expect(pair.receiver.usage.dummies == 1 && pair.receiver.usage.packets == 0)
        expectRefusal(pair, dummy, .replayed)
    }

    @Test func replays() throws {
        let pair = try Pair(association(window: 64))
        let sent = try (0..<200).map { _ in try pair.seal(packet) }
        #expect(try pair.open(sent[99]) == packet)
        expectRefusal(pair, sent[99], .replayed)
        #expect(try pair.open(sent[36]) == packet) // the last inside: 100 - 63
        expectRefusal(pair, sent[36], .replayed)
        expectRefusal(pair, sent[35], .tooOld)
        // A packet that is not authentic moves nothing, however new it claims to be.
        var forged = sent[199]
        forged[5] = 0xff
        expectRefusal(pair, forged, .notAuthentic)
        #expect(pair.receiver.window.top == 100)
        #expect(try pair.open(sent[100]) == packet)
    }

    @Test func withoutAWindowEverythingIsTaken() throws {
        let pair = try Pair(association(window: 0))
        let esp = try pair.seal(packet)
        for _ in 0..<3 { #expect(try pair.open(esp) == packet) }
    }

    @Test func noRoom() throws {
        for suite in suites {
            let pair = try Pair(association(suite))
            let overhead = Layout.headerLength + pair.sender.layout.ivLength
            var refused = 0
            for before in 0...overhead {
                for behind in 0...Layout.tailroom {
                    var buffer = [UInt8](repeating: 0, count: before) + packet + [UInt8](repeating: 0, count: behind)
                    var span = buffer.mutableSpan
                    do throws(PacketRefusal) {
                        let sealed = try pair.sender.encapsulate(&span, packet: before..<before + packet.count)
                        #expect(sealed.range.lowerBound == before - overhead)
                    } catch {
                        #expect(error == .noRoom)
                        refused += 1
                    }
                }
            }
            #expect(refused > overhead * Layout.tailroom)
        }
        // A refusal costs no sequence number.
        let pair = try Pair(association())
        let before = pair.sender.remaining
        var short = packet
        var span = short.mutableSpan
        _ = try? pair.sender.encapsulate(&span, packet: 0..<packet.count)
        #expect(pair.sender.remaining == before)
    }

    @Test func transportTakesOnlyWholePlainPackets() throws {
        let (west, east) = gateways(.ipv4)
        let pair = try Pair(association(ESPSuite(.aesGCM128), .transport))
        var fragment = udpPacket(west, east, count: 20)
        fragment[6] = 0x20
        var options = ipPacket(west, east, 17, [UInt8](repeating: 0, count: 12))
        options[0] = 0x46
        for packet in [fragment, options] {
            #expect(throws: PacketRefusal.notForTransport) { _ = try pair.seal(packet) }
        }
    }

    @Test func keysThatDoNotFit() {
        var short = association()
        short.encryptionKey = Secret([1, 2, 3])
        #expect(throws: CryptoError.badKeyLength) { _ = try InboundSA(short) }
        var bare = association()
        bare.suite = ESPSuite(.aesCBC128)
        #expect(throws: CryptoError.unsupported) { _ = try InboundSA(bare) }
        var both = association(ESPSuite(.aesGCM128))
        both.suite = ESPSuite(.aesGCM128, .hmacSHA1_96)
        #expect(throws: CryptoError.unsupported) { _ = try InboundSA(both) }
    }
}
