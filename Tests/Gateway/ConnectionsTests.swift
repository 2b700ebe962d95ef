import Crypto
import IKE
import Testing
import Wire

@testable import Gateway

/// Notes what it is asked, and does it on paper.
private final class PaperPlane: DataPlane {
    var deeds: [String] = []
    var refusesStates = false
    private var nextSPI: UInt32 = 0x1000

    override func route(_ eroute: Eroute) throws(PlaneError) { deeds.append("route \(eroute.name)") }
    override func unroute(_ eroute: Eroute) { deeds.append("unroute \(eroute.name)") }
    override func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? {
        nextSPI += 1
        return nextSPI
    }
    override func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {
        if refusesStates { throw PlaneError(reason: "no ESP here") }
        deeds.append("inbound")
    }
    override func installOutbound(_ sa: SecurityAssociation) throws(PlaneError) { deeds.append("outbound") }
    override func remove(spi: UInt32, destination: Address) { deeds.append("remove") }
}

/// The same octets every time.
private final class CountingRandom: RandomSource {
    private var next: UInt8
    init(_ first: UInt8) { next = first }
    override func fill(_ bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices {
            bytes[index] = next
            next = next &* 5 &+ 1
        }
    }
}

/// Two gateways and a wire between them that carries everything at once.
private final class Pair {
    let west: Connections
    let east: Connections
    let westPlane: PaperPlane
    let eastPlane: PaperPlane
    let net: Connection
    private var wire: [(to: Connections, [UInt8], from: Endpoint, at: Endpoint)] = []
    var log: [String] = []
    var now: UInt64 = 1_000_000_000

    static let westAddress = Address("192.0.2.1")!
    static let eastAddress = Address("192.0.2.2")!

    init(eastSecret: String = "one secret") {
        westPlane = PaperPlane(log: Log { _, _ in })
        eastPlane = PaperPlane(log: Log { _, _ in })
        west = Connections(engine: Engine(), plane: westPlane, log: westPlane.log, random: CountingRandom(1))
        east = Connections(engine: Engine(), plane: eastPlane, log: eastPlane.log, random: CountingRandom(2))
        net = Self.connection(west, Self.westAddress, Self.eastAddress, "10.0.1.0", "10.0.2.0", "one secret")
        west.add(net)
        east.add(Self.connection(east, Self.eastAddress, Self.westAddress, "10.0.2.0", "10.0.1.0", eastSecret))
        west.send = { [unowned self] message, from, to in wire.append((east, message, from, to)) }
        east.send = { [unowned self] message, from, to in wire.append((west, message, from, to)) }
    }

    private static func connection(
        _ connections: Connections, _ local: Address, _ remote: Address, _ near: String, _ far: String, _ secret: String
    ) -> Connection {
        let near = Selector(Subnet(Address(near)!, prefix: 24))
        let far = Selector(Subnet(Address(far)!, prefix: 24))
        let requestID = connections.requestID(for: "net")
        let policy = Policy(
            id: connections.newID(), name: "net", local: local, remote: remote, localID: .address(local),
            remoteID: .address(remote), presharedKey: Secret(Array(secret.utf8)),
            ikeSuites: [IKESuite(.aesCBC128, .sha256, .curve25519)], espSuites: [ESPSuite(.aesGCM128)], isStrict: true,
            pfsGroup: nil, localSelector: near, remoteSelector: far, mode: .tunnel, ikeLifetime: 3600,
            espLifetime: 28800, keyingTries: 1, natTraversal: true, forceEncapsulation: false, replayWindow: 64,
            requestID: requestID)
        let eroute = Eroute(
            name: "net", local: local, remote: remote, localSelector: near, remoteSelector: far, mode: .tunnel,
            requestID: requestID, nextHop: nil, sourceAddress: nil)
        return Connection(name: "net", policy: policy, eroute: eroute, text: "")
    }

    /// Carries messages until none is under way.
    func settle() {
        while !wire.isEmpty {
            let next = wire.removeFirst()
            next.to.receive(next.1.span, from: next.from, to: next.at, now: now)
        }
    }

