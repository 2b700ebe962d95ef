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

    let eroute: Eroute
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
            known.states.append(state)
            return known
        }
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
        eroute.requestID = requestID(for: Name(connection.name.bytes + peer.octets))
        events?(.prepare, connection, eroute)
        try plane.route(eroute)
        events?(.route, connection, eroute)
        let new = Instance(eroute)
        new.states.append(state)
        connection.instances.append(new)
        connection.routing = .routed
        return new
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
