import Crypto
import IKE
import Wire

/// One peer of a connection whose peers may be anywhere: what it may reach is caught for it alone.
///
/// It stays when the peer is gone: its traffic is held until the peer comes back, the connection is unrouted, or another
/// peer needs the place.
final class Instance {
    struct State: Equatable {
        let spi: UInt32
        let destination: Address
    }

    fileprivate(set) var eroute: Eroute
    /// Its SAs, both directions.
    var states: [State] = []
    /// An SA carries its outgoing packets, and the world was told so.
    var carries = false

    init(_ eroute: Eroute) { self.eroute = eroute }
}

extension Connections {
    /// Catches the traffic of the peer that an SA belongs to, as an instance of `connection`, and gives its request ID.
    func instance(of connection: Connection, for sa: SecurityAssociation, inbound: Bool) throws(PlaneError) -> Instance {
        let selector = inbound ? sa.sourceSelector : sa.destinationSelector
        let state = Instance.State(spi: sa.spi, destination: sa.destination)
        if let known = connection.instances.first(where: { $0.eroute.remoteSelector == selector }) {
            let peer = inbound ? sa.source : sa.destination
            if known.eroute.remote != peer {
                // The same one come from elsewhere, or its successor.
                let eroute = known.eroute.copy()
                eroute.remote = peer
                try plane.route(eroute)
                known.eroute = eroute
            }
            known.states.append(state)
            return known
        }
        let predecessors = try predecessors(of: connection, selector)
        if connection.instances.count >= engine.bounds.states {
            guard let place = connection.instances.firstIndex(where: { $0.states.isEmpty }) else {
                throw PlaneError(reason: "there are as many peers as there is room for")
            }
            let gone = connection.instances.remove(at: place).eroute
            plane.unroute(gone)
            events?(.unroute, connection, gone)
        }
        let peer = inbound ? sa.source : sa.destination
        let eroute = connection.eroute.copy()
        eroute.remote = peer
        eroute.remoteSelector = selector
        // Of several behind one NAT each has its own.
        let inner = selector.subnet.address == peer ? [] : selector.subnet.address.octets
        eroute.requestID = requestID(for: Name(connection.name.bytes + peer.octets + inner))
        events?(.prepare, connection, eroute)
        try plane.route(eroute)
        events?(.route, connection, eroute)
        for other in predecessors {
            guard let place = other.instances.firstIndex(where: { $0.eroute.remoteSelector == selector }) else { continue }
            let gone = other.instances.remove(at: place).eroute
            events?(.unroute, other, gone)
            plane.unroute(gone)
        }
        let new = Instance(eroute)
        new.states.append(state)
        connection.instances.append(new)
        connection.routing = .routed
        return new
    }

    /// What another connection's peers left held there: no two eroutes are to be the same.
    private func predecessors(
        of connection: Connection, _ selector: Selector
    ) throws(PlaneError) -> [Connection] {
        var found: [Connection] = []
        for other in all where other !== connection {
            for instance in other.instances
            where instance.eroute.remoteSelector == selector && instance.eroute.localSelector == connection.eroute.localSelector {
                guard instance.states.isEmpty else { throw PlaneError(reason: "\(selector) belongs to a peer of \"\(other.name)\"") }
                found.append(other)
            }
        }
        return found
    }

    /// An SA is gone.
    func forgetInInstances(_ spi: UInt32, _ destination: Address) {
        let state = Instance.State(spi: spi, destination: destination)
        for connection in all {
            for instance in connection.instances {
                instance.states.removeAll { $0 == state }
                if instance.states.isEmpty, instance.carries {
                    instance.carries = false
                    events?(.down, connection, instance.eroute)
                }
            }
        }
    }
}
