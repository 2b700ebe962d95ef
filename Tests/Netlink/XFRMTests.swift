import Crypto
import Netlink
import Testing
import Wire

private let sha256Key = "0011223344556677889900112233445566778899001122334455667788990011"

@Suite struct XFRMStateTests {
    @Test func installCBC() {
        let association = sa(
            0x1234, "192.0.2.1", "192.0.2.2", ESPSuite(.aesCBC128, .hmacSHA256_128),
            key: "00112233445566778899aabbccddeeff", integrity: sha256Key, requestID: 16385, window: 32)
        // `ip` leaves the selector's family unsaid, where we name the inner one.
        var capture = Capture.installCBC
        capture[16 + 40] = 2
        expectSame(XFRMState.install(association, .inbound, updating: false, hidesTOS: false), capture, head: 240)
    }

    /// struct xfrm_lifetime_cfg: soft and hard octets, soft and hard packets, and the seconds behind them.
    @Test func limits() {
        var association = sa(
            0x1234, "192.0.2.1", "192.0.2.2", ESPSuite(.aesCBC128, .hmacSHA256_128),
            key: "00112233445566778899aabbccddeeff", integrity: sha256Key, requestID: 16385, window: 32)
        association.octetsBeforeRekeying = 0x0102
        association.packetsBeforeRekeying = 0x0304
        association.lifetime = 0x0506
        func limits(_ direction: XFRMState.Direction) -> [UInt8] {
            let request = XFRMState.install(association, direction, updating: false, hidesTOS: false)
            return Array(octets(request, like: Capture.installCBC)[112..<176])
        }
        let none = [UInt8](repeating: 0xff, count: 8)
        let zeros = [UInt8](repeating: 0, count: 6)
        let carried = [2, 1] + zeros + none + [4, 3] + zeros + none
        let never = [UInt8](repeating: 0, count: 32)
        #expect(limits(.outbound) == carried + [0, 0] + zeros + [6, 5] + zeros + never[..<16])
        // A message that is under way when the clock is set must still be read.
        #expect(limits(.inbound) == carried + never)
    }

    @Test func installGCMWithWideWindowInUDP() {
        let association = sa(
            0x1235, "2001:db8:1::1", "2001:db8:2::2", ESPSuite(.aesGCM128), key: "00112233445566778899aabbccddeeff",
            salt: "01020304", encapsulation: .init(sourcePort: 4500, destinationPort: 4501), inner: .ipv4,
            requestID: 16386, window: 128)
        var capture = Capture.installGCM
        capture[16 + 40] = 2
        expectSame(XFRMState.install(association, .inbound, updating: false, hidesTOS: true), capture, head: 240)
    }

    @Test func updateDESInTransportMode() {
        let association = sa(
            0x1234, "192.0.2.1", "192.0.2.2", ESPSuite(.tripleDESCBC, .hmacMD5_96),
            key: "001122334455667788990011223344556677889900112233", integrity: "00112233445566778899aabbccddeeff",
            mode: .transport, requestID: 16385, window: 64)
        var capture = Capture.updateDES
        capture[16 + 40] = 2
        // Outbound, the window does not matter and is not said.
        expectSame(XFRMState.install(association, .outbound, updating: true, hidesTOS: false), capture, head: 240)
    }

    /// The sequence number that `install` writes is read back.
    @Test func sequenceIsCarriedOver() throws {
        let association = sa(
            0x1234, "192.0.2.1", "192.0.2.2", ESPSuite(.aesCBC128, .hmacSHA256_128),
            key: "00112233445566778899aabbccddeeff", integrity: sha256Key, requestID: 16385, window: 64)
        let message = octets(
            XFRMState.install(association, .outbound, updating: false, hidesTOS: false, sequence: 0x0102_0304),
            like: Capture.installCBC)
        let attribute = try #require(Parts(message, head: 240).attributes.first { $0[2] == 10 })
        #expect(attribute == [16, 0, 10, 0, 4, 3, 2, 1] + [UInt8](repeating: 0, count: 8))
        let body = Array(message[16...])
        #expect(try XFRMState(body.span).sequence == 0x0102_0304)
    }

    @Test(arguments: [
        (Integrity.hmacSHA256_128, "hmac(sha256)", 256, 128), (.hmacSHA1_96, "hmac(sha1)", 160, 96),
        (.hmacMD5_96, "hmac(md5)", 128, 96), (.hmacSHA384_192, "hmac(sha384)", 384, 192),
        (.hmacSHA512_256, "hmac(sha512)", 512, 256),
    ])
    func integrityIsTruncatedAsItsRFCSays(_ integrity: Integrity, _ name: String, _ key: Int, _ truncation: Int) throws {
        let association = sa(
            1, "192.0.2.1", "192.0.2.2", ESPSuite(.aesCBC256, integrity), key: String(repeating: "ab", count: 32),
            integrity: String(repeating: "cd", count: key / 8), requestID: 1, window: 0)
        let message = octets(
            XFRMState.install(association, .inbound, updating: false, hidesTOS: false), like: Capture.installCBC)
        let attribute = try #require(Parts(message, head: 240).attributes.first { $0[2] == 20 })
        #expect(Array(attribute[4..<(4 + name.utf8.count)]) == Array(name.utf8))
        #expect(Int(attribute[68]) | Int(attribute[69]) << 8 == key)
        #expect(Int(attribute[72]) | Int(attribute[73]) << 8 == truncation)
        #expect(attribute.count == 4 + 72 + key / 8)
    }

