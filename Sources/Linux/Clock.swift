import CLinux

/// The machine's clocks. The core never reads them: times are passed to it.
public enum Clock {
    /// Monotonic nanoseconds from an arbitrary start. They advance also while the machine sleeps (CLOCK_BOOTTIME).
    public static func monotonic() -> UInt64 { clinux_monotonic_nanoseconds() }

    /// Nanoseconds of the processor's time that this process has used.
    public static func processor() -> UInt64 { clinux_processor_nanoseconds() }

    /// Seconds since 1970 by the machine's clock. A router without a battery starts in 1970.
    public static func wall() -> Int64 { clinux_wall_seconds() }

    /// Build time, seconds since 1970, as `Toolchain/build` sets it. The wall clock is not earlier, if it is right.
    public static var built: Int64 { clinux_build_seconds() }

    /// Milliseconds until a monotonic time, rounded up so that a wait does not end too early; 0 if it has passed; -1 (no limit) for `nil`.
    /// At most one day, so that it fits into 32 bits.
    static func millisecondsLeft(until deadline: UInt64?) -> Int32 {
        guard let deadline else { return -1 }
        let now = monotonic()
        guard deadline > now else { return 0 }
        return Int32(min((deadline - now - 1) / 1_000_000 + 1, 86_400_000))
    }
}
