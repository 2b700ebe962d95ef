import CLinux
import Wire

/// Waits for many descriptors at once. Each is known by a token of the caller's choice.
@safe public final class Epoll {
    /// What to wait for. Errors and hang-ups are always told.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let read = Interest(rawValue: 0x001)
        public static let write = Interest(rawValue: 0x004)
    }

    /// One descriptor that has something to tell.
    public struct Event: Sendable {
        public let token: UInt64
        /// There is something to read, or the end, or an error that reading will say.
        public let isReadable: Bool
        public let isWritable: Bool
        /// The other side is gone, or an error waits in the descriptor.
        public let hasHungUp: Bool
    }

    private let descriptor: Descriptor
    private let events: UnsafeMutableBufferPointer<clinux_event>

    /// - Parameter capacity: events told by one wait, at most 64; the others come with the next. 16 octets each.
    public init(capacity: Int = 32) throws(SystemError) {
        descriptor = Descriptor(try check(clinux_epoll_create(), "epoll_create1"))
        unsafe events = .allocate(capacity: capacity)
        unsafe events.initialize(repeating: clinux_event())
    }

    deinit { unsafe events.deallocate() }

    public func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(1, descriptor, interest, token)
    }

    /// Changes what is waited for, and the token.
    public func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(3, descriptor, interest, token)
    }

    /// Before the descriptor is closed. One that is not waited for is passed over.
    public func remove(_ descriptor: Int32) { _ = clinux_epoll_control(self.descriptor.number, 2, descriptor, 0, 0) }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ token: UInt64
    ) throws(SystemError) {
        let done = clinux_epoll_control(self.descriptor.number, operation, descriptor, interest.rawValue, token)
        try check(done, "epoll_ctl")
    }

    /// Waits until something happens or `deadline` (monotonic nanoseconds; `nil` is never) comes. Allocates nothing.
    /// - Returns: how many events `event` can be asked for; 0 when the time came, or a signal.
    public func wait(until deadline: UInt64?) throws(SystemError) -> Int {
        let got = unsafe clinux_epoll_wait(
            descriptor.number, events.baseAddress, Int32(events.count), Clock.millisecondsLeft(until: deadline))
        return try unlessBusy(got, "epoll_wait") ?? 0
    }

    /// The `index`th event of the last wait.
    public func event(_ index: Int) -> Event {
        unsafe precondition(index >= 0 && index < events.count)
        let event = unsafe events[index]
        return Event(
            token: event.token, isReadable: event.kinds & 0x19 != 0, isWritable: event.kinds & 0x04 != 0,
            hasHungUp: event.kinds & 0x18 != 0)
    }
}
