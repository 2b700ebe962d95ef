import CountingMalloc
import Crypto
import ESP
import Linux
import TestSupport
import Testing
import Wire

@testable import DataPlane

/// A TUN device of paper. It allocates nothing while `counted` packets of one kind go through.
private final class PaperDevice: PaperSource {
    var arrived: [[UInt8]] = []
    var routed: [UInt32] = []
    var mtu = 0
    /// How many came in.
    var counted = 0

    override func send(_ packet: Span<UInt8>) -> Bool {
        counted += 1
        if repeated.isEmpty {
            var copy: [UInt8] = []
            for index in packet.indices { copy.append(packet[index]) }
            arrived.append(copy)
        }
        return true
    }
    override func setMTU(_ mtu: Int) { self.mtu = mtu }
    override func route(_ eroute: Eroute) throws(PlaneError) { routed.append(eroute.requestID) }
    override func unroute(_ eroute: Eroute) { routed.removeAll { $0 == eroute.requestID } }
}

private final class CountingRandom: RandomSource {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    override func fill(_ bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[index] = UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}

private func address(_ text: String) -> Address { Address(text)! }
private let localhost = address("127.0.0.1")

/// A gateway's plane with its UDP socket on localhost.
private final class Side {
    let device = PaperDevice(name: "paper0")
    let plane: TUNPlane
    let socket: UDPSocket
    let near: Subnet
    var messages: [[UInt8]] = []
    /// The plane's events.
    var told: [PlaneEvent] = []
    /// The request IDs that SAs were asked for.
    var asked: [UInt32] {
        told.compactMap { event in
            guard case .acquire(let requestID) = event else { return nil }
            return requestID
        }
    }

    init(_ near: String, seed: UInt64, options: TUNPlane.Options = .init()) throws {
        self.near = Subnet(address(near), prefix: 24)
        socket = try UDPSocket(.ipv4)
        try socket.bind(Endpoint(localhost, 0))
        plane = TUNPlane(
            device: device, rawSockets: [], options: options, random: CountingRandom(seed), log: Log(DiscardedLog()))
        plane.encapsulationSockets = [socket]
    }

    func eroute(to far: Side, id: UInt32 = 1) -> Eroute {
        Eroute(
            name: "test", local: localhost, remote: localhost, localSelector: Selector(near),
            remoteSelector: Selector(far.near), mode: .tunnel, requestID: id, nextHop: nil, sourceAddress: nil)
    }

    /// The SA that carries our packets to `far`.
    func association(to far: Side, spi: UInt32, suite: ESPSuite = ESPSuite(.aesGCM128), id: UInt32 = 1) -> SecurityAssociation {
        SecurityAssociation(
            spi: spi, source: localhost, destination: localhost, mode: .tunnel, suite: suite,
            encryptionKey: Secret([UInt8](repeating: UInt8(spi & 255), count: suite.cipher.keyLength)),
            salt: Secret([UInt8](repeating: 2, count: suite.cipher.saltLength)),
            integrityKey: Secret([UInt8](repeating: 3, count: suite.integrity?.keyLength ?? 0)),
            encapsulation: .init(sourcePort: socket.port, destinationPort: far.socket.port),
            sourceSelector: Selector(near), destinationSelector: Selector(far.near), requestID: id, replayWindow: 64)
    }

    /// Lets the plane do all that waits.
    func run(now: UInt64 = 1) {
        while !device.waiting.isEmpty { plane.readable(device.number, now: now) }
        // More turns than a hundred packets need that the kernel could not join.
        for _ in 0..<10 {
            _ = plane.receive(from: socket, now: now) { message, _, _ in
                var copy: [UInt8] = []
                for index in message.indices { copy.append(message[index]) }
                messages.append(copy)
            }
        }
        while let event = plane.takeEvent() { told.append(event) }
    }
}

private func udpPacket(_ from: String, _ to: String, count: Int = 40, dontFragment: Bool = false, tag: UInt8 = 0) -> [UInt8] {
    let length = 28 + count
    var packet: [UInt8] = [0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 0, dontFragment ? 0x40 : 0, 0, 64, 17, 0, 0]
    packet += address(from).octets + address(to).octets
    packet += [4, 0, 0, 7, UInt8((count + 8) >> 8), UInt8((count + 8) & 255), 0, 0]
    return packet + [UInt8](repeating: tag, count: count)
}

@Suite struct TUNPlanes {
    private let west: Side
    private let east: Side

