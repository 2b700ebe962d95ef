import Wire

/// A message that is retransmitted until it is answered or the last interval has passed.
struct Retransmission {
    let message: [UInt8]
    private(set) var due: UInt64
    /// The number of retransmissions.
    private(set) var count = 0
    private let times: [UInt64]

    init(_ message: [UInt8], times: [UInt64] = Limits.retransmission, now: UInt64) {
        self.message = message
        self.times = times
        due = now + times[0]
    }

    enum Step {
        /// Send it again, and wait so many seconds.
        case again(seconds: UInt64)
        case exhausted
    }

    /// What to do at `due`.
    mutating func step(now: UInt64) -> Step {
        count += 1
        guard count < times.count else { return .exhausted }
        due = now + times[count]
        return .again(seconds: times[count] / Limits.second)
    }
}
