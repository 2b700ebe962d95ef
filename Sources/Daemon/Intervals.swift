import Wire

/// The daemon's intervals, in nanoseconds. `Wire/Limits.swift` has the limits that bound memory.
extension Limits {
    /// Interval between checks of the tunnels' counters.
    static let trafficCheckInterval: UInt64 = 30_000_000_000
    /// The same while a tunnel is new: its age is below `newTunnelAge`.
    static let newTunnelCheckInterval: UInt64 = 5_000_000_000
    static let newTunnelAge: UInt64 = 60_000_000_000
    /// Interval between log messages about refused ESP packets.
    static let refusedESPInterval: UInt64 = 600_000_000_000
    /// A delay that a busy machine does not cause: a longer one means that the machine or the process was suspended.
    static let sleepThreshold: UInt64 = 2_000_000_000
    /// Interval until interfaces are read again after the kernel failed to report them.
    static let interfaceRetryInterval: UInt64 = 1_000_000_000
    /// Interval between checks of the kernel's random number generator.
    static let entropyCheckInterval: UInt64 = 250_000_000
}
