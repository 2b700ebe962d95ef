import Wire

/// The planes' intervals, in nanoseconds. They bound no memory: what does is in `Wire`.
extension Limits {
    /// After which nobody waits for a held packet's answer any more.
    static let heldPacketAge: UInt64 = 30_000_000_000
    /// Between two requests for an SA for one eroute.
    static let acquireInterval: UInt64 = 1_000_000_000
    /// Until one more "packet too big" answer: as routers limit theirs (RFC 1812 §4.3.2.8).
    static let tooBigInterval: UInt64 = 100_000_000
    /// Until IKE is told once more of ESP that belongs to no SA.
    static let strayInterval: UInt64 = 250_000_000
    /// How long a path MTU learnt from ICMP is believed (RFC 1191 §6.3).
    static let pathMTUAge: UInt64 = 600_000_000_000
}