    init() throws {
        west = try Side("10.0.1.0", seed: 1)
        east = try Side("10.0.2.0", seed: 2)
    }

    /// Both gateways routed, with SAs both ways.
    private func establish(_ suite: ESPSuite = ESPSuite(.aesGCM128), first: UInt32 = 0x2000) throws {
        if west.device.routed.isEmpty {
            try west.plane.route(west.eroute(to: east))
            try east.plane.route(east.eroute(to: west))
        }
        let out = west.association(to: east, spi: first, suite: suite)
        let back = east.association(to: west, spi: first + 1, suite: suite)
        try east.plane.installInbound(out)
        try west.plane.installInbound(back)
        try west.plane.installOutbound(out, now: Clock.monotonic())
        try east.plane.installOutbound(back, now: Clock.monotonic())
    }

    @Test func carriesPacketsBothWays() throws {
        for suite in [ESPSuite(.aesGCM128), ESPSuite(.aesCBC256, .hmacSHA256_128), ESPSuite(.tripleDESCBC, .hmacMD5_96)] {
            let (west, east) = (try Side("10.0.1.0", seed: 1), try Side("10.0.2.0", seed: 2))
            let test = try TUNPlanes(west, east)
            try test.establish(suite)
            let there = (0..<100).map { udpPacket("10.0.1.5", "10.0.2.7", count: $0 * 13, tag: UInt8($0)) }
            west.device.waiting = there
            west.run()
            east.run()
            east.run()
            let came = east.device.arrived
            #expect(came.count == 100)
            for (one, other) in zip(came, there) where one != other { Issue.record("packet of \(other.count) octets") }
            let back = udpPacket("10.0.2.7", "10.0.1.5")
            east.device.waiting = [back]
            east.run()
            west.run()
            #expect(west.device.arrived == [back])
            #expect(west.plane.traffic(spi: 0x2000, destination: localhost)?.packets == 100)
            #expect(east.plane.traffic(spi: 0x2000, destination: localhost)?.packets == 100)
            #expect(west.plane.traffic(spi: 0x2001, destination: localhost)?.octets == UInt64(back.count))
            #expect(west.plane.traffic(spi: 0x2002, destination: localhost) == nil)
        }
    }

    private init(_ west: Side, _ east: Side) throws {
        self.west = west
        self.east = east
    }

    @Test func holdsAsksAndReleases() throws {
        try west.plane.route(west.eroute(to: east))
        try east.plane.route(east.eroute(to: west))
        let packets = (0..<6).map { udpPacket("10.0.1.5", "10.0.2.7", tag: UInt8($0)) }
        west.device.waiting = Array(packets[0..<2])
        west.run(now: 10)
        west.device.waiting = Array(packets[2...])
        west.run(now: 20)
        #expect(west.asked == [1])
        west.device.waiting = [packets[0]]
        west.run(now: 11 + Limits.acquireInterval)
        #expect(west.asked == [1, 1])
        #expect(west.plane.counters.held == 4 && west.plane.counters.dropped == 3)
        east.run()
        #expect(east.device.arrived.isEmpty)
        try establish()
        east.run()
        // Held long before this moment on the real clock, and too long ago to be sent.
        #expect(east.device.arrived.isEmpty)

        west.plane.remove(spi: 0x2000, destination: localhost)
        west.device.waiting = Array(packets[0..<3])
        west.run(now: Clock.monotonic())
        let again = west.association(to: east, spi: 0x3000)
        try east.plane.installInbound(again)
        try west.plane.installOutbound(again, now: Clock.monotonic())
        east.run()
        #expect(east.device.arrived == Array(packets[0..<3]))
    }

