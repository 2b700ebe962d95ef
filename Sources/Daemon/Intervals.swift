import Wire

/// The daemon's intervals, in nanoseconds. They bound no memory: what does is in `Wire`.
extension Limits {
    /// Between two looks at what tunnels carry: while one of them is young, and then.
    static let firstLooks: UInt64 = 5_000_000_000
    static let laterLooks: UInt64 = 30_000_000_000
    static let youngTunnel: UInt64 = 60_000_000_000
    /// Until the log tells once more how many ESP packets were refused.
    static let refusedESPInterval: UInt64 = 600_000_000_000
    /// What a busy machine may keep us from working; who is later than that has slept.
    static let nap: UInt64 = 2_000_000_000
    /// Until the interfaces are looked at again that the kernel did not tell.
    static let lookAgain: UInt64 = 1_000_000_000
    /// Until the kernel is asked again whether it has random numbers.
    static let entropyAgain: UInt64 = 250_000_000
}
