import Crypto
import ESP
import IKE
import TestSupport
import Testing
import Wire

/// One gateway of a world: an engine, the ESP transforms that its actions made, and a clock that runs its own way.
final class Node {
    let name: String
    var address: Address
    var engine = Engine()
    let random: SeededRandom
    let clock: DriftingClock
    var isOn = true
    var inbound: [(esp: InboundSA, since: UInt64)] = []
    var outbound: [(esp: OutboundSA, since: UInt64)] = []
    var journal: [String] = []
    private var lastSPI: UInt32

    init(_ name: String, _ address: Address, seed: UInt64, drift: Int64) {
        self.name = name
        self.address = address
        clock = DriftingClock(drift: drift)
        random = SeededRandom(seed: seed)
        lastSPI = UInt32(truncatingIfNeeded: seed) << 20 | 0x1000
    }

    func nextSPI() -> UInt32 {
        lastSPI += 1
        return lastSPI
    }

    func local(_ time: UInt64) -> UInt64 { clock.local(time) }
}

/// The counters of a node's transforms.
private final class NodeTraffic: TrafficCounter {
    unowned let node: Node
    init(_ node: Node) {
        self.node = node
        super.init()
    }

    override func packets(spi: UInt32, destination: Address) -> UInt64 {
        node.inbound.first { $0.esp.sa.spi == spi }?.esp.usage.packets ?? 0
    }
}

/// Two gateways, whole engines with ESP behind them, in virtual time and under any conditions. An error is an issue that
/// names the seed.
final class World {
    static let second: UInt64 = 1_000_000_000
    static let keyLife: UInt64 = 1800

    let seed: UInt64
    var dice: Dice
    let west: Node
    let east: Node
    /// West's address changes now and then, and east accepts any peer that authenticates as west.
    let isRoaming: Bool
    let eastBegins: Bool
    var now: UInt64 = 1_000 * second
    var wire = WeatheredWire()
    private(set) var packets = NumberedPackets()
    private(set) var failed = false
    private(set) var rekeyings = 0
    private(set) var withoutSA = 0
    /// The largest sequence number that `leap` came to.
    private(set) var highest: UInt64 = 0

    init(seed: UInt64) {
        self.seed = seed
        dice = Dice(seed)
        let kind = dice.roll(3)
        isRoaming = kind == 0
        eastBegins = kind == 1
        west = Node("west", Address("192.0.2.1")!, seed: 2 * seed, drift: Int64(dice.roll(21)) - 10)
        east = Node("east", Address("198.51.100.1")!, seed: 2 * seed + 1, drift: Int64(dice.roll(21)) - 10)
        for node in [west, east] { boot(node) }
    }

    func fail(_ what: String) {
        // One error is enough: later ones follow from it.
        guard !failed else { return }
        failed = true
        let story = [west, east].map { "\($0.name):\n  " + $0.journal.suffix(30).joined(separator: "\n  ") }
        Issue.record(
            "CYGNET_SEED=\(seed), \((now - 1_000 * Self.second) / Self.second) s: \(what)\n\(story.joined(separator: "\n"))")
    }

    func other(_ node: Node) -> Node { node === west ? east : west }

    // MARK: Actions of nodes

    private func policy(_ node: Node) -> Policy {
        let remote = node === east && isRoaming ? nil : other(node).address
        var policy = Policy.example(local: node.address, remote: remote, id: 1)
        policy.localID = .fqdn(Name(node.name))
        policy.remoteID = .fqdn(Name(other(node).name))
        let nets = [Subnet(Address("10.0.1.0")!, prefix: 24), Subnet(Address("10.0.2.0")!, prefix: 24)]
        policy.localSelector = Selector(node === west ? nets[0] : nets[1])
        policy.remoteSelector = Selector(node === west ? nets[1] : nets[0])
        policy.ikeLifetime = 3600
        policy.espLifetime = UInt32(Self.keyLife)
        policy.pfsGroup = seed % 2 == 0 ? .curve25519 : nil
        policy.espSuites = [ESPSuite(.aesGCM128, usesESN: seed % 4 < 2), ESPSuite(.aesCBC128, .hmacSHA256_128, usesESN: seed % 4 < 2)]
        policy.keyingTries = 0
        policy.rekeyPolicy.rekeyMargin = 300
        policy.rekeyPolicy.dpdDelay = 30
        policy.rekeyPolicy.dpdTimeout = 120
        policy.rekeyPolicy.dpdAction = node === west || eastBegins ? .restart : .hold
        return policy
    }