    /// More eroutes ask at once than there is room for: the others ask with their next packet.
    @Test func whatFindsNoRoomAsksLater() throws {
        let count = Limits.planeEvents + 20
        for number in 0..<count {
            let eroute = west.eroute(to: east, id: UInt32(number + 1))
            eroute.remoteSelector = Selector(Subnet(address("10.9.\(number).0"), prefix: 24))
            try west.plane.route(eroute)
        }
        func send() {
            west.device.waiting = (0..<count).map { udpPacket("10.0.1.5", "10.9.\($0).7") }
            while !west.device.waiting.isEmpty { west.plane.readable(west.device.number, now: 1) }
        }
        send()
        west.run()
        #expect(west.asked.count == Limits.planeEvents)
        send()
        west.run()
        #expect(Set(west.asked).count == count && west.asked.count == count)
    }

    @Test func whatNoErouteCoversGoesNowhere() throws {
        try establish()
        west.device.waiting = [
            udpPacket("10.0.3.5", "10.0.2.7"), udpPacket("10.0.1.5", "10.0.3.7"), [1, 2, 3], [UInt8](repeating: 0x45, count: 40),
        ]
        west.run()
        east.run()
        #expect(east.device.arrived.isEmpty && west.asked.isEmpty)
        #expect(west.plane.counters.noEroute == 2 && west.plane.counters.notIP == 2)
    }

    @Test func afterDownNothingLeaves() throws {
        try establish()
        west.plane.remove(spi: 0x2000, destination: localhost)
        west.plane.remove(spi: 0x2001, destination: localhost)
        west.device.waiting = [udpPacket("10.0.1.5", "10.0.2.7")]
        west.run()
        east.run()
        #expect(east.device.arrived.isEmpty && west.asked == [1])
        // Packets that the peer still sends are refused.
        east.device.waiting = [udpPacket("10.0.2.7", "10.0.1.5")]
        east.run()
        west.run()
        #expect(west.device.arrived.isEmpty && west.plane.counters.refusedIn.unknownSPI == 1)
    }

    private func isStray(_ event: PlaneEvent) -> Bool {
        guard case .unknownSPI(0x2001, let peer, localhost) = event else { return false }
        return peer.address == localhost && peer.port != 0
    }

    /// Whose ESP belongs to no SA is told, and not for every packet.
    @Test func strays() throws {
        try establish()
        east.device.waiting = [udpPacket("10.0.2.7", "10.0.1.5")]
        east.run()
        west.run()
        #expect(west.told.isEmpty)
        west.plane.remove(spi: 0x2001, destination: localhost)
        for _ in 0..<200 {
            east.device.waiting = [udpPacket("10.0.2.7", "10.0.1.5")]
            east.run()
            west.run()
        }
        #expect(west.plane.counters.refusedIn.unknownSPI == 200)
        #expect(1...100 ~= west.told.count && west.told.allSatisfy(isStray))
    }

    @Test func rekeyingLosesNothing() throws {
        try establish()
        let packet = udpPacket("10.0.1.5", "10.0.2.7")
        west.device.waiting = [packet]
        west.run()
        // The new pair is installed; the old one still receives packets under way.
        try establish(first: 0x4000)
        west.device.waiting = [packet]
        west.run()
        east.run()
        #expect(east.device.arrived.count == 2)
        #expect(west.plane.traffic(spi: 0x4000, destination: localhost)?.packets == 1)
        west.plane.remove(spi: 0x2000, destination: localhost)
        west.device.waiting = [packet]
        west.run()
        east.run()
        #expect(east.device.arrived.count == 3)
        // The newest is removed first: the one before it sends again, if it is still installed.
        try establish(first: 0x5000)
        west.plane.remove(spi: 0x5000, destination: localhost)
        west.device.waiting = [packet]
        west.run()
        #expect(west.plane.traffic(spi: 0x4000, destination: localhost)?.packets == 3)
    }

