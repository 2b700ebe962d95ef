import Wire

/// The daemon's intervals, in nanoseconds. `Wire/Limits.swift` has the limits that bound memory.
extension Limits {
    /// Interval between looks at the tunnels' counters: while a tunnel is young, and later.
    static let firstLooks: UInt64 = 5_000_000_000
    static let laterLooks: UInt64 = 30_000_000_000
    static let youngTunnel: UInt64 = 60_000_000_000
    /// Interval between log messages about refused ESP packets.
    static let refusedESPInterval: UInt64 = 600_000_000_000
    /// The longest delay by a busy machine; after a longer one the machine has slept.
    static let nap: UInt64 = 2_000_000_000
    /// Interval until interfaces are read again after the kernel failed to report them.
    static let lookAgain: UInt64 = 1_000_000_000
    /// Interval between checks of the kernel's random number generator.
    static let entropyAgain: UInt64 = 250_000_000
}
