import Wire

/// The daemon's intervals, in nanoseconds. They bound no memory: what does is in `Wire`.
extension Limits {
    /// Until strangers' packets may cause one more line of the log.
    static let strangerLogInterval: UInt64 = 1_000_000_000
    /// What one updown command may take, and how long the daemon's end waits for all of them.
    static let hookTime: UInt64 = 30_000_000_000
    /// How often what an updown command prints is read while it runs.
    static let hookLook: UInt64 = 100_000_000
    static let hookFarewell: UInt64 = 5_000_000_000
    /// After which nobody waits for a held packet's answer any more.
    static let heldPacketAge: UInt64 = 30_000_000_000
    /// Between two requests for an SA for one eroute.
    static let acquireInterval: UInt64 = 1_000_000_000
    /// Until one more "packet too big" answer: as routers limit theirs (RFC 1812 §4.3.2.8).
    static let tooBigInterval: UInt64 = 100_000_000
    /// Until IKE is told once more of ESP that belongs to no SA.
    static let strayInterval: UInt64 = 250_000_000
    /// Between two looks at what tunnels carry: while one of them is young, and then.
    static let firstLooks: UInt64 = 5_000_000_000
    static let laterLooks: UInt64 = 30_000_000_000
    static let youngTunnel: UInt64 = 60_000_000_000
    /// Until the log tells once more how many ESP packets were refused.
    static let refusedESPInterval: UInt64 = 600_000_000_000
    /// How long a path MTU learnt from ICMP is believed (RFC 1191 §6.3).
    static let pathMTUAge: UInt64 = 600_000_000_000
    /// What a busy machine may keep us from working; who is later than that has slept.
    static let nap: UInt64 = 2_000_000_000
    /// Until the interfaces are looked at again that the kernel did not tell.
    static let lookAgain: UInt64 = 1_000_000_000
    /// Until the kernel is asked again whether it has random numbers.
    static let entropyAgain: UInt64 = 250_000_000
}
