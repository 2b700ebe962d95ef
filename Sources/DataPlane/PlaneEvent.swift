import Wire

/// A report of a data plane to the daemon.
public enum PlaneEvent: Equatable, Sendable {
    /// A packet matched a routed eroute without an SA. It is held.
    case acquire(requestID: UInt32)
    /// An SA has nearly used up its keys or its sequence numbers, or the plane no longer has it (`hasEnded`). May be reported more
    /// than once.
    case expiring(spi: UInt32, destination: Address, hasEnded: Bool)
    /// ESP with an unknown SPI arrived from `peer`, whose port is 0 if the packet was not in UDP. Reported at a bounded rate. The kernel's
    /// ESP does not report it.
    case unknownSPI(UInt32, peer: Endpoint, local: Address)
}
