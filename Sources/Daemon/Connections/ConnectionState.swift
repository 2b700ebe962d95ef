import Wire

/// What has become of a connection's traffic.
enum ConnectionState: Equatable {
    /// Its traffic goes where the kernel's own routes send it.
    case unrouted
    /// Its eroute is in force and no SA carries it: its traffic is held or dropped. FreeS/WAN's prospective erouted.
    case held
    /// Its last negotiation failed for good: `failureshunt=` says what becomes of its traffic.
    case shunted
    /// It is up. The SA that its outgoing packets use; `nil` after that SA was removed and before the next one is installed.
    ///
    /// A connection for any peer has an SA for each peer. This is the one that was installed last.
    case carried(OutboundSA?)
}

/// The SA that a connection's outgoing packets use.
struct OutboundSA: Equatable {
    let spi: UInt32
    /// The peer's address: the destination of the ESP packets.
    let destination: Address
}

/// What is wanted of a connection, whatever has become of it.
enum Wanted {
    /// Packets that meet its eroute without an SA are dropped.
    case nothing
    /// The first packet that meets its eroute without an SA begins a negotiation.
    case onDemand
    /// It is brought up as soon as that is possible: it waits for the peer's address or for the kernel's random numbers.
    case up
}