    /// `pmtudisc=`: struct xfrm_usersa_info has its flags in octet 216.
    @Test(arguments: [(SecurityAssociation.OuterDF.copy, UInt8(0)), (.clear, 4), (.set, 0)])
    func outerDF(_ outerDF: SecurityAssociation.OuterDF, _ flags: UInt8) throws {
        var association = sa(
            1, "192.0.2.1", "192.0.2.2", ESPSuite(.aesGCM128), key: "00112233445566778899aabbccddeeff",
            salt: "01020304", requestID: 1, window: 0)
        association.outerDF = outerDF
        for (direction, expected) in [(XFRMState.Direction.outbound, flags), (.inbound, 0)] {
            let request = XFRMState.install(association, direction, updating: false, hidesTOS: false)
            #expect(octets(request, like: [UInt8](repeating: 0, count: 16))[16 + 216] == expected)
        }
    }

    /// The packets that an SA refused are after its times (struct xfrm_stats, octet 192).
    @Test func refusedPackets() throws {
        var state = Capture.stateDump
        for (index, value) in [(0, 3), (4, 5), (8, 7)] as [(Int, UInt8)] { state[16 + 192 + index] = value }
        let read = try #require(try values(state, XFRMState.read).first)
        #expect(read.behindWindow == 3 && read.replays == 5 && read.failedChecks == 7)
    }

    @Test func identify() {
        let id = XFRMStateID(spi: 0x1234, destination: address("192.0.2.2"))
        // `ip` also names the source, which the kernel does not need.
        var delete = Array(Capture.deleteState[0..<40])
        delete[0] = 40
        expectSame(id.remove(), delete, head: 40)
        var get = Array(Capture.getState[0..<40])
        get[0] = 40
        expectSame(id.find(), get, head: 40)
    }

    @Test func allocateSPI() throws {
        let request = XFRMState.allocateSPI(
            source: address("192.0.2.2"), destination: address("192.0.2.1"), requestID: 16385, mode: .tunnel,
            range: 0x1000...0xcfff_ffff)
        var capture = Capture.allocateSPI
        capture[16 + 40] = 2
        expectSame(request, capture, head: 248)
        let state = try #require(try values(Capture.allocatedSPI, XFRMState.read).first)
        #expect(state.id == XFRMStateID(spi: 0x08f6_1989, destination: address("192.0.2.1")))
        #expect(state.source == address("192.0.2.2"))
        #expect(state.requestID == 16385 && !state.isComplete)
        expectTruncationsFail(Capture.allocatedSPI, XFRMState.read)
    }

    @Test func dump() throws {
        let states = try values(Capture.stateDump, XFRMState.read)
        #expect(states.map(\.id.description) == ["esp.cde7954c@192.0.2.1", "esp.1235@2001:db8:2::2"])
        let gcm = try #require(states.first { $0.id.spi == 0x1235 })
        #expect(gcm.encapsulation == .init(sourcePort: 4500, destinationPort: 4501))
        #expect(gcm.source == address("2001:db8:1::1") && gcm.requestID == 16386 && gcm.mode == .tunnel)
        #expect(gcm.isComplete && gcm.ipProtocol == 50 && gcm.added > 1_700_000_000 && gcm.used == 0)
        expectTruncationsFail(Capture.stateDump, XFRMState.read)
    }

    /// What lies in memory afterwards cannot be tested; that a message outgrowing its place stays whole can.
    @Test func longMessagesStayWhole() {
        let association = sa(
            7, "192.0.2.1", "192.0.2.2", ESPSuite(.aesCBC256, .hmacSHA512_256), key: String(repeating: "11", count: 32),
            integrity: String(repeating: "22", count: 64), requestID: 3, window: 4096)
        let message = octets(
            XFRMState.install(association, .inbound, updating: false, hidesTOS: true), like: Capture.installCBC)
        #expect(message.count == 240 + 104 + 140 + 28 + 8)
        #expect(Parts(message, head: 240).attributes.count == 4)
        #expect(Int(message[0]) | Int(message[1]) << 8 == message.count)
    }
}

@Suite struct XFRMPolicyTests {
    private let ssh = XFRMPolicy(
        .outbound,
        XFRMSelector(
            from: Selector(subnet("10.0.1.0", 24), ipProtocol: 6), to: Selector(subnet("10.0.2.0", 23), port: 22)),
        priority: 5555,
        templates: [
            .init(source: address("192.0.2.1"), destination: address("192.0.2.2"), mode: .tunnel, requestID: 16385)
        ])

