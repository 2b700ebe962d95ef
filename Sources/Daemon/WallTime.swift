/// The time of day. The event loop reads it once in each turn and passes it on (`Event.wallTime`).
struct WallTime {
    /// Seconds since 1970, for the validity of certificates and for reports. It is never before this program was built: the clock of a
    /// router without a battery starts in 1970.
    let seconds: Int64
    /// Whether the machine's clock is set: it is not before the day this program was built.
    let isClockSet: Bool

    /// - Parameter clock: the machine's clock, seconds since 1970.
    /// - Parameter built: when this program was built, seconds since 1970.
    init(clock: Int64, built: Int64) {
        seconds = max(clock, built)
        isClockSet = clock >= built
    }
}
