import Wire

/// The data planes' intervals, in nanoseconds. `Wire/Limits.swift` has the limits that bound memory.
extension Limits {
    /// Age after which a held packet is discarded.
    static let heldPacketAge: UInt64 = 30_000_000_000
    /// Interval between two requests for an SA for one eroute.
    static let acquireInterval: UInt64 = 1_000_000_000
    /// Interval between "packet too big" answers, rate-limited as in routers (RFC 1812 §4.3.2.8).
    static let tooBigInterval: UInt64 = 100_000_000
    /// Interval between reports to IKE about ESP with an unknown SPI.
    static let unknownSPIInterval: UInt64 = 250_000_000
    /// Lifetime of a path MTU that was learnt from ICMP (RFC 1191 §6.3).
    static let pathMTUAge: UInt64 = 600_000_000_000
}
