import Wire

/// A share of the processor: nanoseconds that gather with time, up to a bound, and are spent by what is computed.
///
/// It may be overdrawn, since nobody knows before a computation how long it will take; then it takes as much longer until the
/// next one.
struct ProcessorBudget {
    /// One nanosecond is gained every so many.
    private let share: UInt64
    private let most: Int64
    private(set) var left: Int64
    private var last: UInt64 = 0

    init(share: UInt64, most: UInt64) {
        self.share = share
        self.most = Int64(most)
        left = Int64(most)
    }

    /// Whether what costs `cost` may begin at `now`: there is as much, or as much as there ever is.
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

    /// From when on it has it.
    func ready(_ cost: UInt64) -> UInt64 {
        let missing = min(Int64(min(cost, UInt64(Int64.max))), most) - left
        return missing <= 0 ? last : last + UInt64(missing) * share
    }

    /// What was spent; a correction of it may be negative. Nobody pays for more than a minute.
    mutating func charge(_ time: Int64) { left -= max(min(time, 60 * Int64(Limits.second)), left - most) }
}
