import CLinux
import Wire

/// An open file, socket or pipe that closes itself.
///
/// Noncopyable: tables hold it as a property of a class.
public struct Descriptor: ~Copyable {
    /// The file descriptor, valid as long as this value lives.
    public let number: Int32

    /// Takes over an open descriptor.
    init(_ number: Int) { self.number = Int32(number) }

    deinit { clinux_close(number) }
}

/// A descriptor in a class, for arrays and dictionaries.
public final class SharedDescriptor {
    let descriptor: Descriptor

    /// Takes over an open descriptor.
    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// The file descriptor, for epoll.
    public var number: Int32 { descriptor.number }
}

extension Descriptor {
    /// Reads at most `bytes.count` octets. Returns 0 at the end, `nil` if nothing waits.
    public borrowing func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int? {
        let got = unsafe bytes.withUnsafeMutableBufferPointer { unsafe clinux_read(number, $0.baseAddress, $0.count) }
        return try unlessBusy(got, "read")
    }

    /// Writes as much as there is room for. Returns the number of octets written, `nil` if there is no room.
    public borrowing func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int? {
        let sent = unsafe bytes.withUnsafeBufferPointer { unsafe clinux_write(number, $0.baseAddress, $0.count) }
        return try unlessBusy(sent, "write")
    }

    /// Waits until there is something to read, or room to write. False if `deadline` (monotonic nanoseconds) passed. Only commands use it:
    /// the daemon never blocks.
    public borrowing func wait(toWrite: Bool = false, until deadline: UInt64) throws(SystemError) -> Bool {
        while true {
            let milliseconds = Clock.millisecondsLeft(until: deadline)
            let ready = clinux_poll(number, toWrite ? 1 : 0, milliseconds)
            if ready == -Int(EINTR) { continue }
            if try check(ready, "poll") > 0 { return true }
            if milliseconds == 0 { return false }
        }
    }
}

/// Returns a wrapper's result, `nil` for EAGAIN and EINTR, and throws other errors.
func unlessBusy(_ result: Int, _ call: @autoclosure () -> Sentence) throws(SystemError) -> Int? {
    if result == -Int(EAGAIN) || result == -Int(EINTR) { return nil }
    return try check(result, call())
}

/// A pipe. Spawned programs do not inherit it.
public struct Pipe: ~Copyable {
    /// The end to read from; it does not block.
    public let reading: Descriptor
    /// The end to write into.
    public let writing: Descriptor

    /// A new pipe, whose reading end does not block.
    public init() throws(SystemError) {
        var ends: (Int32, Int32) = (-1, -1)
        try check(
            unsafe withUnsafeMutableBytes(of: &ends) {
                unsafe clinux_pipe($0.baseAddress?.assumingMemoryBound(to: Int32.self))
            }, "pipe")
        reading = Descriptor(Int(ends.0))
        writing = Descriptor(Int(ends.1))
    }
}
