import Wire

/// What happens to a connection's traffic.
enum ConnectionState: Equatable {
    /// Its traffic goes where the kernel's own routes send it.
    case unrouted
    /// Its eroute is routed, and no SA carries it: its traffic is held or dropped. FreeS/WAN calls it "prospective erouted".
    case held
    /// The last try of its negotiation failed: `failureshunt=` says what happens to its traffic.
    case shunted
    /// It is up. The SA that its outgoing packets use; `nil` after that SA was removed and before the next one is installed.
    ///
    /// A connection for any peer has an SA for each peer. This is the one that was installed last.
    case carried(SAID?)
}

/// The SA that a connection's outgoing packets use.
struct SAID: Equatable {
    let spi: UInt32
    /// The peer's address: the destination of the ESP packets.
    let destination: Address
}

/// The state that the administrator wants of a connection, independent of its present state.
enum Wanted {
    /// Packets that match its eroute without an SA are dropped.
    case nothing
    /// The first packet that matches its eroute without an SA starts a negotiation.
    case onDemand
    /// It is brought up as soon as possible: it waits for the peer's address or for the kernel's random numbers.
    case up
}