    /// Loses all its memory, and starts again.
    func boot(_ node: Node) {
        node.engine = Engine()
        node.engine.traffic = NodeTraffic(node)
        node.inbound = []
        node.outbound = []
        node.journal.append("\(now / Self.second) boots at \(node.address)")
        node.engine.add(policy(node))
        if node === west || eastBegins { initiate(node) }
    }

    /// Its machine sleeps, and hears nothing, while its peer's goes on. Its clock goes on, too.
    func sleep(_ node: Node, seconds: Int) {
        node.isOn = false
        node.journal.append("\(now / Self.second) sleeps")
        for _ in 0..<seconds / 30 {
            send(other(node))
            run(seconds: 30)
        }
        node.isOn = true
        node.journal.append("\(now / Self.second) wakes")
        // As in the daemon: first everything that is due.
        run(node) { $0.advance(now: node.local(now), random: node.random, &$1) }
    }

    func initiate(_ node: Node) {
        run(node) { $0.initiate(ConnectionID(1), now: node.local(now), random: node.random, &$1) }
    }

    /// Finds itself at another address.
    func move(_ node: Node, to address: Address) {
        // What it says from the old address gets nowhere.
        wire.weather.isCut = true
        run(node) { $0.forget(ConnectionID(1), now: node.local(now), random: node.random, &$1) }
        wire.weather.isCut = false
        node.address = address
        node.journal.append("\(now / Self.second) is at \(address) now")
        node.engine.add(policy(node))
        initiate(node)
    }

    func run(_ node: Node, _ body: (Engine, inout [Action]) -> Void) {
        var actions: [Action] = []
        body(node.engine, &actions)
        var next = 0
        while next < actions.count {
            let action = actions[next]
            next += 1
            switch action {
            case .send(let octets, let from, let to): post(octets, from, to, isESP: false)
            case .needSPI(let request):
                node.engine.supply(
                    node.nextSPI(), for: request, now: node.local(now), random: node.random, &actions)
            case .installInbound(let request):
                guard let esp = try? InboundSA(request.sa) else { return fail("an SA has no good keys") }
                node.inbound.append((esp, now))
                node.engine.installed(request.token, now: node.local(now), random: node.random, &actions)
            case .installOutbound(let request):
                let sa = request.sa
                guard let esp = try? OutboundSA(sa, random: node.random) else { return fail("an SA has no good keys") }
                if !node.inbound.contains(where: { $0.esp.sa.destination == sa.source }) { fail("outbound before inbound") }
                node.outbound.append((esp, now))
                rekeyings += 1
                node.engine.installed(request.token, now: node.local(now), random: node.random, &actions)
            case .remove(let spi, let destination, _):
                node.inbound.removeAll { $0.esp.sa.spi == spi && $0.esp.sa.destination == destination }
                node.outbound.removeAll { $0.esp.sa.spi == spi && $0.esp.sa.destination == destination }
            case .say(let progress): node.journal.append("\(now / Self.second) \(progress.code) \(progress.text.marked(progress.message))")
            case .attemptFailed(_, _, _, let final):
                // With dpdaction=hold a dead peer's conn is tried again when a packet comes.
                if final, policy(node).rekeyPolicy.dpdAction == .restart { fail("\(node.name) gave up") }
            case .lost: if !node.outbound.isEmpty { fail("\(node.name) lost its tunnel and has SAs") }
            case .established, .authenticated, .lookUpPeers, .unroute, .keepalive, .needKeys: break
            }
        }
        // No world makes more than this of one connection.
        if node.inbound.count > 24 || node.outbound.count > 12 || node.engine.status(now: node.local(now)).count > 48 {
            fail("\(node.name)'s tables grow: \(node.inbound.count) SAs in, \(node.outbound.count) out")
        }
        if node.journal.count > 400 { node.journal.removeFirst(300) }
    }

    // MARK: The wire

    private func post(_ octets: [UInt8], _ from: Endpoint, _ to: Endpoint, isESP: Bool) {
        wire.post(octets, from, to, isESP: isESP, now: now, &dice)
    }

