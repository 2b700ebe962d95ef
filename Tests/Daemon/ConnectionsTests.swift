import Crypto
import IKE
import Linux
import TestSupport
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import DataPlane

/// The same octets every time, and none before the kernel has some.
private final class CountingRandom: RandomSource {
    private var next: UInt8
    var isReady = true
    override func canFill() -> Bool { isReady }
    init(_ first: UInt8) { next = first }
    override func fill(_ bytes: inout MutableSpan<UInt8>) {
        precondition(isReady, "the kernel would have us wait")
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
    let westRandom = CountingRandom(1)
    let eastRandom = CountingRandom(2)
    let westPlane: PaperPlane
    let eastPlane: PaperPlane
    let net: Connection
    private var wire: [(to: Connections, [UInt8], from: Endpoint, at: Endpoint)] = []
    /// The gateway at an address.
    private var hosts: [(address: Address, connections: Connections)] = []
    /// Takes the messages that west sends, which then do not arrive.
    var swallow: (([UInt8]) -> Void)?
    var log: [String] = []
    var now: UInt64 = 1_000_000_000

    static let westAddress = Address("192.0.2.1")!
    static let eastAddress = Address("192.0.2.2")!

    init(eastSecret: String = "one secret") {
        westPlane = PaperPlane(log: Log(DiscardedLog()))
        eastPlane = PaperPlane(log: Log(DiscardedLog()))
        west = Connections(engine: Engine(), plane: westPlane, log: westPlane.log, random: westRandom)
        east = Connections(engine: Engine(), plane: eastPlane, log: eastPlane.log, random: eastRandom)
        net = Self.connection(west, Self.westAddress, Self.eastAddress, "10.0.1.0", "10.0.2.0", "one secret")
        west.add(net)
        east.add(Self.connection(east, Self.eastAddress, Self.westAddress, "10.0.2.0", "10.0.1.0", eastSecret))
        hosts = [(Self.westAddress, west), (Self.eastAddress, east)]
    }

    /// Carries out the effects of all gateways.
    func carryOut() {
        for host in hosts {
            for effect in host.connections.takeEffects() {
                switch effect {
                case .send(let message, let from, let to):
                    if let swallow, host.connections === west {
                        swallow(message)
                    } else if let receiver = hosts.first(where: { $0.address == to.address }) {
                        wire.append((receiver.connections, message, from, to))
                    }
                case .unroute(let eroute): host.connections.plane.unroute(eroute)
                default: break
                }
            }
        }
    }

    /// A third gateway that has west's ID at another address, and its conn.
    func westElsewhere(_ address: Address) -> (Connections, Connection) {
        let plane = PaperPlane(log: Log(DiscardedLog()))
        let moved = Connections(engine: Engine(), plane: plane, log: plane.log, random: CountingRandom(3))
        let net = Self.connection(moved, address, Self.eastAddress, "10.0.1.0", "10.0.2.0", "one secret")
        moved.add(net)
        hosts.append((address, moved))
        return (moved, net)
    }

    static func connection(
        _ connections: Connections, _ local: Address, _ remote: Address, _ near: String, _ far: String, _ secret: String,
        name: Name = "net"
    ) -> Connection {
        let near = Selector(Subnet(Address(near)!, prefix: 24))
        let far = Selector(Subnet(Address(far)!, prefix: 24))
        let requestID = connections.requestID(for: name)
        let policy = Policy(
            id: connections.newID(), name: name, local: local, remote: remote, localID: .address(local),
            remoteID: .address(remote), presharedKey: Secret(Array(secret.utf8)),
            ikeSuites: [IKESuite(.aesCBC128, .sha256, .curve25519)], espSuites: [ESPSuite(.aesGCM128)],
            pfsGroup: nil, localSelector: near, remoteSelector: far, mode: .tunnel, ikeLifetime: 3600,
            espLifetime: 28800, keyingTries: 1, natTraversal: true, forceEncapsulation: false, replayWindow: 64,
            requestID: requestID)
        let eroute = Eroute(
            name: name, local: local, remote: remote, localSelector: near, remoteSelector: far, mode: .tunnel,
            requestID: requestID, nextHop: nil, sourceAddress: nil)
        return Connection(name: name, policy: policy, eroute: eroute, text: "")
    }

    /// Carries messages until none is under way.
    func settle() {
        carryOut()
        while !wire.isEmpty {
            let next = wire.removeFirst()
            next.to.receive(next.1.span, from: next.from, to: next.at, now: now)
            carryOut()
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

    /// The host name of west leads to another address while its tunnel stands: nothing changes until somebody there proves to be
    /// west, and then nothing that is covered is let go in between.
    @Test func aPeerThatComesFromItsNewAddress() {
        let pair = Pair()
        let address = Address("192.0.2.9")!
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        let old = pair.east.all[0]
        #expect(old.isUp)
        let (moved, net) = pair.westElsewhere(address)
        // No connection expects it there.
        moved.up(net, now: pair.now, terminal: nil)
        pair.settle()
        #expect(!net.isUp && pair.east.all[0] === old && old.isUp)
        let replacement = Pair.connection(pair.east, Pair.eastAddress, address, "10.0.2.0", "10.0.1.0", "one secret")
        pair.east.expect(replacement, toFollow: old, now: pair.now)
        #expect(pair.east.all.count == 1 && pair.east.all[0] === old && old.isUp)
        moved.down(net, now: pair.now)
        pair.wait(1)
        pair.eastPlane.deeds = []
        moved.up(net, now: pair.now, terminal: nil)
        pair.settle()
        #expect(net.isUp)
        #expect(pair.east.all.count == 1 && pair.east.all[0] === replacement && replacement.isUp && replacement.replacement == nil)
        let deeds = pair.eastPlane.deeds
        #expect(deeds.first == "route net", "\(deeds)")
        // What is no longer needed is forgotten, too.
        pair.east.expect(old, toFollow: replacement, now: pair.now)
        pair.east.forgetReplacement(replacement, now: pair.now)
        #expect(replacement.isUp && replacement.replacement == nil)
    }

    /// At an early boot: routed traffic is held, nothing waits for the kernel, and negotiations begin when it has random numbers.
    @Test(arguments: [true, false]) func withoutEntropy(atWest: Bool) {
        let pair = Pair()
        let random = atWest ? pair.westRandom : pair.eastRandom
        random.isReady = false
        let terminal = Terminal()
        pair.west.up(pair.net, now: pair.now, terminal: terminal)
        pair.settle()
        pair.west.acquire(requestID: pair.net.policy.requestID, now: pair.now)
        pair.wait(2)
        #expect(pair.westPlane.deeds == ["route net"] && pair.net.state == .held && !pair.net.isUp)
        #expect(pair.west.wants(pair.net))
        if atWest { #expect(pair.west.nextDeadline.map { $0 <= pair.now + 1_000_000_000 } ?? false) }
        random.isReady = true
        pair.wait(8)
        #expect(pair.net.isUp && pair.west.entropyCheck == nil && pair.east.entropyCheck == nil)
        // The kernel is not asked repeatedly.
        let deeds = pair.westPlane.deeds
        pair.wait(8)
        #expect(pair.westPlane.deeds == deeds)
    }

    /// A conn that is down is not called negotiating for the ISAKMP SA that it left to another one.
    @Test func downIsNotNegotiating() {
        let pair = Pair()
        let western = Pair.connection(pair.west, Pair.westAddress, Pair.eastAddress, "10.0.3.0", "10.0.4.0", "one secret", name: "other")
        pair.west.add(western)
        pair.east.add(Pair.connection(pair.east, Pair.eastAddress, Pair.westAddress, "10.0.4.0", "10.0.3.0", "one secret", name: "other"))
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        pair.west.up(western, now: pair.now, terminal: nil)
        pair.settle()
        #expect(pair.net.isUp && western.isUp)
        pair.west.down(pair.net, now: pair.now)
        pair.settle()
        for side in [pair.west, pair.east] {
            let terminal = Terminal()
            side.showSummary(to: terminal, now: pair.now)
            #expect(text(terminal).contains(">net: ") && !text(terminal).contains("negotiating"), "\(text(terminal))")
            #expect(text(terminal).contains(">other: up"), "\(text(terminal))")
        }
    }

    /// The peers, as they authenticated; and the networks that no peer may claim: those behind peers, and directly connected ones.
    @Test func whoIsThereAndWhatIsTaken() {
        let pair = Pair()
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        #expect(pair.net.eroute.peer == nil)
        pair.settle()
        #expect(pair.net.eroute.peer?.id == .address(Pair.eastAddress) && pair.net.eroute.peer?.authority == nil)
        let reserved = pair.west.engine.reservedNetworks.map { "\($0.subnet) \($0.connection.map { "\($0)" } ?? "-")" }
        #expect(reserved == ["192.0.2.0/24 -", "10.0.2.0/24 net"])
        pair.west.delete(pair.net, now: pair.now)
        pair.carryOut()
        pair.west.reserveNetworks()
        #expect(pair.west.engine.reservedNetworks.count == 1)
    }

    /// A connection that is ended in the meantime stays down.
    @Test func downWithoutEntropy() {
        let pair = Pair()
        pair.westRandom.isReady = false
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.west.down(pair.net, now: pair.now)
        pair.westRandom.isReady = true
        pair.wait(8)
        #expect(!pair.net.isUp && pair.westPlane.deeds == ["route net"])
    }

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
        #expect(text(terminal).contains("[ipsec-sa-established]"))
        #expect(text(terminal).contains("104 \"net\" "))
    }

    /// A peer that still sends by an SA which we lost is told so by a negotiation, where traffic of ours would begin one too.
    @Test func strayESP() throws {
        let pair = Pair()
        func stray(_ peer: Address) {
            pair.west.receivedUnknownSPI(9, from: Endpoint(peer, 0), to: Pair.westAddress, now: pair.now)
            pair.settle()
        }
        stray(Pair.eastAddress)
        #expect(!pair.net.isUp)
        try pair.west.route(pair.net)
        stray(Address("203.0.113.1")!)
        #expect(!pair.net.isUp)
        stray(Pair.eastAddress)
        #expect(pair.net.isUp)
        pair.west.down(pair.net, now: pair.now)
        pair.settle()
        pair.wait(30)
        stray(Pair.eastAddress)
        #expect(!pair.net.isUp)
    }

    /// Nothing is received by an established tunnel: log and status say so, and how to send ESP in UDP.
    @Test func aTunnelThatOnlySendsIsToldOnce() {
        let pair = Pair()
        let log = KeptLines()
        pair.westPlane.log.destination = log
        func told(_ what: String) -> Int { log.lines.count { $0.contains(what) } }
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        pair.westPlane.sent = Traffic(packets: 8, octets: 672)
        pair.wait(9)
        #expect(told("[nothing-received]") == 0)
        pair.wait(100)
        #expect(told("[nothing-received]") == 1)
        let terminal = Terminal()
        pair.west.showSummary(to: terminal, now: pair.now)
        #expect(text(terminal).contains("sent 8 packets, 672 octets; received 0 packets, 0 octets\n"))
        #expect(text(terminal).contains("[nothing-received]"))
        pair.westPlane.received = Traffic(packets: 1, octets: 84)
        let later = Terminal()
        pair.west.showSummary(to: later, now: pair.now)
        #expect(!text(later).contains("[nothing-received]"))
    }

    /// Everything that comes fails its check.
    @Test func aTunnelThatRefusesEverythingIsToldOnce() {
        let pair = Pair()
        let log = KeptLines()
        pair.westPlane.log.destination = log
        func told(_ what: String) -> Int { log.lines.count { $0.contains(what) } }
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        pair.westPlane.received.refused.failedCheck = 5
        pair.wait(100)
        #expect(told("[everything-refused]") == 1)
        // The total of refused packets, at most once in its interval.
        #expect(told("[esp-refused]") == 1)
        let terminal = Terminal()
        pair.west.showSummary(to: terminal, now: pair.now)
        #expect(text(terminal).contains("sent 0 packets, 0 octets; received 0 packets, 0 octets; refused 5: 5 failed"))
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

    /// A peer that is not there: a host that goes on sending has no more attempts begun than the pauses between them allow.
    @Test func trafficDoesNotHurryAttempts() throws {
        let pair = Pair()
        var began: [UInt64] = []
        pair.swallow = { message in
            // A first message has no responder cookie.
            let isFirst = message[8..<16].allSatisfy { $0 == 0 }
            if isFirst, !began.contains(where: { pair.now - $0 < 31_000_000_000 }) { began.append(pair.now) }
        }
        try pair.west.route(pair.net)
        for _ in 0..<300 {
            pair.west.acquire(requestID: pair.net.policy.requestID, now: pair.now)
            pair.wait(1)
        }
        // Half a minute each, and 5, 10, 20, 40 and 60 seconds between them, or a quarter less or more.
        #expect(began.count == 6)
        for (gap, pause) in zip(zip(began, began.dropFirst()).map { ($1 - $0) / 1_000_000_000 }, [5, 10, 20, 40, 60]) {
            #expect((30 + UInt64(pause * 3 / 4)...32 + UInt64(pause * 5 / 4)).contains(gap), "\(gap)")
        }
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
        pair.carryOut()
        #expect(pair.westPlane.deeds.suffix(3) == ["remove", "remove", "unroute net"])
        #expect(pair.west.find("net") == nil)
    }

    /// The firewall is told before the traffic is unrouted, and the request ID is not reused until then.
    @Test func whatIsUnroutedIsToldFirst() throws {
        let pair = Pair()
        try pair.west.route(pair.net)
        _ = pair.west.takeEffects()
        try pair.west.unroute(pair.net)
        pair.west.delete(pair.net, now: pair.now)
        #expect(pair.west.requestID(for: "net") != pair.net.policy.requestID)
        let effects = pair.west.takeEffects()
        guard effects.count == 2, case .tell(.unroute, let context) = effects[0], case .unroute(let eroute) = effects[1] else {
            Issue.record("\(effects)")
            return
        }
        #expect(context.connection == "net" && eroute === pair.net.eroute)
        #expect(pair.west.requestID(for: "net") == pair.net.policy.requestID)
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
        #expect(text(terminal).contains("no ESP here [sa-not-installed]"))
        #expect(text(terminal).hasSuffix("exit 1\n"))
        #expect(!pair.westPlane.deeds.contains("unroute net"))
    }

    /// If one half of a pair cannot be installed, the peer must not have the pair.
    @Test func aRefusedInboundSAIsNotAnswered() {
        let pair = Pair()
        pair.westPlane.refusesStates = true
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        #expect(pair.westPlane.deeds == ["route net", "remove"])
        #expect(!pair.eastPlane.deeds.contains("outbound"))
        #expect(pair.east.find("net")?.isUp == false)
    }

    @Test func aResponderThatCannotInstallSaysSo() {
        let pair = Pair()
        pair.eastPlane.refusesStates = true
        let terminal = Terminal()
        pair.west.up(pair.net, now: pair.now, terminal: terminal)
        pair.settle()
        #expect(text(terminal).contains("NO-PROPOSAL-CHOSEN"))
        #expect(text(terminal).hasSuffix("exit 1\n"))
        #expect(pair.westPlane.deeds == ["route net"])
        #expect(pair.east.find("net")?.isUp == false)
    }

    @Test func aRefusedOutboundSATakesThePairBack() {
        let pair = Pair()
        pair.eastPlane.refusesOutbound = true
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        #expect(!pair.net.isUp && pair.east.find("net")?.isUp == false)
        #expect(pair.westPlane.deeds == ["route net", "inbound", "outbound", "remove", "remove"])
        #expect(pair.eastPlane.deeds == ["route net", "inbound", "remove", "remove"])
    }

    /// A refusal that passes costs an attempt, and not `keyingtries=%forever`.
    @Test func aRefusedSAIsTriedAgain() {
        let pair = Pair()
        var policy = pair.net.policy
        policy.keyingTries = 0
        pair.west.update(pair.net, policy)
        pair.westPlane.refusesStates = true
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.settle()
        #expect(!pair.net.isUp)
        pair.westPlane.refusesStates = false
        pair.wait(10)
        #expect(pair.net.isUp)
    }

    /// With `failureshunt=passthrough`, an attempt that was unrouted in the meantime leaves nothing in the kernel.
    @Test(arguments: [false, true])
    func afterAnAttemptFailedForGood(isUnrouted: Bool) throws {
        let pair = Pair(eastSecret: "another secret")
        let log = KeptLines()
        pair.westPlane.log.destination = log
        pair.net.failureShunt = .passthrough
        pair.swallow = { _ in }
        pair.west.up(pair.net, now: pair.now, terminal: nil)
        pair.carryOut()
        if isUnrouted { try pair.west.unroute(pair.net) }
        pair.wait(300)
        #expect(!pair.west.isNegotiating(pair.net, now: pair.now))
        #expect(pair.net.state == (isUnrouted ? .unrouted : .shunted))
        #expect(pair.westPlane.deeds == ["route net", isUnrouted ? "unroute net" : "route net"])
        #expect(log.lines.count { $0.hasSuffix("[in-the-clear]") } == (isUnrouted ? 0 : 1))
        // Routed by hand, its traffic is held again.
        try pair.west.route(pair.net)
        #expect(pair.net.state == .held && pair.net.wanted == .onDemand)
    }

    /// The old one goes on, and nothing of the new one stays.
    @Test func aFailedReplacementLeavesTheOldOne() throws {
        let pair = Pair()
        try pair.west.route(pair.net)
        pair.westPlane.refusesRoutes = true
        let successor = Connection(name: "net", policy: pair.net.policy, eroute: pair.net.eroute, text: "")
        successor.policy.id = pair.west.newID()
        #expect(throws: PlaneError.self) { try pair.west.replace(pair.net, with: successor, now: pair.now) }
        #expect(pair.west.all.count == 1 && pair.west.find("net") === pair.net)
        pair.west.acquire(requestID: pair.net.policy.requestID, now: pair.now)
        pair.settle()
        #expect(pair.net.isUp)
    }

    @Test func requestIDsAreOursStableAndUnique() {
        let pair = Pair()
        #expect(RequestIDs.isOurs(pair.net.policy.requestID))
        #expect(Pair().net.policy.requestID == pair.net.policy.requestID)
        #expect(pair.west.requestID(for: "net") != pair.net.policy.requestID)
    }
}
