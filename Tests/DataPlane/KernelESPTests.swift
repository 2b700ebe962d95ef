import Crypto
import ESP
import Foundation
import Linux
import Netlink
import TestSupport
import Testing
import Wire

@testable import DataPlane

/// Two planes on two gateways with keys given by hand, and real packets between them. Only a kernel with ESP can.
@Suite(
    .serialized,
    .enabled(if: Namespace.isPossible && KernelProbe.reasonAgainstESP() == nil, "needs root and a kernel with ESP"))
struct KernelESPTests {
    /// west and east, each in a namespace with a network behind it, and a wire between them.
    private final class Pair {
        let west: Gate
        let east: Gate
        private let middle: String
        private let middleThread: NamespaceThread
        private var capture: Capture?
        /// A ping that has not been answered yet.
        var waiting: ChildProcess?

        init(outer: Address.Family, inner: Address.Family, mode: SecurityAssociation.Mode = .tunnel) throws {
            middle = "cyg-middle-\(ThisProcess.id)"
            _ = try? Namespace.ip("netns del \(middle)")
            try Namespace.ip("netns add \(middle)")
            middleThread = NamespaceThread(middle)
            west = try Gate("west", 1, outer, inner)
            east = try Gate("east", 2, outer, inner)
            // A router between them, where nothing is seen but what is on the wire: a gateway's own device also shows
            // packets as they come out of a tunnel.
            for (gate, port) in [(west, "w1"), (east, "e1")] {
                try Namespace.ip("link add \(port) netns \(middle) type veth peer name wan netns \(gate.namespace)")
                let (bits, nodad) = outer == .ipv4 ? (24, "") : (64, " nodad")
                try Namespace.ip("-n \(middle) addr add \(gate.router)/\(bits) dev \(port)\(nodad)")
                try Namespace.ip("-n \(middle) link set \(port) up")
                try Namespace.ip("-n \(gate.namespace) addr add \(gate.address)/\(bits) dev wan\(nodad)")
                try Namespace.ip("-n \(gate.namespace) addr add \(gate.host)/\(gate.host.bitCount) dev lo")
                try Namespace.ip("-n \(gate.namespace) link set lo up")
                try Namespace.ip("-n \(gate.namespace) link set wan up")
                try Namespace.ip("-n \(gate.namespace) route add default via \(gate.router)")
            }
            try middleThread.run {
                try Sysctl.write("net/ipv4/ip_forward", "1")
                try Sysctl.write("net/ipv6/conf/all/forwarding", "1")
            }
            try west.start(towards: east, mode)
            try east.start(towards: west, mode)
            try middleThread.run { [self] in capture = try Capture("w1") }
        }

        /// The packets on the wire so far, as tcpdump prints them.
        func wire() throws -> String {
            try west.inside { [self] in try Capture.mark(east.address) }
            return try capture!.finish(east.address)
        }

        deinit {
            capture = nil
            west.stop()
            east.stop()
            middleThread.finish()
            _ = try? Namespace.ip("netns del \(middle)")
        }

