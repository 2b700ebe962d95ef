import DataPlane
import Wire

/// One peer of a connection for any peer (`right=%any`), with an eroute of its own.
///
/// It stays after the peer has left: its traffic is held until the peer returns, the connection is unrouted, or another peer needs
/// the entry.
final class Instance {
    struct State: Equatable {
        let spi: UInt32
        let destination: Address
    }

    var eroute: Eroute
    /// Its SAs, both directions.
    var states: [State] = []
    /// Whether an SA carries its outgoing packets, and firewall and updown command were told so.
    var carries = false

    init(_ eroute: Eroute) { self.eroute = eroute }
}
