import CLinux
import Wire

/// A timer for an event loop (timerfd): its descriptor becomes readable at a set time, even if the machine was suspended meanwhile.
public final class Alarm {
    private let descriptor: Descriptor
    private var time: UInt64?

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// An alarm without a time.
    public init() throws(SystemError) { descriptor = Descriptor(try check(clinux_alarm_create(), "timerfd_create")) }

    /// Makes the descriptor readable from `time` on (monotonic nanoseconds; `nil` is never), until another time is set.
    public func set(_ time: UInt64?) throws(SystemError) {
        if time == self.time { return }
        // The kernel takes 0 for never.
        try check(clinux_alarm_set(number, time.map { max($0, 1) } ?? 0), "timerfd_settime")
        self.time = time
    }
}