    private func deliver(_ datagram: WeatheredWire.Datagram) {
        guard let node = [west, east].first(where: { $0.address == datagram.to.address }), node.isOn else { return }
        if datagram.isESP {
            open(node, datagram.octets, datagram.from.address)
        } else {
            run(node) {
                $0.receive(
                    datagram.octets.span, from: datagram.from, to: datagram.to, now: node.local(now), random: node.random,
                    &$1)
            }
        }
    }

    // MARK: Packets

    private func number(_ node: Node) -> UInt8 { node === west ? 1 : 2 }
    private func host(_ node: Node) -> [UInt8] { [10, 0, number(node), 5] }

    /// Sends one packet through the tunnel, if there is one. Its number.
    @discardableResult
    func send(_ node: Node) -> Int? {
        // As both planes do: the newest.
        guard let (esp, since) = node.outbound.last else {
            withoutSA += 1
            return nil
        }
        if node.local(now) > node.local(since) + (Self.keyLife + 1) * Self.second { fail("\(node.name) sends by a key past its life") }
        let (number, inner) = packets.make(by: number(node), from: host(node), to: host(other(node)))
        var buffer = [UInt8](repeating: 0, count: Layout.headroom + inner.count + Layout.tailroom)
        buffer.replaceSubrange(Layout.headroom..<Layout.headroom + inner.count, with: inner)
        var span = buffer.mutableSpan
        guard let sealed = try? esp.encapsulate(&span, packet: Layout.headroom..<Layout.headroom + inner.count) else {
            fail("a packet cannot be protected")
            return nil
        }
        post(Array(buffer[sealed.range]), Endpoint(esp.sa.source, 0), Endpoint(esp.sa.destination, 0), isESP: true)
        return number
    }

    /// As if a node had sent three quarters of a thousand million packets that all were lost: with extended sequence numbers
    /// its SA goes on past 2^32.
    func leap(_ node: Node) {
        guard let (esp, since) = node.outbound.last, esp.sa.suite.usesESN else { return }
        let sequence = UInt64.max - esp.remaining + 0x3000_0000
        guard let ahead = try? OutboundSA(esp.sa, sequence: sequence, random: node.random) else { return fail("no leap") }
        node.outbound[node.outbound.count - 1] = (ahead, since)
        highest = max(highest, sequence)
    }

    private func open(_ node: Node, _ octets: [UInt8], _ source: Address) {
        let spi = octets[0..<4].reduce(0) { $0 << 8 | UInt32($1) }
        guard let (esp, since) = node.inbound.first(where: { $0.esp.sa.spi == spi }) else { return }
        var buffer = [UInt8](repeating: 0, count: Layout.inboundHeadroom) + octets
        let place = Layout.inboundHeadroom..<buffer.count
        var span = buffer.mutableSpan
        guard case .packet(let range)? = try? esp.decapsulate(&span, packet: place, outer: .init(source, node.address)) else { return }
        let peer = other(node)
        if let wrong = packets.take(Array(buffer[range]), by: number(peer), from: host(peer), to: host(node)) {
            return fail("\(node.name) \(wrong)")
        }
        // A responder's inbound half stands while it waits for the initiator's last word.
        if now > since + (Self.keyLife + 400) * Self.second { fail("\(node.name) takes by a key past its life") }
    }

    /// Octets of the simulation's own data, without the gateways.
    var ownOctets: Int {
        var sum = packets.ownOctets + wire.ownOctets + 10_000
        for node in [west, east] {
            for line in node.journal { sum += line.utf8.count + 48 }
            sum += 16 * node.journal.capacity
        }
        return sum
    }

    // MARK: Time

    func run(seconds: Int) { run(until: now + UInt64(seconds) * Self.second) }

    func run(until time: UInt64) {
        while !failed {
            var next = time
            if let arrival = wire.nextArrival { next = min(next, arrival) }
            for node in [west, east] {
                if node.isOn, let deadline = node.engine.nextDeadline { next = min(next, max(now, node.clock.global(deadline))) }
            }
            now = max(now, next)
            for datagram in wire.takeArrived(now: now) { deliver(datagram) }
            for node in [west, east] {
                guard node.isOn, let deadline = node.engine.nextDeadline, deadline <= node.local(now) else { continue }
                run(node) { $0.advance(now: node.local(now), random: node.random, &$1) }
            }
            if now >= time, wire.nextArrival ?? .max > time { break }
        }
    }
}