    /// An SA that has reached its limit is reported, once, and carries packets until another one is installed.
    @Test func expiring() throws {
        try west.plane.route(west.eroute(to: east))
        try east.plane.route(east.eroute(to: west))
        var out = west.association(to: east, spi: 0x2000)
        out.packetsBeforeRekeying = 3
        try east.plane.installInbound(out)
        try west.plane.installOutbound(out, now: Clock.monotonic())
        for count in 1...5 {
            west.device.waiting = [udpPacket("10.0.1.5", "10.0.2.7")]
            west.run()
            #expect(west.told == (count < 3 ? [] : [.expiring(spi: 0x2000, destination: localhost, hasEnded: false)]))
        }
        east.run()
        #expect(east.device.arrived.count == 5)
    }

    @Test func routingAgainKeepsTheSA() throws {
        try establish()
        try west.plane.route(west.eroute(to: east))
        west.device.waiting = [udpPacket("10.0.1.5", "10.0.2.7")]
        west.run()
        east.run()
        #expect(east.device.arrived.count == 1)
        west.plane.unroute(west.eroute(to: east))
        west.device.waiting = [udpPacket("10.0.1.5", "10.0.2.7")]
        west.run()
        #expect(west.plane.counters.noEroute == 1)
    }

    @Test func ikeIsHandedOut() throws {
        try establish()
        for datagram in [[0, 0, 0, 0, 7, 8, 9], [0xff], [0, 0, 0, 9], [1, 2, 3, 4, 5, 6, 7, 8, 9]] as [[UInt8]] {
            try west.socket.send(datagram.span, to: Endpoint(localhost, east.socket.port))
        }
        east.run()
        #expect(east.messages == [[7, 8, 9]])
        #expect(east.plane.counters.refusedIn.unknownSPI == 1 && east.device.arrived.isEmpty)
    }

    @Test func forgeriesChangeNothing() throws {
        try establish()
        var forged = [UInt8](repeating: 0x11, count: 100)
        forged.replaceSubrange(0..<8, with: [0, 0, 0x20, 0, 0, 0, 0, 9])
        let stranger = try UDPSocket(.ipv4)
        try stranger.send(forged.span, to: Endpoint(localhost, east.socket.port))
        east.run()
        #expect(east.plane.counters.refusedIn.total == 1 && east.device.arrived.isEmpty)
        east.device.waiting = [udpPacket("10.0.2.7", "10.0.1.5")]
        east.run()
        west.run()
        #expect(west.device.arrived.count == 1)
    }

    @Test func followsAPeerThatMoved() throws {
        try establish()
        // West's NAT gives it another port: the same SA from another socket.
        let moved = try Side("10.0.1.0", seed: 3)
        try moved.plane.route(moved.eroute(to: east))
        try moved.plane.installInbound(east.association(to: west, spi: 0x2001))
        try moved.plane.installOutbound(moved.association(to: east, spi: 0x2000), now: Clock.monotonic())
        moved.device.waiting = [udpPacket("10.0.1.5", "10.0.2.7")]
        moved.run()
        east.run()
        east.device.waiting = [udpPacket("10.0.2.7", "10.0.1.5")]
        east.run()
        moved.run()
        #expect(moved.device.arrived.count == 1)
    }

    @Test func tooLargePacketsAreAnswered() throws {
        try establish()
        let tunnel = try #require(west.plane.outbound.first)
        tunnel.learn(pathMTU: 1000, now: 0)
        let fits = tunnel.esp.largestPacket
        west.device.waiting = [udpPacket("10.0.1.5", "10.0.2.7", count: 1200, dontFragment: true)]
        west.run()
        let answer = try #require(west.device.arrived.first)
        #expect(Array(answer[16..<20]) == address("10.0.1.5").octets && Array(answer[20..<22]) == [3, 4])
        #expect(Int(answer[26]) << 8 | Int(answer[27]) == fits)
        for _ in 0..<50 { west.device.waiting.append(udpPacket("10.0.1.5", "10.0.2.7", count: 1200, dontFragment: true)) }
        west.run()
        #expect(west.device.arrived.count == Limits.tooBigBurst)
        // After its time the path is tried whole again.
        #expect(west.plane.nextDeadline == Limits.pathMTUAge)
        west.plane.advance(now: Limits.pathMTUAge)
        #expect(tunnel.esp.largestPacket > 1200 && west.plane.nextDeadline == nil)
        // No message makes it accept a path MTU below the minimum of every path.
        tunnel.learn(pathMTU: 1, now: 0)
        #expect(tunnel.esp.pathMTU == 576)
    }

