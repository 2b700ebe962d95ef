import CountingMalloc
import Crypto
import ESP
import Linux
import TestSupport
import Testing
import Wire

@testable import DataPlane

/// A TUN device of paper that gives and takes large packets, each with its header in front.
private final class LargeDevice: PaperSource {
    var arrived: [(OffloadHeader, [UInt8])] = []
    var writes = 0

    override var hasOffload: Bool { true }
    override func send(_ packet: Span<UInt8>) -> Bool {
        let whole: [Range<Int>] = [packet.indices]
        return send(whole.span, of: packet, OffloadHeader())
    }
    override func send(_ pieces: Span<Range<Int>>, of bytes: Span<UInt8>, _ offload: OffloadHeader) -> Bool {
        writes += 1
        guard repeated.isEmpty else { return true }
        var packet: [UInt8] = []
        for index in pieces.indices {
            for place in pieces[index] { packet.append(bytes[place]) }
        }
        arrived.append((offload, packet))
        return true
    }
    override func setMTU(_ mtu: Int) {}
    override func route(_ eroute: Eroute) throws(PlaneError) {}
    override func unroute(_ eroute: Eroute) {}
}

private func address(_ text: String) -> Address { Address(text)! }
private let localhost = address("127.0.0.1")

/// A gateway's plane with its UDP socket on localhost.
private final class Gateway {
    let device = LargeDevice(name: "paper0")
    let plane: TUNPlane
    let socket: UDPSocket
    let near: Subnet

    init(_ near: String) throws {
        self.near = Subnet(address(near), prefix: 24)
        socket = try UDPSocket(.ipv4)
        try socket.bind(Endpoint(localhost, 0))
        plane = TUNPlane(device: device, rawSockets: [], random: SystemRandom(), log: Log(DiscardedLog()))
        plane.encapsulationSockets = [socket]
    }

    func association(to far: Gateway) -> SecurityAssociation {
        SecurityAssociation(
            spi: 0x2000, source: localhost, destination: localhost, mode: .tunnel, suite: ESPSuite(.aesGCM128),
            encryptionKey: Secret([UInt8](repeating: 1, count: 16)), salt: Secret([UInt8](repeating: 2, count: 4)),
            integrityKey: Secret([]), encapsulation: .init(sourcePort: socket.port, destinationPort: far.socket.port),
            sourceSelector: Selector(near), destinationSelector: Selector(far.near), requestID: 1, replayWindow: 64)
    }

    func eroute(to far: Gateway) -> Eroute {
        Eroute(
            name: "test", local: localhost, remote: localhost, localSelector: Selector(near),
            remoteSelector: Selector(far.near), mode: .tunnel, requestID: 1, nextHop: nil, sourceAddress: nil)
    }

    func send() { plane.readable(device.number, now: 1) }
    func receive() { for _ in 0..<10 { _ = plane.receive(from: socket, now: 1) { _, _, _ in } } }
}

