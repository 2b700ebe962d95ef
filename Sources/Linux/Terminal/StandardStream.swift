import CLinux
import Wire

/// Standard output and standard error, for commands and for a daemon in the foreground.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all octets, and blocks until `deadline` (monotonic nanoseconds; `nil` is no limit). False if the reader has closed or the
    /// deadline passed.
    @discardableResult
    public func write(_ bytes: Span<UInt8>, until deadline: UInt64? = nil) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let went = unsafe bytes.withUnsafeBufferPointer {
                unsafe clinux_write(rawValue, $0.baseAddress! + sent, $0.count - sent)
            }
            if went >= 0 {
                sent += went
            } else if went == -Int(EAGAIN) {
                let milliseconds = Clock.millisecondsLeft(until: deadline)
                if milliseconds == 0 || clinux_poll(rawValue, 1, milliseconds) == 0 { return false }
            } else if went != -Int(EINTR) {
                return false
            }
        }
        return true
    }

    /// As `write(_:until:)`, without a deadline.
    @discardableResult
    public func write(_ text: __owned Sentence) -> Bool { write(text.octets.span) }
}
