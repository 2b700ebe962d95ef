import CLinux
import Wire

/// Waits for many descriptors at once. The caller chooses a token for each.
@safe public final class Epoll {
    /// What to wait for. Errors and hang-ups are always reported.
    public struct Interest: OptionSet, Sendable {
        /// EPOLLIN, EPOLLOUT.
        public let rawValue: UInt32
        /// Any set of epoll's bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// There is something to read, or the end was reached.
        public static let read = Interest(rawValue: 0x001)
        /// There is room to write.
        public static let write = Interest(rawValue: 0x004)
    }

    /// One descriptor that is ready.
    public struct Readiness: Sendable {
        /// The token that the descriptor was added with.
        public let token: UInt64
        /// There is something to read, the end was reached, or reading will return an error.
        public let isReadable: Bool
        /// There is room to write.
        public let isWritable: Bool
        /// The other side has closed, or the descriptor has an error.
        public let hasHungUp: Bool
    }

    private let descriptor: Descriptor
    private let events: UnsafeMutableBufferPointer<clinux_event>

    /// - Parameter capacity: events that one wait returns, at most 64, 16 octets each; further ones come with the next.
    public init(capacity: Int = 32) throws(SystemError) {
        descriptor = Descriptor(try check(clinux_epoll_create(), "epoll_create1"))
        unsafe events = .allocate(capacity: capacity)
        unsafe events.initialize(repeating: clinux_event())
    }

    deinit { unsafe events.deallocate() }

    /// For another `Epoll`, which can wait for this one.
    public var number: Int32 { descriptor.number }

    /// Waits for a descriptor from now on. Remove it before it is closed.
    /// - Throws: it is already there, or it cannot be waited for, as a regular file.
    public func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(1, descriptor, interest, token)
    }

    /// Changes what is waited for, and the token.
    public func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(3, descriptor, interest, token)
    }

    /// Stops waiting for a descriptor. Must be called before the descriptor is closed. One that was not added is ignored.
    public func remove(_ descriptor: Int32) { _ = clinux_epoll_control(self.descriptor.number, 2, descriptor, 0, 0) }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ interest: Interest, _ token: UInt64
    ) throws(SystemError) {
        let done = clinux_epoll_control(self.descriptor.number, operation, descriptor, interest.rawValue, token)
        try check(done, "epoll_ctl")
    }

    /// Waits until a descriptor is ready or `deadline` (monotonic nanoseconds; `nil` is never) has passed. Allocates nothing.
    /// - Returns: the number of events, for `event`; 0 after the deadline or a signal.
    public func wait(until deadline: UInt64?) throws(SystemError) -> Int {
        let got = unsafe clinux_epoll_wait(
            descriptor.number, events.baseAddress, Int32(events.count), Clock.millisecondsLeft(until: deadline))
        return try unlessBusy(got, "epoll_wait") ?? 0
    }

    /// The `index`th event of the last wait.
    public func event(_ index: Int) -> Readiness {
        unsafe precondition(index >= 0 && index < events.count)
        let event = unsafe events[index]
        return Readiness(
            token: event.token, isReadable: event.kinds & 0x19 != 0, isWritable: event.kinds & 0x04 != 0,
            hasHungUp: event.kinds & 0x18 != 0)
    }
}
