import Wire

/// Intervals of external commands, in nanoseconds. `Wire/Limits.swift` has the limits that bound memory.
extension Limits {
    /// Time limit of one updown command.
    static let hookTime: UInt64 = 30_000_000_000
    /// Interval at which the output of a running updown command is read.
    static let hookReadInterval: UInt64 = 100_000_000
    /// How long the daemon waits for all updown commands when it ends.
    static let hookShutdownTime: UInt64 = 5_000_000_000
}
