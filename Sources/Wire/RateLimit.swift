/// Lets a bounded number through at once, and then one an interval.
public struct RateLimit: Sendable {
    private let burst: Int
    private let interval: UInt64
    private var left: Int
    private var last: UInt64 = 0
    /// How many were held back since the last one that passed.
    public private(set) var heldBack: UInt64 = 0

    public init(burst: Int, interval: UInt64) {
        self.burst = burst
        self.interval = interval
        left = burst
    }

    /// Whether one may pass at `now`; after a pause, `heldBack` tells how many did not.
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

    /// `heldBack` so far, which begins again at 0.
    public mutating func takeHeldBack() -> UInt64 {
        defer { heldBack = 0 }
        return heldBack
    }
}
