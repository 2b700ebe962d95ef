import Crypto
import IKE
import Wire

/// Random octets that are the same in every run.
final class SeededRandom: RandomSource {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    override func fill(_ bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices {
            // SplitMix64's step; one octet of it is enough here.
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            bytes[index] = UInt8(truncatingIfNeeded: value ^ value >> 31)
        }
    }
}

/// One gateway of a simulation: an engine, and the effects of its actions.
final class Side {
    let name: String
    let engine = Engine()
    let random: SeededRandom
    var said: [String] = []
    /// The codes of the logged lines.
    var codes: [MessageCode] = []
    /// The numbers of whack of the logged lines.
    var numbers: [Int] = []
    /// How often the engine asked to unroute.
    var unrouted = 0
    var inbound: [SecurityAssociation] = []
    var outbound: [SecurityAssociation] = []
    var established: [ConnectionID] = []
    var lost: [ConnectionID] = []
    var failures: [(id: ConnectionID, reason: String, code: MessageCode?, final: Bool)] = []
    var keepalives = 0
    var lookUps = 0
    var authenticated: [ConnectionID] = []
    var hasSPIs = true
    /// The questions to the DNS, which are answered when the test says so.
    var keyRequests: [KeyRequest] = []
    /// The plane refuses the inbound, or the outbound, SAs of this connection.
    var refusedInbound: ConnectionID?, refusedOutbound: ConnectionID?
    /// Requests to install an SA are kept in `requests` until `Simulation.answer`.
    var holdsRequests = false
    var requests: [(InstallRequest, isInbound: Bool)] = []
    /// Each SPI is smaller than the one before.
    var spisFall = false
    private var lastSPI: UInt32

    init(_ name: String, seed: UInt64) {
        self.name = name
        engine.traffic = PaperTraffic()
        random = SeededRandom(seed: seed)
        lastSPI = UInt32(seed) << 16 | 0x1000
    }

    func nextSPI() -> UInt32 {
        lastSPI = spisFall ? lastSPI - 1 : lastSPI + 1
        return lastSPI
    }

    func saw(_ text: String) -> Bool { said.contains { $0.contains(text) } }
    /// Whether a line with this code was logged.
    func saw(_ code: MessageCode) -> Bool { codes.contains(code) }
    /// Whether a line about this error notification was logged.
    func saw(_ error: ErrorNotification) -> Bool { numbers.contains(error.rawValue) }
    /// Whether a message was retransmitted.
    var retransmitted: Bool { numbers.contains(10) }
    /// Whether an attempt failed for a reason with this code.
    func failed(_ code: MessageCode) -> Bool { failures.contains { $0.code == code } }
}

/// Error notifications (RFC 2408 §3.14.1), each with the number that whack gives it.
enum ErrorNotification: Int {
    case noProposalChosen = 214
    case payloadMalformed = 216
    case invalidKeyInformation = 217
    case invalidIDInformation = 218
}

/// A datagram on its way.
struct Datagram {
    var octets: [UInt8]
    var from: Endpoint
    var to: Endpoint
    /// Counting from the simulation's start.
    var number: Int
    var arrives: UInt64
}

/// Two gateways and the wire between them, in virtual time.
final class Simulation {
    static let second: UInt64 = 1_000_000_000
    static let delay: UInt64 = 10_000_000

    let west: Side
    let east: Side
    let westAddress: Address
    let eastAddress: Address
    var now: UInt64 = 1_000 * Simulation.second
    private(set) var wire: [Datagram] = []
    /// Every datagram that was ever sent.
    private(set) var sent: [Datagram] = []
    /// The wire's treatment of a datagram: it may drop it, change it or duplicate it.
    var treatment: (Datagram) -> [Datagram] = { [$0] }
    /// The real destination of a datagram, and its apparent source: NAT.
    var translate: (Datagram) -> Datagram = { $0 }

    init(west: Address = Address("192.0.2.1")!, east: Address = Address("192.0.2.2")!, seed: UInt64 = 1) {
        westAddress = west
        eastAddress = east
        self.west = Side("west", seed: 2 * seed - 1)
        self.east = Side("east", seed: 2 * seed)
    }

    func side(_ address: Address) -> Side? {
        address == westAddress ? west : address == eastAddress ? east : nil
    }

    func address(_ side: Side) -> Address { side === west ? westAddress : eastAddress }

    func run(_ side: Side, _ body: (Engine, inout [Action]) -> Void) {
        var actions: [Action] = []
        body(side.engine, &actions)
        for action in actions { carryOut(action, side) }
    }

    private func carryOut(_ action: Action, _ side: Side) {
        switch action {
        case .send(let octets, let from, let to):
            let datagram = Datagram(octets: octets, from: from, to: to, number: sent.count, arrives: now + Self.delay)
            sent.append(datagram)
            wire += treatment(translate(datagram))
        case .needSPI(let request):
            let spi: UInt32? = side.hasSPIs ? side.nextSPI() : nil
            run(side) { $0.supply(spi, for: request, now: now, random: side.random, &$1) }
        case .needKeys(let request): side.keyRequests.append(request)
        case .installInbound(let request):
            if side.holdsRequests { side.requests.append((request, true)) } else { install(request, inbound: true, side) }
        case .installOutbound(let request):
            if side.holdsRequests { side.requests.append((request, false)) } else { install(request, inbound: false, side) }
        case .remove(let spi, let destination, _):
            side.inbound.removeAll { $0.spi == spi && $0.destination == destination }
            side.outbound.removeAll { $0.spi == spi && $0.destination == destination }
        case .say(let progress):
            side.said.append("\(progress.code) \(progress.text.marked(progress.message))")
            side.numbers.append(progress.code)
            if let code = progress.message { side.codes.append(code) }
        case .established(let id): side.established.append(id)
        case .lost(let id): side.lost.append(id)
        case .unroute: side.unrouted += 1
        case .attemptFailed(let id, let reason, let code, let final): side.failures.append((id, reason.text, code, final))
        case .keepalive: side.keepalives += 1
        case .lookUpPeers: side.lookUps += 1
        case .authenticated(let id): side.authenticated.append(id)
        }
    }

