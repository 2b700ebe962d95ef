import Wire

/// The intervals of what runs beside the daemon, in nanoseconds. They bound no memory: what does is in `Wire`.
extension Limits {
    /// What one updown command may take.
    static let hookTime: UInt64 = 30_000_000_000
    /// How often what an updown command prints is read while it runs.
    static let hookLook: UInt64 = 100_000_000
    /// How long the daemon's end waits for all updown commands.
    static let hookFarewell: UInt64 = 5_000_000_000
}
