import DataPlane
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

    var eroute: Eroute
    /// Its SAs, both directions.
    var states: [State] = []
    /// An SA carries its outgoing packets, and the world was told so.
    var carries = false

    init(_ eroute: Eroute) { self.eroute = eroute }
}