    /// Installs an SA, or refuses it, and answers the engine.
    private func install(_ request: InstallRequest, inbound: Bool, _ side: Side) {
        if request.connection == (inbound ? side.refusedInbound : side.refusedOutbound) {
            run(side) { $0.installRefused(request.token, now: now, random: side.random, &$1) }
            return
        }
        if inbound { side.inbound.append(request.sa) } else { side.outbound.append(request.sa) }
        run(side) { $0.installed(request.token, now: now, random: side.random, &$1) }
    }

    /// Answers the requests that a side has kept.
    func answer(_ side: Side) {
        let requests = side.requests
        side.requests = []
        for (request, isInbound) in requests { install(request, inbound: isInbound, side) }
    }

    /// The DNS answers the oldest question of a side.
    func publish(_ keys: [RSAPublicKey], to side: Side, problem: Sentence? = nil) {
        let request = side.keyRequests.removeFirst()
        run(side) { $0.keysFound(keys, problem: problem, for: request.token, now: now, random: side.random, &$1) }
    }

    /// Delivers datagrams and runs timers until `time`, or until nothing is left to happen.
    func run(until time: UInt64) {
        while true {
            let arrival = wire.map { $0.arrives }.min()
            let deadline = [west, east].compactMap { $0.engine.nextDeadline }.min()
            guard let next = [arrival, deadline].compactMap({ $0 }).min(), next <= time else { break }
            now = max(now, next)
            let due = wire.filter { $0.arrives <= now }
            wire.removeAll { $0.arrives <= now }
            for datagram in due { deliver(datagram) }
            for side in [west, east] where side.engine.nextDeadline.map({ $0 <= now }) ?? false {
                run(side) { $0.advance(now: now, random: side.random, &$1) }
            }
        }
        now = max(now, time)
    }

    func run(seconds: UInt64) { run(until: now + seconds * Self.second) }

    func deliver(_ datagram: Datagram) {
        guard let side = side(datagram.to.address) else { return }
        run(side) {
            $0.receive(
                datagram.octets.span, from: datagram.from, to: datagram.to, now: now, random: side.random, &$1)
        }
    }

    func initiate(_ side: Side, _ id: UInt32 = 1) {
        run(side) { $0.initiate(ConnectionID(id), now: now, random: side.random, &$1) }
    }

    /// Adds the same connection to both sides, seen from each.
    func add(_ change: (inout Policy, Side) -> Void = { _, _ in }, id: UInt32 = 1) {
        for side in [west, east] {
            var policy = Policy.example(local: address(side), remote: address(side === west ? east : west), id: id)
            let nets = [Subnet(Address("10.0.1.0")!, prefix: 24), Subnet(Address("10.0.2.0")!, prefix: 24)]
            policy.localSelector = Selector(side === west ? nets[0] : nets[1])
            policy.remoteSelector = Selector(side === west ? nets[1] : nets[0])
            change(&policy, side)
            side.engine.add(policy)
        }
    }

    /// Whether both sides hold one pair, with the same keys, crosswise.
    var isTunnelUp: Bool {
        guard let westIn = west.inbound.last, let westOut = west.outbound.last, let eastIn = east.inbound.last,
            let eastOut = east.outbound.last
        else { return false }
        return Self.same(westIn, eastOut) && Self.same(westOut, eastIn)
    }

    /// Whether each side could receive the packets of the other.
    var carries: Bool {
        [(west, east), (east, west)].allSatisfy { from, to in
            from.outbound.last.map { outbound in to.inbound.contains { Self.same($0, outbound) } } ?? false
        }
    }

    static func same(_ one: SecurityAssociation, _ two: SecurityAssociation) -> Bool {
        one.spi == two.spi && one.suite == two.suite && one.mode == two.mode
            && one.encryptionKey.equals(two.encryptionKey) && one.salt.equals(two.salt)
            && one.integrityKey.equals(two.integrityKey) && one.sourceSelector == two.sourceSelector
            && one.destinationSelector == two.destinationSelector
    }
}

extension Policy {
    static func example(local: Address, remote: Address?, id: UInt32) -> Policy {
        Policy(
            id: ConnectionID(id), name: Name("net\(id)"), local: local, remote: remote, localID: .address(local),
            remoteID: remote.map { .address($0) }, presharedKey: Secret(Array("a secret only for tests".utf8)),
            ikeSuites: [IKESuite(.aesCBC128, .sha256, .curve25519)], espSuites: [ESPSuite(.aesGCM128)],
            pfsGroup: .curve25519, localSelector: Selector(Subnet(host: local)),
            remoteSelector: Selector(Subnet(host: remote ?? .any(local.family))), mode: .tunnel, ikeLifetime: 3600,
            espLifetime: 28800, keyingTries: 1, natTraversal: true, forceEncapsulation: false, replayWindow: 64,
            requestID: id)
    }
}
