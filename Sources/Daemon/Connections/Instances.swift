import Crypto
import DataPlane
import Host
import IKE
import Wire

extension Connections {
    /// Routes the traffic of the peer that an SA belongs to, as an instance of `connection`.
    func instance(of connection: Connection, for sa: SecurityAssociation, inbound: Bool) throws(PlaneError) -> Instance {
        let remote = inbound ? sa.sourceSelector : sa.destinationSelector
        let local = inbound ? sa.destinationSelector : sa.sourceSelector
        let peer = inbound ? sa.source : sa.destination
        let who = engine.peer(spi: sa.spi, destination: sa.destination)
        let state = Instance.State(spi: sa.spi, destination: sa.destination)
        if let known = connection.instances.first(where: { $0.eroute.remoteSelector == remote && $0.eroute.localSelector == local }) {
            if known.eroute.remote != peer {
                // The same peer with another address, or its successor.
                let eroute = known.eroute.copy()
                eroute.remote = peer
                try plane.route(eroute)
                known.eroute = eroute
            }
            known.eroute.peer = who ?? known.eroute.peer
            known.states.append(state)
            return known
        }
        let eroute = connection.eroute.copy()
        eroute.remote = peer
        eroute.localSelector = local
        eroute.remoteSelector = remote
        eroute.peer = who
        let predecessors = try predecessors(of: eroute)
        if connection.instances.count >= engine.bounds.states {
            guard let place = connection.instances.firstIndex(where: { $0.states.isEmpty }) else {
                throw PlaneError(reason: "the limit of \(engine.bounds.states) peers (maxstates=) is reached")
            }
            let gone = connection.instances.remove(at: place).eroute
            tell(.unroute, connection, gone)
            append(.unroute(gone))
        }
        // Several peers behind one NAT have different request IDs.
        var inner = remote.subnet.address == peer ? [] : remote.subnet.address.octets
        if remote.port != 0 { inner += [UInt8(remote.port >> 8), UInt8(remote.port & 255)] }
        eroute.requestID = requestID(for: Name(connection.name.bytes + peer.octets + inner))
        tell(.prepare, connection, eroute)
        try plane.route(eroute)
        tell(.route, connection, eroute)
        for other in predecessors {
            guard let place = other.connection.instances.firstIndex(where: { $0 === other.instance }) else { continue }
            other.connection.instances.remove(at: place)
            tell(.unroute, other.connection, other.instance.eroute)
            append(.unroute(other.instance.eroute))
        }
        let new = Instance(eroute)
        new.states.append(state)
        connection.instances.append(new)
        if !connection.isRouted { connection.enter(.held, at: wallTime) }
        return new
    }

    /// Instances without SAs whose traffic overlaps the new eroute's. Two eroutes are never equal, and an eroute without a peer does not
    /// hold traffic of a peer that is connected.
    private func predecessors(
        of new: Eroute
    ) throws(PlaneError) -> [(connection: Connection, instance: Instance)] {
        var found: [(connection: Connection, instance: Instance)] = []
        for other in all {
            for instance in other.instances
            where instance.eroute.remoteSelector.overlaps(new.remoteSelector) && instance.eroute.localSelector.overlaps(new.localSelector) {
                if instance.states.isEmpty {
                    found.append((other, instance))
                } else if instance.eroute.remoteSelector == new.remoteSelector, instance.eroute.localSelector == new.localSelector {
                    throw PlaneError(reason: "\(new.remoteSelector) belongs to a peer of \"\(other.name)\"")
                }
            }
        }
        return found
    }

    /// Tells IKE which networks no peer may claim as a virtual address: the remote networks of all connections, and this machine's directly
    /// connected networks.
    func reserveNetworks() {
        var networks = plane.localNetworks.map { ReservedNetwork($0) }
        for connection in all where !connection.isTemplate {
            networks.append(ReservedNetwork(connection.policy.remoteSelector.subnet, of: connection.name))
        }
        engine.reservedNetworks = networks
        knowsNetworks = true
    }

    /// An SA was removed.
    func forgetInInstances(_ spi: UInt32, _ destination: Address) {
        let state = Instance.State(spi: spi, destination: destination)
        for connection in all {
            for instance in connection.instances {
                instance.states.removeAll { $0 == state }
                if instance.states.isEmpty, instance.carries {
                    instance.carries = false
                    tell(.down, connection, instance.eroute)
                }
            }
        }
    }
}