        /// Makes an SA for packets from one to the other and gives it to both.
        func join(
            from sender: Gate, to receiver: Gate, _ suite: ESPSuite = ESPSuite(.aesCBC128, .hmacSHA256_128),
            encapsulated: Bool, replayWindow: Int = 64, inboundOnly: Bool = false
        ) throws -> SecurityAssociation {
            let spi = try #require(
                receiver.run {
                    $0.allocateSPI(
                        source: sender.address, destination: receiver.address, requestID: receiver.eroute.requestID)
                })
            let random = SystemRandom()
            var sa = SecurityAssociation(
                spi: spi, source: sender.address, destination: receiver.address, mode: sender.eroute.mode, suite: suite,
                encryptionKey: random.secret(suite.cipher.keyLength), salt: random.secret(suite.cipher.saltLength),
                integrityKey: random.secret(suite.integrity?.keyLength ?? 0),
                encapsulation: encapsulated ? .init(sourcePort: 4500, destinationPort: 4500) : nil,
                sourceSelector: sender.eroute.localSelector, destinationSelector: receiver.eroute.localSelector,
                requestID: receiver.eroute.requestID, replayWindow: replayWindow)
            let inbound = sa
            try receiver.run { try $0.installInbound(inbound) }
            sa.requestID = sender.eroute.requestID
            let outbound = sa
            if !inboundOnly { try sender.run { try $0.installOutbound(outbound, now: 0) } }
            return sa
        }
    }

    /// One gateway: a namespace, a plane in it, and the thread that both live on.
    private final class Gate {
        let namespace: String
        let address: Address
        /// The next hop towards the other gate.
        let router: Address
        let host: Address
        var eroute: Eroute
        var plane: XFRMPlane?
        private var sockets: [UDPSocket] = []
        private let thread: NamespaceThread
        let log = KeptLog()

        init(_ name: String, _ number: UInt64, _ outer: Address.Family, _ inner: Address.Family) throws {
            namespace = "cyg-\(name)-\(ThisProcess.id)"
            let net =
                outer == .ipv4
                ? Address(ipv4: 0xc001_0000 + UInt32(number) << 8)
                : Address(ipv6High: 0x2001_0db8_0001_0000 + number, low: 0)
            address = net.adding(1)
            router = net.adding(254)
            host =
                inner == .ipv4
                ? Address(ipv4: 0x0a00_0001 + UInt32(number) << 8)
                : Address(ipv6High: 0x2001_0db8_00aa_0000 + number, low: 1)
            eroute = Eroute(
                name: Name(name), local: address, remote: nil, localSelector: Selector(Subnet(host: host)),
                remoteSelector: Selector(Subnet(host: host)), mode: .tunnel, requestID: 0, nextHop: nil, sourceAddress: nil)
            _ = try? Namespace.ip("netns del \(namespace)")
            try Namespace.ip("netns add \(namespace)")
            thread = NamespaceThread(namespace)
        }

        func start(towards other: Gate, _ mode: SecurityAssociation.Mode) throws {
            let bits = host.family == .ipv4 ? 24 : 64
            eroute = Eroute(
                name: "pair", local: address, remote: other.address,
                localSelector: Selector(mode == .tunnel ? Subnet(host, prefix: bits) : Subnet(host: address)),
                remoteSelector: Selector(mode == .tunnel ? Subnet(other.host, prefix: bits) : Subnet(host: other.address)),
                mode: mode, requestID: RequestIDs.base | 77, nextHop: nil, sourceAddress: nil)
            try thread.run { [self] in
                for port in [UInt16(4500), 5500] {
                    let socket = try UDPSocket(address.family)
                    try socket.setMark(Ownership.mark)
                    try socket.bind(Endpoint(.any(address.family), port))
                    try socket.bypassPolicies()
                    try socket.enableEncapsulation()
                    sockets.append(socket)
                }
                plane = try XFRMPlane(options: .init(), log: log.log)
                try plane?.route(eroute)
            }
        }

        /// On the gate's own thread.
        func run<R>(_ body: @escaping (XFRMPlane) throws -> R) throws -> R {
            var result: R?
            try thread.run { [self] in result = try body(plane!) }
            return result!
        }

        func inside(_ body: @escaping () throws -> Void) throws { try thread.run(body) }

        func stop() {
            try? thread.run { [self] in
                plane?.removeFromKernel()
                plane = nil
                sockets = []
            }
            thread.finish()
            _ = try? Namespace.ip("netns del \(namespace)")
        }

        func expectAnswers(_ other: Address, count: Int = 2) throws {
            let code = try ping(other, count: count).wait()
            #expect(code == 0)
        }

        /// A running ping, which ends with 0 when every answer came.
        func ping(_ other: Address, count: Int = 2, patience: Int = 10) throws -> ChildProcess {
            try ChildProcess(
                "/usr/bin/ping",
                arguments: ["-q", "-n", "-c", "\(count)", "-i", "0.2", "-W", "\(patience)", "-I", "\(host)", "\(other)"].map {
                    Array($0.utf8)
                },
                environment: [], capturesOutput: true)
        }
    }

    @Test(arguments: [Address.Family.ipv4, .ipv6], [Address.Family.ipv4, .ipv6])
    func tunnelCarries(_ outer: Address.Family, _ inner: Address.Family) throws {
        for encapsulated in [false, true] {
            let pair = try Pair(outer: outer, inner: inner)
            let there = try pair.join(from: pair.west, to: pair.east, encapsulated: encapsulated)
            let back = try pair.join(from: pair.east, to: pair.west, ESPSuite(.aesGCM256), encapsulated: encapsulated)
            try pair.west.inside { try pair.west.expectAnswers(pair.east.host) }
            for sa in [there, back] {
                let out = try (sa.destination == pair.east.address ? pair.west : pair.east)
                    .run { $0.traffic(spi: sa.spi, destination: sa.destination) }
                #expect(out?.packets == 2)
                #expect((out?.octets ?? 0) >= 2 * 84)
            }
            let seen = try pair.wire()
            #expect(seen.contains(encapsulated ? "UDP-encap: ESP" : " ESP("), "\(seen)")
            #expect(!seen.contains("echo") && !seen.contains("\(pair.east.host)"), "\(seen)")
            #expect(pair.west.log.lines == [] && pair.east.log.lines == [])
        }
    }

    @Test(arguments: [
        ESPSuite(.aesCBC256, .hmacSHA256_128), ESPSuite(.aesCBC128, .hmacSHA1_96), ESPSuite(.tripleDESCBC, .hmacMD5_96),
        ESPSuite(.aesCBC192, .hmacSHA384_192), ESPSuite(.aesCBC256, .hmacSHA512_256), ESPSuite(.aesGCM128), ESPSuite(.aesGCM192),
    ])
    func everySuite(_ suite: ESPSuite) throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        _ = try pair.join(from: pair.west, to: pair.east, suite, encapsulated: false, replayWindow: 32)
        _ = try pair.join(from: pair.east, to: pair.west, suite, encapsulated: false, replayWindow: 1024)
        try pair.west.inside { try pair.west.expectAnswers(pair.east.host, count: 1) }
    }

    @Test func transportModeCarries() throws {
        for encapsulated in [false, true] {
            let pair = try Pair(outer: .ipv4, inner: .ipv4, mode: .transport)
            _ = try pair.join(from: pair.west, to: pair.east, encapsulated: encapsulated)
            _ = try pair.join(from: pair.east, to: pair.west, encapsulated: encapsulated)
            try pair.west.inside {
                let ping = try ChildProcess(
                    "/usr/bin/ping",
                    arguments: ["-q", "-n", "-c", "2", "-i", "0.2", "-W", "10", "\(pair.east.address)"].map { Array($0.utf8) },
                    environment: [])
                #expect(ping.wait() == 0)
            }
            let seen = try pair.wire()
            #expect(seen.contains(encapsulated ? "UDP-encap: ESP" : " ESP(") && !seen.contains("echo"), "\(seen)")
        }
    }

    /// The first packet asks for an SA, waits, and is answered once there is one.
    @Test func firstPacketWaits() throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        _ = try pair.join(from: pair.east, to: pair.west, encapsulated: false)
        try pair.west.inside {
            let plane = pair.west.plane!
            let ping = try pair.west.ping(pair.east.host, count: 1)
            let epoll = try Epoll()
            try epoll.add(plane.descriptors[0], .read, token: 1)
            #expect(try epoll.wait(until: Clock.monotonic() + 10_000_000_000) == 1)
            plane.readable(plane.descriptors[0], now: Clock.monotonic())
            #expect(plane.takeEvent() == .acquire(requestID: pair.west.eroute.requestID) && plane.takeEvent() == nil)
            #expect(ping.reap() == nil)
            pair.waiting = ping
        }
        _ = try pair.join(from: pair.west, to: pair.east, encapsulated: false)
        #expect(pair.waiting?.wait() == 0)
        #expect(try !pair.wire().contains("echo"))
    }

    private static let extended = [
        ESPSuite(.aesGCM128, usesESN: true), ESPSuite(.aesCBC128, .hmacSHA256_128, usesESN: true),
        ESPSuite(.tripleDESCBC, .hmacMD5_96, usesESN: true),
    ]

    /// Extended sequence numbers: from one kernel to the other past 2^32, and no packet is lost. Without them the numbers end.
    @Test(arguments: extended + [ESPSuite(.aesGCM128)]) func pastTheEdge(_ suite: ESPSuite) throws {
        #expect(KernelProbe.hasESN())
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        let there = try pair.join(from: pair.west, to: pair.east, suite, encapsulated: false, inboundOnly: true)
        _ = try pair.join(from: pair.east, to: pair.west, suite, encapsulated: false)
        try pair.west.inside {
            let plane = pair.west.plane!
            try plane.channel.perform(
                XFRMState.install(there, .outbound, updating: false, hidesTOS: true, sequence: 0xffff_ff80))
            let entry = plane.find(requestID: there.requestID)!
            (entry.peer, entry.own) = (there.destination, there.source)
            try plane.refreshPolicies(entry)
            let ping = try ChildProcess(
                "/usr/bin/ping",
                arguments: ["-q", "-n", "-c", "200", "-i", "0.01", "-W", "5", "-I", "\(pair.west.host)", "\(pair.east.host)"]
                    .map { Array($0.utf8) },
                environment: [])
            ping.wait()
            let state = try plane.channel.answer(
                XFRMStateID(spi: there.spi, destination: there.destination).find(), XFRMState.read)
            #expect(state.usesESN == suite.usesESN)
            #expect(state.sequence == (suite.usesESN ? 0xffff_ff80 + 200 : 0xffff_ffff))
        }
        let taken = try pair.east.run { $0.traffic(spi: there.spi, destination: there.destination)?.packets }
        #expect(taken == (suite.usesESN ? 200 : 127))
    }

    /// Our ESP and the kernel's agree: the kernel accepts every packet of ours, also past 2^32.
    @Test(arguments: extended) func ourOwnESP(_ suite: ESPSuite) throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        let sa = try pair.join(from: pair.west, to: pair.east, suite, encapsulated: false, inboundOnly: true)
        try pair.west.inside {
            let socket = try RawSocket(.ipv4, ipProtocol: 50)
            let esp = try OutboundSA(sa, sequence: 0xffff_ff80, random: SystemRandom())
            var inner = ByteWriter()
            inner.append([0x45, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0])
            inner.append(pair.west.host.octets + pair.east.host.octets)
            inner.zeros(40)
            for _ in 0..<200 {
                var buffer =
                    [UInt8](repeating: 0, count: Layout.headroom) + inner.bytes
                    + [UInt8](repeating: 0, count: Layout.tailroom)
                var span = buffer.mutableSpan
                let sealed = try esp.encapsulate(&span, packet: Layout.headroom..<Layout.headroom + 60)
                try socket.send(buffer.span.extracting(sealed.range), to: Endpoint(pair.east.address, 0))
            }
        }
        let deadline = Clock.monotonic() + 10_000_000_000
        var taken: UInt64? = 0
        while taken != 200, Clock.monotonic() < deadline {
            taken = try pair.east.run { $0.traffic(spi: sa.spi, destination: sa.destination)?.packets }
        }
        #expect(taken == 200)
    }

    /// An SA that has reached its limit is reported by the kernel's message, and if that is lost, by reading the state.
    @Test func expiring() throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        _ = try pair.join(from: pair.east, to: pair.west, encapsulated: false)
        var told: [UInt32] = []
        for limit in ["packets", "octets"] {
            var there = try pair.join(from: pair.west, to: pair.east, encapsulated: false, inboundOnly: true)
            try pair.west.inside {
                let plane = pair.west.plane!
                func listen() {
                    while let event = plane.takeEvent() {
                        guard case .expiring(let spi, let destination, let hasEnded) = event else { continue }
                        #expect(destination == there.destination && !hasEnded)
                        told.append(spi)
                    }
                }
                if limit == "packets" {
                    there.packetsBeforeRekeying = 3
                } else {
                    there.octetsBeforeRekeying = 200
                }
                try plane.installOutbound(there, now: 0)
                try pair.west.expectAnswers(pair.east.host, count: 1)
                plane.readable(plane.descriptors[0], now: Clock.monotonic())
                listen()
                #expect(told.isEmpty)
                try pair.west.expectAnswers(pair.east.host, count: 4)
                let epoll = try Epoll()
                try epoll.add(plane.descriptors[0], .read, token: 1)
                #expect(try epoll.wait(until: Clock.monotonic() + 10_000_000_000) == 1)
                plane.readable(plane.descriptors[0], now: Clock.monotonic())
                listen()
                #expect(told == [there.spi])
                plane.take(.overrun)
                listen()
                #expect(told.count { $0 == there.spi } == 2)
                told = []
            }
        }
    }

    /// Whatever becomes of its SAs, an eroute's traffic does not leave in the clear.
    @Test func nothingLeaks() throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        let there = try pair.join(from: pair.west, to: pair.east, encapsulated: false)
        _ = try pair.join(from: pair.east, to: pair.west, encapsulated: false)
        try pair.west.inside {
            try pair.west.expectAnswers(pair.east.host, count: 1)
            pair.west.plane!.remove(spi: there.spi, destination: there.destination)
            #expect(try pair.west.ping(pair.east.host, count: 2, patience: 1).wait() == 1)
            // The daemon dies, and another comes.
            pair.west.plane = nil
            #expect(try pair.west.ping(pair.east.host, count: 2, patience: 1).wait() == 1)
            pair.west.plane = try XFRMPlane(options: .init(), log: pair.west.log.log)
            #expect(pair.west.plane!.wasHeld(pair.west.eroute))
            try pair.west.plane!.route(pair.west.eroute)
        }
        // A packet in the clear that should come through the tunnel is refused as well.
        let seen = try pair.wire()
        #expect(seen.contains(" ESP(") && !seen.contains("echo"), "\(seen)")
    }

    /// A peer's NAT gives it another port: we answer there.
    @Test func followsTheNAT() throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        var there = try pair.join(from: pair.west, to: pair.east, encapsulated: true)
        let back = try pair.join(from: pair.east, to: pair.west, encapsulated: true)
        try pair.west.inside { try pair.west.expectAnswers(pair.east.host, count: 1) }
        // As a NAT would: west's packets now come from port 5500, and answers have to go there.
        there.encapsulation = .init(sourcePort: 5500, destinationPort: 4500)
        let moved = there
        try pair.west.inside {
            try NetlinkChannel(.xfrm).perform(XFRMState.install(moved, .outbound, updating: true, hidesTOS: true))
            try pair.west.ping(pair.east.host, count: 1, patience: 1).wait()
        }
        try pair.east.inside {
            let plane = pair.east.plane!
            let epoll = try Epoll()
            try epoll.add(plane.descriptors[0], .read, token: 1)
            #expect(try epoll.wait(until: Clock.monotonic() + 10_000_000_000) == 1)
            plane.readable(plane.descriptors[0], now: Clock.monotonic())
            let state = try plane.channel.answer(
                XFRMStateID(spi: back.spi, destination: back.destination).find(), XFRMState.read)
            #expect(state.encapsulation?.destinationPort == 5500)
        }
        #expect(pair.east.log.lines.contains { $0.contains("192.1.1.1:4500 to 192.1.1.1:5500 [nat-mapping-changed]") })
    }

    /// A peer's NAT gives it another address: we answer there, sequence numbers go on, and what IKE removes by the address
    /// that it knows is gone.
    @Test func followsTheNATToAnotherAddress() throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        let there = try pair.join(from: pair.west, to: pair.east, encapsulated: true)
        let back = try pair.join(from: pair.east, to: pair.west, encapsulated: true)
        try pair.west.inside { try pair.west.expectAnswers(pair.east.host, count: 3) }
        let elsewhere = pair.west.address.adding(1)
        func state(_ channel: NetlinkChannel, at destination: Address) -> XFRMState? {
            try? channel.answer(XFRMStateID(spi: back.spi, destination: destination).find(), XFRMState.read)
        }
        let before = try pair.east.run { state($0.channel, at: pair.west.address)?.sequence }
        #expect(before == 3)
        // As a NAT would: west's packets now come from another address, and packets to it reach west's SAs.
        try pair.west.inside {
            let plane = pair.west.plane!
            try Namespace.ip("addr add \(elsewhere)/24 dev wan")
            var moved = there
            moved.source = elsewhere
            plane.remove(spi: there.spi, destination: there.destination)
            try plane.channel.perform(XFRMState.install(moved, .outbound, updating: false, hidesTOS: true, sequence: 10))
            plane.find(requestID: moved.requestID)?.own = elsewhere
            try plane.refreshPolicies(plane.find(requestID: moved.requestID)!)
            var received = back
            received.destination = elsewhere
            try plane.installInbound(received)
            try pair.west.ping(pair.east.host, count: 1, patience: 1).wait()
        }
        try pair.east.inside {
            let plane = pair.east.plane!
            let epoll = try Epoll()
            try epoll.add(plane.descriptors[0], .read, token: 1)
            #expect(try epoll.wait(until: Clock.monotonic() + 10_000_000_000) == 1)
            plane.readable(plane.descriptors[0], now: Clock.monotonic())
            #expect(state(plane.channel, at: pair.west.address) == nil)
            #expect(state(plane.channel, at: elsewhere)?.sequence ?? 0 >= 4)
            #expect(plane.traffic(spi: back.spi, destination: back.destination) != nil)
        }
        try pair.west.inside { try pair.west.expectAnswers(pair.east.host, count: 1) }
        try pair.east.inside {
            let plane = pair.east.plane!
            plane.readable(plane.descriptors[0], now: Clock.monotonic())
            #expect(pair.east.log.lines.count { $0.contains("[nat-mapping-changed]") } == 1)
            plane.remove(spi: back.spi, destination: back.destination)
            #expect(state(plane.channel, at: elsewhere) == nil)
            #expect(plane.encapsulated.isEmpty)
        }
    }

    /// The inner DSCP shows outside only when that is asked for.
    @Test func hidesTheTOS() throws {
        let pair = try Pair(outer: .ipv4, inner: .ipv4)
        _ = try pair.join(from: pair.west, to: pair.east, encapsulated: false)
        _ = try pair.join(from: pair.east, to: pair.west, encapsulated: false)
        try pair.west.inside {
            let ping = try ChildProcess(
                "/usr/bin/ping",
                arguments: ["-q", "-n", "-c", "1", "-Q", "0xb8", "-I", "\(pair.west.host)", "\(pair.east.host)"].map { Array($0.utf8) },
                environment: [])
            #expect(ping.wait() == 0)
        }
        let seen = try pair.wire()
        #expect(seen.contains("tos 0x0") && !seen.contains("tos 0xb8"), "\(seen)")
    }
}

extension Address {
    fileprivate func adding(_ number: UInt64) -> Address {
        family == .ipv4 ? Address(ipv4: UInt32(low + number)) : Address(ipv6High: high, low: low + number)
    }
}
