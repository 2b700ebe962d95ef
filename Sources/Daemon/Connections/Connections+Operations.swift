import Configuration
import Control
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// The operations of `ipsec auto`.
extension Connections {
    /// `--route`: catches the connection's traffic, which from now on leaves encrypted or not at all, and starts a negotiation.
    func route(_ connection: Connection) throws(PlaneError) {
        if connection.isTemplate {
            throw PlaneError(reason: "cannot be routed before a peer connects, since its peer is %any")
        }
        try hold(connection)
        guard connection.isNegotiated && connection.policy.remote != nil || connection.awaitsAddress, connection.wanted == .nothing
        else { return }
        if connection.isNegotiated, !connection.isUp { plane.rearm(connection.eroute) }
        connection.wanted = .onDemand
    }

    /// Catches its traffic in any state.
    func hold(_ connection: Connection) throws(PlaneError) {
        if connection.isTemplate { return }
        let isNew = connection.state == .unrouted
        guard isNew || connection.state == .shunted else { return }
        if isNew { tell(.prepare, connection, connection.eroute) }
        try plane.route(connection.eroute)
        cancelUnroute(connection.eroute)
        debug(connection.eroute, "is routed")
        if isNew { tell(.route, connection, connection.eroute) }
        connection.enter(.held, at: wallTime)
    }

    /// `--unroute`: lets its traffic go. Refused while the tunnel is up.
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
        if !connection.isTemplate { append(.unroute(connection.eroute)) }
        debug(connection.eroute, "is unrouted")
        for instance in connection.instances { append(.unroute(instance.eroute)) }
        connection.instances = []
        connection.enter(.unrouted, at: wallTime)
    }

    /// Told before `unroute`: the firewall stops accepting the traffic while the routes still exist.
    func tellUnrouted(_ connection: Connection) {
        guard connection.isRouted else { return }
        if !connection.isTemplate { tell(.unroute, connection, connection.eroute) }
        for instance in connection.instances { tell(.unroute, connection, instance.eroute) }
    }

    /// `--up`: routes and negotiates. `terminal` receives the progress, and its reply ends with the first complete attempt.
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
            log.error("cannot be routed: \(error.reason)", code: .notRouted, conn: connection.name)
            return
        }
        if connection.eroute.shunt != .none {
            terminal?.line(2, "\"\(connection.name)\" is routed: its type needs no negotiation")
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
            connection.wanted = .nothing
            do throws(PlaneError) {
                try bringUp(connection, by: pair, now: now)
                terminal?.line(4, "\"\(connection.name)\" is up with the keys of ipsec.conf")
                terminal?.finish(0)
            } catch {
                terminal?.line(33, "\"\(connection.name)\" \(error.reason)")
                terminal?.finish(1)
                log.error("cannot install its SAs: \(error.reason)", code: .saNotInstalled, conn: connection.name)
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

    /// Whether a negotiation of its own is under way.
    func isNegotiating(_ connection: Connection, now: UInt64) -> Bool {
        engine.status(now: now).contains { $0.connection == connection.id && !$0.isEstablished }
    }

    /// Whether it is up, or wanted up.
    func wants(_ connection: Connection) -> Bool { connection.isUp || connection.wanted == .up || engine.wants(connection.id) }

    /// `--down`: ends the tunnel and tells the peer. The connection stays routed, and its traffic is dropped.
    func down(_ connection: Connection, now: UInt64) {
        end(connection, "taken down before it was established", now: now)
    }

    private func end(_ connection: Connection, _ reason: Sentence, now: UInt64) {
        connection.wanted = .nothing
        takeDown(connection)
        var actions: [Action] = []
        engine.terminate(connection.id, now: now, random: random, &actions)
        perform(actions, now: now)
        connection.tell(0, reason)
        connection.release(1)
    }

    /// `--delete`: ends the tunnel, lets its traffic go and removes the connection.
    func delete(_ connection: Connection, now: UInt64) {
        connection.wanted = .nothing
        var actions: [Action] = []
        takeDown(connection)
        engine.forget(connection.id, now: now, random: random, &actions)
        perform(actions, now: now)
        connection.tell(0, "deleted")
        connection.release(1)
        stopCatching(connection)
        forgetReplacement(connection, now: now)
        remove(connection)
    }

    /// `--replace`: replaces `old` by `successor`. Traffic that both cover stays caught.
    func replace(_ old: Connection, with successor: Connection, now: UInt64) throws(PlaneError) {
        try add(successor, after: old, now: now)
        delete(old, now: now)
    }

    /// The first half of `replace`: both exist until `old` is deleted.
    func add(_ successor: Connection, after old: Connection, now: UInt64) throws(PlaneError) {
        add(successor)
        if old.isTemplate, successor.isTemplate {
            successor.instances = old.instances
            successor.enter(old.instances.isEmpty ? .unrouted : .held, at: wallTime)
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

    /// Sets new secrets or keys. Later negotiations use them; established SAs stay.
    func update(_ connection: Connection, _ policy: Policy) {
        connection.policy = policy
        if connection.isNegotiated { engine.add(policy) }
    }

    /// Ends every tunnel and tells the peers. Policies and routes stay.
    func hangUp(now: UInt64) {
        for connection in all { end(connection, "IPsec is being stopped", now: now) }
    }

    /// Looks up the host name of a connection's peer again. Questions to the DNS need random numbers.
    func lookUpPeer(_ connection: Connection, now: UInt64) {
        if let name = connection.peerName, canMakeKeys(now: now) { append(.lookUp(name)) }
    }
}
