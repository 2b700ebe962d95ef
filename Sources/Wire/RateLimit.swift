/// A token bucket: allows a burst, and then one event in each interval.
public struct RateLimit: Sendable {
    private let burst: Int
    private let interval: UInt64
    private var left: Int
    private var last: UInt64 = 0
    /// Events refused since `takeHeldBack` was last called.
    public private(set) var heldBack: UInt64 = 0

    /// Allows `burst` events at once, and one more every `interval` nanoseconds.
    public init(burst: Int, interval: UInt64) {
        self.burst = burst
        self.interval = interval
        left = burst
    }

    /// Whether one event is allowed at `now` (nanoseconds, monotonic); counts it either way.
    public mutating func allows(now: UInt64) -> Bool {
        if left < burst {
            let gained = (now &- last) / interval
            if gained > 0 {
                left = gained >= UInt64(burst - left) ? burst : left + Int(gained)
                last = now
            }
        } else {
            last = now
        }
        guard left > 0 else {
            heldBack += 1
            return false
        }
        left -= 1
        return true
    }

    /// Returns `heldBack` and resets it to 0.
    public mutating func takeHeldBack() -> UInt64 {
        defer { heldBack = 0 }
        return heldBack
    }
}