    @Test func add() { expectSame(ssh.add(), Capture.addPolicyIPv4, head: 184) }

    @Test func updateIPv6() {
        let policy = XFRMPolicy(
            .inbound,
            XFRMSelector(from: Selector(subnet("2001:db8:a::", 48)), to: Selector(subnet("2001:db8:b::", 56))),
            priority: 77,
            templates: [
                .init(
                    source: address("2001:db8:2::2"), destination: address("2001:db8:1::1"), mode: .tunnel,
                    requestID: 16386)
            ])
        expectSame(policy.update(), Capture.updatePolicyIPv6, head: 184)
    }

    @Test func block() {
        let policy = XFRMPolicy(
            .forward, XFRMSelector(from: Selector(subnet("10.0.2.0", 23)), to: Selector(subnet("10.0.1.0", 24))),
            priority: 3, action: .block, templates: [])
        expectSame(policy.add(), Capture.addBlock, head: 184)
    }

    @Test func identify() throws {
        expectSame(ssh.remove(), Capture.deletePolicy, head: 80)
        var read = try #require(try values(Capture.gotPolicy, XFRMPolicy.read).first)
        #expect(read.index != 0)
        read.index = 0
        #expect(read == ssh)
        expectTruncationsFail(Capture.gotPolicy, XFRMPolicy.read)
    }

    @Test func dump() throws {
        let policies = try values(Capture.policyDump, XFRMPolicy.read)
        #expect(
            policies.map(\.description) == [
                "fwd 10.0.2.0/23 -> 10.0.1.0/24", "in 2001:db8:a::/48 -> 2001:db8:b::/56", "out 10.0.1.0/24 -> 10.0.2.0/23",
            ])
    }
}

@Suite struct XFRMEventTests {
    private func events(_ datagram: [UInt8]) -> [XFRMEvent] {
        var events: [XFRMEvent] = []
        XFRMMonitor.read(datagram.span) { events.append($0) }
        return events
    }

    @Test func acquire() throws {
        guard case .acquire(let acquire) = events(Capture.acquire).first else {
            Issue.record("not an acquire")
            return
        }
        #expect(acquire.requestID == 16385)
        #expect(acquire.source == address("192.0.2.1") && acquire.destination == address("192.0.2.2"))
        #expect(acquire.packet.source == subnet("10.0.1.1", 32) && acquire.packet.destination == subnet("10.0.2.5", 32))
        #expect(acquire.packet.ipProtocol == 1 && acquire.packet.sourcePort == 8)
        #expect(acquire.policy.source == subnet("10.0.1.0", 24) && acquire.policy.destination == subnet("10.0.2.0", 24))
    }

    @Test func expire() {
        guard case .expire(let soft, isHard: false) = events(Capture.expireSoft).first,
            case .expire(let hard, isHard: true) = events(Capture.expireHard).first
        else {
            Issue.record("not expiries")
            return
        }
        #expect(soft.id == XFRMStateID(spi: 0x1234, destination: address("192.0.2.2")) && hard.id == soft.id)
        #expect(soft.requestID == 16385 && hard.packets > soft.packets && soft.packets >= 1)
    }

    /// struct xfrm_user_mapping, written down from linux/xfrm.h.
    @Test func mapping() {
        let body =
            address("192.0.2.1").octets + [UInt8](repeating: 0, count: 12) + [0, 0, 0x12, 0x34, 2, 0, 50, 0, 1, 0x40, 0, 0]
            + address("198.51.100.1").octets + [UInt8](repeating: 0, count: 12)
            + address("198.51.100.2").octets + [UInt8](repeating: 0, count: 12) + [0x11, 0x94, 0x27, 0x10]
        let message: [UInt8] = [80, 0, 0, 0, 0x26, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + body
        guard case .mapping(let mapping) = events(message).first else {
            Issue.record("not a mapping")
            return
        }
        #expect(mapping.id == XFRMStateID(spi: 0x1234, destination: address("192.0.2.1")) && mapping.requestID == 16385)
        #expect(mapping.old == Endpoint(address("198.51.100.1"), 4500))
        #expect(mapping.new == Endpoint(address("198.51.100.2"), 10000))
    }

    @Test func policiesThatAreGone() {
        #expect(
            events(Capture.deletedPolicy) == [
                .removed(.outbound, XFRMSelector(from: Selector(subnet("10.0.1.0", 24)), to: Selector(subnet("10.0.2.0", 24))))
            ])
        #expect(events(Capture.flushedPolicies) == [.flushed])
    }

    @Test(arguments: [Capture.acquire, Capture.expireHard, Capture.deletedPolicy]) func brokenOnesCountAsLost(_ capture: [UInt8]) {
        for count in 1..<capture.count { #expect(events(Array(capture[0..<count])) == [.overrun]) }
        for index in capture.indices {
            var damaged = capture
            damaged[index] = 0xff
            _ = events(damaged)
        }
        #expect(events([]) == [])
    }
}