    /// Lets both sides' timers run for so many seconds.
    func wait(_ seconds: Int) {
        for _ in 0..<seconds {
            now += 1_000_000_000
            west.advance(now: now)
            east.advance(now: now)
            settle()
        }
    }
}

@Suite struct ConnectionsTests {
    private func text(_ terminal: Terminal) -> String { String(decoding: terminal.pending, as: UTF8.self) }

    @Test func upRoutesBeforeItNegotiatesAndEndsTheWait() {
        let pair = Pair()
        let terminal = Terminal()
        pair.west.up(pair.net, now: pair.now, terminal: terminal)
        #expect(pair.westPlane.deeds == ["route net"])
        pair.settle()
        #expect(pair.westPlane.deeds == ["route net", "inbound", "outbound"])
        #expect(pair.eastPlane.deeds == ["route net", "inbound", "outbound"])
        #expect(pair.net.isUp)
        #expect(text(terminal).hasSuffix("exit 0\n"))
        #expect(text(terminal).contains("IPsec SA established"))
        #expect(text(terminal).contains("104 \"net\" "))
    }

    @Test func downLeavesTheRouteAndTellsThePeer() {
        let pair = Pair()
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        pair.west.down(pair.net, now: pair.now)
        pair.settle()
        #expect(!pair.net.isUp)
        #expect(pair.westPlane.deeds.suffix(2) == ["remove", "remove"])
        #expect(!pair.westPlane.deeds.contains("unroute net"))
        #expect(pair.eastPlane.deeds.suffix(2) == ["remove", "remove"])
        #expect(!pair.eastPlane.deeds.contains("unroute net"))
        // Down by hand: traffic is dropped and begins nothing.
        let before = pair.westPlane.deeds.count
        pair.west.acquire(requestID: pair.net.policy.requestID, now: pair.now)
        pair.settle()
        #expect(pair.westPlane.deeds.count == before)
    }

    @Test func aRoutedConnectionNegotiatesOnItsFirstPacket() throws {
        let pair = Pair()
        try pair.west.route(pair.net)
        pair.settle()
        #expect(pair.westPlane.deeds == ["route net"])
        pair.west.acquire(requestID: pair.net.policy.requestID, now: pair.now)
        pair.settle()
        #expect(pair.net.isUp)
    }

    @Test func aTunnelThatIsUpIsNotUnrouted() {
        let pair = Pair()
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        #expect(throws: PlaneError.self) { try pair.west.unroute(pair.net) }
        #expect(!pair.westPlane.deeds.contains("unroute net"))
    }

    @Test func deleteUnroutesLast() {
        let pair = Pair()
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        pair.west.delete(pair.net, now: pair.now)
        #expect(pair.westPlane.deeds.suffix(3) == ["remove", "remove", "unroute net"])
        #expect(pair.west.find("net") == nil)
    }

    @Test func aWrongSecretFailsWithAReasonAndStaysHeld() {
        let pair = Pair(eastSecret: "another secret")
        let terminal = Terminal()
        pair.west.up(pair.net, now: pair.now, terminal: terminal)
        pair.settle()
        pair.wait(600)
        #expect(text(terminal).hasSuffix("exit 1\n"))
        #expect(pair.westPlane.deeds == ["route net"])
        #expect(pair.eastPlane.deeds == [])
    }

    @Test func aKernelThatRefusesTheStateEndsTheAttempt() {
        let pair = Pair()
        pair.westPlane.refusesStates = true
        let terminal = Terminal()
        pair.west.up(pair.net, now: pair.now, terminal: terminal)
        pair.settle()
        #expect(!pair.net.isUp)
        #expect(text(terminal).contains("no ESP here"))
        #expect(text(terminal).hasSuffix("exit 1\n"))
        #expect(!pair.westPlane.deeds.contains("unroute net"))
    }

    @Test func requestIDsAreOursStableAndUnique() {
        let pair = Pair()
        #expect(RequestIDs.isOurs(pair.net.policy.requestID))
        #expect(Pair().net.policy.requestID == pair.net.policy.requestID)
        #expect(pair.west.requestID(for: "net") != pair.net.policy.requestID)
    }
}
