import Configuration
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// The gateway's connections, and the deeds of `ipsec auto`. It joins IKE's state machine to a data plane; sockets and
/// files are the daemon's.
final class Connections {
    let engine: Engine
    let plane: DataPlane
    let log: Log
    let random: RandomSource
    /// What is to be done outside, in this order, when the event that is being handled is.
    private var effects: [Effect] = []

    /// In the order they were added.
    private(set) var all: [Connection] = []
    private var nextID: UInt32 = 1
    /// Whether IKE knows which networks peers may not claim (`reserveNetworks`).
    var knowsNetworks = false
    /// When the kernel is asked again whether it has random numbers; `nil` where it does.
    var entropyCheck: UInt64?
    /// What the tunnels carry.
    var looks = TrafficLooks()

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

    /// A number for a connection about to be made; never the same twice.
    func newID() -> ConnectionID {
        defer { nextID += 1 }
        return ConnectionID(nextID)
    }

    /// A request ID for a connection of this name: the same after a restart, so that the kernel's policies are known
    /// again, and no other connection's. The upper half, "CY", marks it as ours.
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

    // MARK: Effects

    /// Hands over what is to be done, first things first. To be called after each event.
    func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    func append(_ effect: Effect) { effects.append(effect) }

    /// Firewall and updown command are to be told what becomes of an eroute.
    func tell(_ verb: EventVerb, _ connection: Connection, _ eroute: Eroute) {
        effects.append(.tell(verb, connection.context(of: eroute, plane)))
    }

    /// The host name of a connection's peer is to be looked up anew; its questions need random numbers.
    func lookUpPeer(_ connection: Connection, now: UInt64) {
        if let name = connection.peerName, canMakeKeys(now: now) { effects.append(.lookUp(name)) }
    }

    // MARK: The deeds

    /// `--add`: makes a connection known. Its name must be free.
    func add(_ connection: Connection) {
        all.append(connection)
        knowsNetworks = false
        engine.hasNamedPeers = all.contains { $0.peerName != nil }
        if connection.isNegotiated { engine.add(connection.policy) }
    }

    /// `--route`: from now on its traffic leaves encrypted or not at all, and begins a negotiation.
    func route(_ connection: Connection) throws(PlaneError) {
        if connection.isTemplate {
            throw PlaneError(reason: "cannot be routed before its peer comes, who may be anywhere (%any)")
        }
        try hold(connection)
        guard connection.isNegotiated && connection.policy.remote != nil || connection.awaitsAddress, connection.wanted == .nothing
        else { return }
        if connection.isNegotiated, !connection.isUp { plane.rearm(connection.eroute) }
        connection.wanted = .onDemand
    }

    /// Catches its traffic, whatever state it is in.
    func hold(_ connection: Connection) throws(PlaneError) {
        if connection.isTemplate { return }
        let isNew = connection.state == .unrouted
        guard isNew || connection.state == .shunted else { return }
        if isNew { tell(.prepare, connection, connection.eroute) }
        try plane.route(connection.eroute)
        // One that was unrouted while the same event was handled is not let go any more.
        effects.removeAll { if case .unroute(let eroute) = $0 { eroute === connection.eroute } else { false } }
        debug(connection.eroute, "is routed")
        if isNew { tell(.route, connection, connection.eroute) }
        connection.state = .held
    }

    /// `--unroute`: lets its traffic go. Refused while a tunnel stands.
    func unroute(_ connection: Connection) throws(PlaneError) {
        if connection.isUp {
            throw PlaneError(reason: "cannot unroute: the tunnel is up; take it down first with --down")
        }
        stopCatching(connection)
    }

    func stopCatching(_ connection: Connection) {
        if connection.wanted == .onDemand { connection.wanted = .nothing }
        guard connection.isRouted else { return }
        tellUnrouted(connection)
        if !connection.isTemplate { effects.append(.unroute(connection.eroute)) }
        debug(connection.eroute, "is unrouted")
        for instance in connection.instances { effects.append(.unroute(instance.eroute)) }
        connection.instances = []
        connection.state = .unrouted
    }

    /// Before it, while the routes are still there: what is let through the firewall is no longer.
    func tellUnrouted(_ connection: Connection) {
        guard connection.isRouted else { return }
        if !connection.isTemplate { tell(.unroute, connection, connection.eroute) }
        for instance in connection.instances { tell(.unroute, connection, instance.eroute) }
    }

