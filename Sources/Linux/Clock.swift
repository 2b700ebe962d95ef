import CLinux

public enum Clock {
    /// Nanoseconds that only ever grow, from an arbitrary start, also while the machine sleeps.
    public static func monotonic() -> UInt64 { clinux_monotonic_nanoseconds() }

    /// Nanoseconds of the processor's time that this process has used.
    public static func processor() -> UInt64 { clinux_processor_nanoseconds() }

    /// Seconds since 1970 as the machine believes them; a router without a battery believes in 1970.
    public static func wall() -> Int64 { clinux_wall_seconds() }

    /// When this program was built, seconds since 1970: `Toolchain/build` says so.
    public static var built: Int64 { clinux_build_seconds() }

    /// Milliseconds until a monotonic time, rounded up so that nobody wakes before it; 0 once it has come; `nil` is
    /// -1, for ever. Never more than a day, so that it fits.
    static func millisecondsLeft(until deadline: UInt64?) -> Int32 {
        guard let deadline else { return -1 }
        let now = monotonic()
        guard deadline > now else { return 0 }
        return Int32(min((deadline - now - 1) / 1_000_000 + 1, 86_400_000))
    }
}
