import Wire

/// A budget of processor time. Nanoseconds accumulate with time up to a bound, and computations spend them.
///
/// The budget may become negative, since the cost of a computation is known only afterwards. The next one then waits longer.
struct ProcessorBudget {
    /// One nanosecond is gained in every `share` nanoseconds.
    private let share: UInt64
    private let most: Int64
    private(set) var left: Int64
    private var last: UInt64 = 0

    init(share: UInt64, most: UInt64) {
        self.share = share
        self.most = Int64(most)
        left = Int64(most)
    }

    /// Whether a computation of `cost` may begin at `now`: the budget holds as much, or is full.
    mutating func has(_ cost: UInt64, now: UInt64) -> Bool {
        let gained = (now &- last) / share
        if gained >= UInt64(most - left) {
            left = most
            last = now
        } else {
            left += Int64(gained)
            last += gained * share
        }
        return left >= min(Int64(min(cost, UInt64(Int64.max))), most)
    }

    /// The earliest time at which the budget holds `cost`.
    func ready(_ cost: UInt64) -> UInt64 {
        let missing = min(Int64(min(cost, UInt64(Int64.max))), most) - left
        return missing <= 0 ? last : last + UInt64(missing) * share
    }

    /// Charges `time`, which is negative for a correction. The debt is at most one minute.
    mutating func charge(_ time: Int64) { left -= max(min(time, 60 * Int64(Limits.second)), left - most) }
}