    /// `--up`: routes and negotiates. `terminal` hears the progress and ends with the first whole attempt.
    func up(_ connection: Connection, now: UInt64, terminal: Terminal?) {
        if connection.isUp {
            terminal?.line(0, "\"\(connection.name)\" is up already")
            terminal?.finish(0)
            return
        }
        do throws(PlaneError) {
            try hold(connection)
        } catch {
            terminal?.line(33, "\"\(connection.name)\" \(error.reason)")
            terminal?.finish(1)
            log.error("\"\(connection.name)\" cannot be routed: \(error.reason)")
            return
        }
        if connection.eroute.shunt != .none {
            terminal?.line(2, "\"\(connection.name)\" is routed: it carries nothing that could be negotiated")
            terminal?.finish(0)
            return
        }
        guard canMakeKeys(now: now) else {
            connection.wanted = .up
            if let terminal {
                connection.waiting.append(terminal)
                connection.tell(0, "waits for the kernel's random numbers")
            }
            return
        }
        if let pair = connection.manual {
            do throws(PlaneError) {
                try bringUp(connection, by: pair, now: now)
                terminal?.line(4, "\"\(connection.name)\" is up, its traffic protected with the keys of ipsec.conf")
                terminal?.finish(0)
            } catch {
                terminal?.line(33, "\"\(connection.name)\" \(error.reason)")
                terminal?.finish(1)
                log.error("\"\(connection.name)\" cannot install its SAs: \(error.reason)")
            }
            return
        }
        if connection.awaitsAddress {
            connection.wanted = .up
            if let terminal {
                connection.waiting.append(terminal)
                connection.tell(0, "looks up the address of its peer")
            }
            lookUpPeer(connection, now: now)
            return
        }
        connection.wanted = connection.policy.remote == nil ? .nothing : .onDemand
        lookUpPeer(connection, now: now)
        if let terminal { connection.waiting.append(terminal) }
        var actions: [Action] = []
        engine.initiate(connection.id, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// Whether an attempt of its own is under way.
    func isNegotiating(_ connection: Connection, now: UInt64) -> Bool {
        engine.status(now: now).contains { $0.connection == connection.id && !$0.isEstablished }
    }

    /// Whether it is up, or somebody wants it so.
    func wants(_ connection: Connection) -> Bool { connection.isUp || connection.wanted == .up || engine.wants(connection.id) }

    /// `--down`: ends the tunnel and tells the peer. The route stays, and its traffic is dropped.
    func down(_ connection: Connection, now: UInt64) {
        connection.wanted = .nothing
        takeDown(connection)
        var actions: [Action] = []
        engine.terminate(connection.id, now: now, random: random, &actions)
        perform(actions, now: now)
        connection.tell(0, "taken down before it was established")
        connection.release(1)
    }

    /// `--delete`: ends the tunnel, lets its traffic go and forgets it.
    func delete(_ connection: Connection, now: UInt64) {
        connection.wanted = .nothing
        var actions: [Action] = []
        takeDown(connection)
        engine.forget(connection.id, now: now, random: random, &actions)
        perform(actions, now: now)
        connection.tell(0, "deleted")
        connection.release(1)
        stopCatching(connection)
        forgetHeir(connection, now: now)
        all.removeAll { $0.id == connection.id }
        knowsNetworks = false
        engine.hasNamedPeers = all.contains { $0.peerName != nil }
    }

    /// `--replace`: puts `successor` in the place of `old` without letting go of traffic that both cover.
    func replace(_ old: Connection, with successor: Connection, now: UInt64) throws(PlaneError) {
        try add(successor, after: old, now: now)
        delete(old, now: now)
    }

    /// The first half of `replace`: both are there, until `old` is deleted.
    func add(_ successor: Connection, after old: Connection, now: UInt64) throws(PlaneError) {
        add(successor)
        if old.isTemplate, successor.isTemplate {
            successor.instances = old.instances
            successor.state = old.instances.isEmpty ? .unrouted : .held
            old.instances = []
        } else if old.isRouted {
            do throws(PlaneError) {
                try hold(successor)
            } catch {
                delete(successor, now: now)
                throw error
            }
            if old.wanted != .nothing, successor.policy.remote != nil { successor.wanted = .onDemand }
        }
    }

    /// New secrets: later negotiations use them, what stands is left alone.
    func update(_ connection: Connection, _ policy: Policy) {
        connection.policy = policy
        if connection.isNegotiated { engine.add(policy) }
    }

    /// Ends every tunnel and tells the peers, leaving policies and routes as they are.
    func hangUp(now: UInt64) {
        for connection in all {
            connection.wanted = .nothing
            takeDown(connection)
            var actions: [Action] = []
            engine.terminate(connection.id, now: now, random: random, &actions)
            perform(actions, now: now)
            connection.tell(0, "IPsec is being stopped")
            connection.release(1)
        }
    }

    // MARK: Events

    func receive(_ datagram: Span<UInt8>, from peer: Endpoint, to local: Endpoint, now: UInt64) {
        if log.debugging.received {
            log.stranger(.debug, now: now, "\(datagram.count) octets from \(peer) to \(local): \(Engine.summary(of: datagram))")
        }
        // Whoever sent it will do so again.
        guard canMakeKeys(now: now) else { return }
        var actions: [Action] = []
        engine.wallTime = Clock.believed()
        if !knowsNetworks { reserveNetworks() }
        let before = Clock.processor()
        engine.receive(datagram, from: peer, to: local, now: now, random: random, &actions)
        engine.took(Clock.processor() - before)
        perform(actions, now: now)
    }

    func advance(now: UInt64) {
        lookForEntropy(now: now)
        var actions: [Action] = []
        let before = engine.hasWaiting ? Clock.processor() : nil
        engine.advance(now: now, random: random, &actions)
        if let before { engine.took(Clock.processor() - before) }
        perform(actions, now: now)
        lookAtTraffic(now: now)
    }

    /// An SA has carried nearly as much as it may, or the plane has it no more.
    func wearOut(spi: UInt32, destination: Address, hasEnded: Bool, now: UInt64) {
        var actions: [Action] = []
        engine.expiring(spi: spi, destination: destination, hasEnded: hasEnded, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// A packet met a routed connection that has no SA.
    func acquire(requestID: UInt32, now: UInt64) {
        lookForLost(requestID: requestID, now: now)
        guard let connection = find(requestID: requestID), connection.wanted != .nothing, !connection.isUp else { return }
        guard canMakeKeys(now: now) else {
            connection.wanted = .up
            return
        }
        var actions: [Action] = []
        engine.trigger(connection.id, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// The kernel asks for an SA where one ought to stand: somebody may have taken it away (`ip xfrm state flush`).
    private func lookForLost(requestID: UInt32, now: UInt64) {
        func look(_ spi: UInt32, _ destination: Address) {
            guard plane.hasLost(spi: spi, destination: destination) else { return }
            var actions: [Action] = []
            engine.lost(spi: spi, destination: destination, now: now, random: random, &actions)
            perform(actions, now: now)
        }
        for connection in all {
            if connection.policy.requestID == requestID, let sa = connection.outbound {
                look(sa.spi, sa.destination)
            }
            for instance in connection.instances where instance.eroute.requestID == requestID {
                // Ours are the inbound ones.
                if let state = instance.states.last(where: { $0.destination == instance.eroute.remote }) {
                    look(state.spi, state.destination)
                }
            }
        }
    }

    private func debug(_ eroute: Eroute, _ what: StaticString) {
        log.debug(log.debugging.plane, "\"\(eroute.name)\" eroute \(eroute.localSelector) -> \(eroute.remoteSelector) \(what)")
    }

    /// ESP of an SA that we do not have came from `peer`. Where it has one that a restart of ours lost, our first message has it
    /// forget that (INITIAL-CONTACT).
    func stray(from peer: Address, to local: Address, now: UInt64) {
        guard canMakeKeys(now: now) else { return }
        var actions: [Action] = []
        if !engine.hurry(peer: peer, local: local, now: now, random: random, &actions),
            let connection = all.first(where: {
                $0.wanted != .nothing && !$0.isUp && $0.policy.remote == peer && $0.policy.local == local && $0.isNegotiated
            })
        {
            engine.tryOnce(connection.id, now: now, random: random, &actions)
        }
        perform(actions, now: now)
    }
}

/// What the data plane has counted.
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