/// A large TCP packet over IPv4 with its header in front, `count` octets of payload in segments of `length`.
private func large(_ count: Int, _ length: Int, dontFragment: Bool = true, to last: UInt8 = 7) -> [UInt8] {
    var offload = OffloadHeader()
    offload.kind = count > length ? .tcp4 : .single
    offload.needsChecksum = true
    offload.segmentLength = length
    offload.checksumStart = 20
    offload.checksumOffset = 16
    var octets = [UInt8](repeating: 0, count: OffloadHeader.length)
    var span = octets.mutableSpan
    offload.write(to: &span)
    let total = 40 + count
    var packet: [UInt8] = [0x45, 0, UInt8(total >> 8), UInt8(total & 255), 0, 1, dontFragment ? 0x40 : 0, 0, 64, 6, 0, 0]
    packet += address("10.0.1.5").octets + [10, 0, 2, last]
    packet += [4, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]
    packet += (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    var header = Array(packet[0..<20])
    let complement = 0xffff ^ sum(header)
    (header[10], header[11]) = (UInt8(complement >> 8), UInt8(complement & 255))
    packet.replaceSubrange(0..<20, with: header)
    let pseudo = sum(Array(packet[12..<20]) + [0, 6, UInt8((total - 20) >> 8), UInt8((total - 20) & 255)])
    (packet[36], packet[37]) = (UInt8(pseudo >> 8), UInt8(pseudo & 255))
    return octets + packet

    func sum(_ octets: [UInt8]) -> Int {
        var sum = 0
        for place in stride(from: 0, to: octets.count, by: 2) { sum += Int(octets[place]) << 8 | Int(octets[place + 1]) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return sum
    }
}

@Suite struct TUNPlaneOffload {
    private let west: Gateway
    private let east: Gateway

    init() throws {
        west = try Gateway("10.0.1.0")
        east = try Gateway("10.0.2.0")
        try west.plane.route(west.eroute(to: east))
        try east.plane.route(east.eroute(to: west))
        try east.plane.installInbound(west.association(to: east))
        try west.plane.installOutbound(west.association(to: east), now: 1)
    }

    /// A large packet comes out as a large one with the same octets, and counts as so many packets.
    @Test func largePacketsArrive() throws {
        for (count, segments) in [(40_000, 30), (60_000, 45), (1348, 1), (1349, 2)] {
            west.device.waiting = [large(count, 1348)]
            let before = west.plane.traffic(spi: 0x2000, destination: localhost)?.packets ?? 0
            east.device.arrived = []
            west.send()
            east.receive()
            let sent = try #require(west.plane.traffic(spi: 0x2000, destination: localhost)).packets - before
            #expect(sent == UInt64(segments))
            var payload: [UInt8] = []
            for (_, packet) in east.device.arrived { payload += packet[40...] }
            #expect(payload == Array(large(count, 1348)[50...]))
            #expect(east.device.arrived.count <= 2)
        }
        #expect(west.plane.counters.notIP == 0 && east.plane.counters.refusedIn.total == 0)
    }

    /// The kernel cuts for the device's MTU; a narrower path has its packets answered one by one, or fragmented outside.
    @Test func segmentsThatDoNotFit() throws {
        let tunnel = try #require(west.plane.outbound.first)
        tunnel.learn(pathMTU: 1000, now: 0)
        west.device.waiting = [large(4000, 1348)]
        west.send()
        let answers = west.device.arrived
        #expect(answers.count == 3 && answers.allSatisfy { $0.1[9] == 1 && Array($0.1[20..<22]) == [3, 4] })
        #expect(Int(answers[0].1[26]) << 8 | Int(answers[0].1[27]) == tunnel.esp.largestPacket)
        // None of the three left.
        #expect(west.plane.traffic(spi: 0x2000, destination: localhost)?.packets == 0)
        west.device.waiting = [large(4000, 1348, dontFragment: false)]
        west.send()
        east.receive()
        #expect(west.plane.traffic(spi: 0x2000, destination: localhost)?.packets == 3)
        #expect(east.device.arrived.reduce(0) { $0 + $1.1.count - 40 } == 4000)
    }

    @Test func whatIsNoPacketIsCounted() {
        var unknown = large(4000, 1348)
        unknown[1] = 3
        let long = large(4000, 1999)
        var outside = large(100, 1348)
        outside[6] = 200
        west.device.waiting = [unknown, long, outside, [1, 2, 3], large(4000, 1348, to: 7)]
        while !west.device.waiting.isEmpty { west.send() }
        east.receive()
        #expect(west.plane.counters.notIP == 4)
        #expect(west.plane.traffic(spi: 0x2000, destination: localhost)?.packets == 3)
    }

    /// Packets that wait for an SA are whole ones.
    @Test func segmentsAreHeld() throws {
        west.plane.remove(spi: 0x2000, destination: localhost)
        west.device.waiting = [large(40_000, 1348)]
        west.send()
        #expect(west.plane.counters.held == 4 && west.plane.counters.dropped == 26)
    }

    @Test func nothingIsAllocated() {
        guard counting_malloc_works() else { return }
        west.device.repeated = large(40_000, 1348)
        east.device.repeated = [0]
        func round() {
            west.device.repetitions = 3
            west.send()
            west.send()
            east.receive()
        }
        round()
        for isWarm in isWarmInPass {
            counting_malloc_begin()
            for _ in 0..<20 { round() }
            let allocations = counting_malloc_end()
            #expect(allocations == 0 || !isWarm)
        }
        #expect(east.device.writes >= 41 * 3)
    }
}
