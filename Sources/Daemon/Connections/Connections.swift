import Configuration
import Control
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// The gateway's connections, and the operations of `ipsec auto`. It connects the IKE engine with a data plane. It uses no sockets and no
/// files.
final class Connections {
    let engine: Engine
    let plane: DataPlane
    let log: Log
    let random: RandomSource
    /// Effects of the event that is being handled, in order.
    private var effects: [Effect] = []
    /// The time of day in this turn of the event loop.
    var wallTime = WallTime(clock: 0, built: 0) {
        didSet { engine.wallTime = wallTime.seconds }
    }

    /// In the order in which they were added.
    private(set) var all: [Connection] = []
    private var nextID: UInt32 = 1
    /// Whether IKE has the current list of networks that peers may not claim (`reserveNetworks`).
    var knowsNetworks = false
    /// When the kernel's random number generator is checked again, monotonic nanoseconds; `nil` if it is ready.
    var entropyCheck: UInt64?
    /// The checks of the tunnels' counters.
    var trafficMonitor = TrafficMonitor()

    init(engine: Engine, plane: DataPlane, log: Log, random: RandomSource) {
        self.engine = engine
        engine.traffic = PlaneTraffic(plane)
        self.plane = plane
        self.log = log
        self.random = random
    }

    func find(_ name: Name) -> Connection? { all.first { $0.name == name } }
    /// The connection of this name, or all pairs of subnets of the conn of this name.
    func findAll(_ name: Name) -> [Connection] {
        if let connection = find(name) { return [connection] }
        return all.filter { $0.source?.conn.section == name }
    }
    func find(_ id: ConnectionID) -> Connection? { all.first { $0.id == id } }
    func find(requestID: UInt32) -> Connection? { all.first { $0.policy.requestID == requestID } }

    /// A new number for a connection.
    func newID() -> ConnectionID {
        defer { nextID += 1 }
        return ConnectionID(nextID)
    }

    /// A request ID for a connection of this name. It is the same after a restart, so that the kernel's policies are recognised, and no
    /// other connection has it. The upper half, "CY", marks it as Cygnet's.
    func requestID(for name: Name) -> UInt32 {
        var hash: UInt32 = 2_166_136_261 // FNV-1a
        for byte in name.bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        var low = (hash >> 16) ^ (hash & 0xffff)
        while isTaken(RequestIDs.base | low) { low = (low + 1) & 0xffff }
        return RequestIDs.base | low
    }

    private func isTaken(_ requestID: UInt32) -> Bool {
        all.contains { connection in
            connection.policy.requestID == requestID
                || connection.instances.contains { $0.eroute.requestID == requestID }
        } || effects.contains { if case .unroute(let eroute) = $0 { eroute.requestID == requestID } else { false } }
    }

    /// `--add`: adds a connection. Its name must be unused.
    func add(_ connection: Connection) {
        all.append(connection)
        knowsNetworks = false
        engine.hasNamedPeers = all.contains { $0.peerName != nil }
        if connection.isNegotiated { engine.add(connection.policy) }
        if connection.loadsKeys, let identity = connection.policy.remoteID { effects.append(.searchKeys(of: identity, for: .load)) }
    }

    /// Forgets a connection that was unrouted.
    func remove(_ connection: Connection) {
        all.removeAll { $0.id == connection.id }
        knowsNetworks = false
        engine.hasNamedPeers = all.contains { $0.peerName != nil }
    }

    // MARK: Effects

    /// Returns the effects in order, and forgets them. Called after each event.
    func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    func append(_ effect: Effect) { effects.append(effect) }

    /// An eroute that was unrouted while the same event was handled stays routed.
    func cancelUnroute(_ eroute: Eroute) {
        effects.removeAll { if case .unroute(let other) = $0 { other === eroute } else { false } }
    }

    /// Tells the firewall and the updown command about an eroute.
    func tell(_ verb: EventVerb, _ connection: Connection, _ eroute: Eroute) {
        append(.tell(verb, connection.context(of: eroute, plane)))
    }

    func debug(_ eroute: Eroute, _ what: StaticString) {
        log.debug(log.debugging.plane, "eroute \(eroute.localSelector) -> \(eroute.remoteSelector) \(what)", conn: eroute.name)
    }
}

/// The data plane's packet counters.
private final class PlaneTraffic: TrafficCounter {
    private let plane: DataPlane
    init(_ plane: DataPlane) {
        self.plane = plane
        super.init()
    }

    override func packets(spi: UInt32, destination: Address) -> UInt64 {
        plane.traffic(spi: spi, destination: destination)?.packets ?? 0
    }
}
