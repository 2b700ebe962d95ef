import CLinux
import Wire

/// Can be read from once a time has come, also one that passed while the machine slept: for an event loop to wait on.
public final class Alarm {
    private let descriptor: Descriptor
    private var time: UInt64?

    /// For epoll.
    public var number: Int32 { descriptor.number }

    public init() throws(SystemError) { descriptor = Descriptor(try check(clinux_alarm_create(), "timerfd_create")) }

    /// From `time` on (monotonic nanoseconds; `nil` is never) it can be read from, until it is set to another.
    public func set(_ time: UInt64?) throws(SystemError) {
        if time == self.time { return }
        // The kernel takes 0 for never.
        try check(clinux_alarm_set(number, time.map { max($0, 1) } ?? 0), "timerfd_settime")
        self.time = time
    }
}