    @Test func theDeviceFollowsTheNarrowestTunnel() throws {
        #expect(west.device.mtu == 1_390)
        try establish()
        // Loopback's own 65536 leaves more than the device may have.
        let tunnel = try #require(west.plane.outbound.first)
        tunnel.learn(pathMTU: 1400, now: 0)
        #expect(west.plane.mtu == 1338 && tunnel.esp.largestPacket == 1338)
        tunnel.learn(pathMTU: 900, now: 0)
        #expect(west.plane.mtu == 1280)
        let fixed = try Side("10.0.1.0", seed: 4, options: .init(overrideMTU: 1234))
        #expect(fixed.device.mtu == 1234)
    }

    @Test func spis() throws {
        var seen: Set<UInt32> = []
        for _ in 0..<1000 {
            let spi = try #require(west.plane.allocateSPI(source: localhost, destination: localhost, requestID: 1))
            #expect(spi >= 0x1000)
            seen.insert(spi)
        }
        #expect(seen.count > 990)
        try establish()
        #expect(throws: PlaneError.self) { try west.plane.installInbound(east.association(to: west, spi: 0x2001)) }
        #expect(throws: PlaneError.self) {
            try west.plane.installOutbound(west.association(to: east, spi: 9, id: 77), now: Clock.monotonic())
        }
    }

    @Test func theDataPathAllocatesNothing() throws {
        guard counting_malloc_works() else { return }
        for isWarm in isWarmInPass { try expectNoAllocations(isWarm) }
    }

    private func expectNoAllocations(_ isWarm: Bool) throws {
        for suite in [ESPSuite(.aesGCM128), ESPSuite(.aesCBC128, .hmacSHA1_96)] {
            let (west, east) = (try Side("10.0.1.0", seed: 1), try Side("10.0.2.0", seed: 2))
            try TUNPlanes(west, east).establish(suite)
            let packet = udpPacket("10.0.1.5", "10.0.2.7", count: 1000)
            west.device.repeated = packet
            east.device.repeated = packet
            func round() {
                west.device.repetitions = 30
                west.plane.readable(west.device.number, now: 5)
                _ = east.plane.receive(from: east.socket, now: 5) { _, _, _ in }
            }
            west.device.repeated[16] = 10 // its own copy from here on
            round()
            counting_malloc_begin()
            for _ in 0..<20 { round() }
            // A first fragment, and a later one.
            west.device.repeated[6] = 0x20
            round()
            west.device.repeated[7] = 0x40
            round()
            west.device.repeated[6] = 0
            west.device.repeated[7] = 0
            // Held, dropped, not IP, no eroute, unknown SPI, too large.
            west.device.repeated[16] = 11
            round()
            west.device.repeated[0] = 0
            round()
            west.device.repeated[0] = 0x45
            west.device.repeated[16] = 10
            let allocations = counting_malloc_end()
            #expect(allocations == 0 || !isWarm)
            #expect(east.device.counted == 30 * 23)

            west.plane.outbound[0].learn(pathMTU: 600, now: 0)
            west.device.repeated[6] = 0x40
            round()
            counting_malloc_begin()
            round()
            let answering = counting_malloc_end()
            #expect((answering == 0 || !isWarm) && west.device.counted == Limits.tooBigBurst)

            east.plane.remove(spi: 0x2000, destination: localhost)
            west.plane.outbound[0].forgetPathMTU(now: .max)
            counting_malloc_begin()
            round()
            let unknown = counting_malloc_end()
            #expect((unknown == 0 || !isWarm) && east.plane.counters.refusedIn.unknownSPI == 30)

            west.plane.remove(spi: 0x2000, destination: localhost)
            counting_malloc_begin()
            round()
            let holding = counting_malloc_end()
            #expect((holding == 0 || !isWarm) && west.plane.counters.held == 4)
        }
    }
}
