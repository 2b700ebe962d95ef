import Wire

/// What a data plane tells the daemon.
public enum PlaneEvent: Equatable, Sendable {
    /// A packet met a routed eroute that has no SA, and waits.
    case acquire(requestID: UInt32)
    /// An SA has carried nearly as much as its keys or its sequence numbers are good for, or the plane has it no more
    /// (`hasEnded`). May be told more than once.
    case wornOut(spi: UInt32, destination: Address, hasEnded: Bool)
    /// ESP of an SA that this gateway does not have came from `peer`. Told at a bounded rate, by planes that see it.
    case stray(peer: Address, local: Address)
}
