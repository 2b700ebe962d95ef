import Wire

/// The daemon's log, on standard error or to syslog: messages that an administrator can act on. A message that programs may look
/// for ends with a `MessageCode`.
public final class Log {
    /// The severities that syslog shares (RFC 5424 §6.2.1).
    public enum Level: UInt8 {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        /// Precedes a line whose destination does not record the severity.
        public var word: StaticString {
            switch self {
            case .error: "error: "
            case .warning: "warning: "
            case .notice, .info, .debug: ""
            }
        }

        /// Its name in JSON.
        public var name: StaticString {
            switch self {
            case .error: "error"
            case .warning: "warning"
            case .notice: "notice"
            case .info: "info"
            case .debug: "debug"
            }
        }
    }

    /// The kinds of debugging messages (`plutodebug=`, `klipsdebug=`).
    public struct Debugging: Sendable {
        /// Received ISAKMP messages.
        public var received = false
        /// Sent ISAKMP messages.
        public var sent = false
        /// Steps of a negotiation.
        public var control = false
        /// Look-ups of host names.
        public var names = false
        /// Eroutes and SAs that the data plane installs.
        public var plane = false

        /// None of them.
        public init() {}
    }

    /// Receives setup's messages once the daemon has left its terminal, and all others unless `plutostderrlog=` names a file.
    public var syslog: Syslog?
    /// The priority in `syslog=`, which all of setup's messages have.
    public var setupSeverity: UInt8 = 3
    /// The kinds of debugging messages that are logged.
    public var debugging = Debugging()
    /// Receives every line, except those of `setup` while there is a `syslog`.
    public var destination: LogDestination

    /// Limits messages about unauthenticated packets.
    private var strangers = RateLimit(burst: Limits.strangerLogBurst, interval: Limits.strangerLogInterval)

    /// A log that writes to `destination`.
    public init(_ destination: LogDestination) { self.destination = destination }

    /// The latest lines, each preceded by the machine's uptime in seconds.
    public private(set) var recent = RecentLog()

    /// Whether a client watches the log: lines are then kept for `takeUnread`.
    public var isWatched = false
    private var unread: [Line] = []

    /// A line as those see it who watch the log.
    public struct Line {
        /// Its severity.
        public let level: Level
        /// Its text, without the severity.
        public let text: Sentence
    }

    /// The lines since the last call, the latest `Limits.watchedLines` of them.
    public func takeUnread() -> [Line] {
        defer { unread = [] }
        return unread
    }

    // Every line passes through one of the next two methods, which make it printable.

    /// Logs a line.
    /// - Parameter isStrangers: an unauthenticated peer caused it.
    public func write(_ level: Level, _ text: __owned Sentence, isStrangers: Bool = false) {
        let line = text.printable
        keep(level, line, isStrangers: isStrangers)
        destination.write(level, line)
    }

    /// Logs a message of `ipsec setup`: about the configuration, or IPsec's start and end.
    public func setup(_ level: Level, _ text: __owned Sentence) {
        guard let syslog else { return write(level, text) }
        let line = text.printable
        keep(level, line, isStrangers: false)
        syslog.write(severity: setupSeverity, "\(level.word)\(line)")
    }

    /// Keeps a line for the watchers and for `ipsec barf`.
    private func keep(_ level: Level, _ line: __owned Sentence, isStrangers: Bool) {
        if isWatched {
            if unread.count >= Limits.watchedLines { unread.removeFirst() }
            unread.append(Line(level: level, text: line))
        }
        recent.append("\(Clock.monotonic() / 1_000_000_000) \(level.word)\(line)", isStrangers: isStrangers)
    }

    /// Logs a failure.
    public func error(_ text: __owned Sentence) { write(.error, text) }
    /// Logs something unexpected that does not prevent operation.
    public func warning(_ text: __owned Sentence) { write(.warning, text) }
    /// Logs an event that an administrator wants to know.
    public func notice(_ text: __owned Sentence) { write(.notice, text) }
    /// Logs an event that explains others.
    public func info(_ text: __owned Sentence) { write(.info, text) }
    /// Logs a debugging message if `isWanted`, which is a kind of `debugging`.
    public func debug(_ isWanted: Bool, _ text: @autoclosure () -> Sentence) {
        if isWanted { write(.debug, text()) }
    }

    /// Logs what an unauthenticated packet caused, at a bounded rate. Before the next line that is logged, a line gives the number of
    /// lines suppressed. `now` is monotonic nanoseconds.
    public func stranger(_ level: Level, now: UInt64, _ text: __owned Sentence) {
        guard strangers.allows(now: now) else { return }
        let suppressed = strangers.takeHeldBack()
        if suppressed > 0 { write(level, "\(suppressed) more such messages were suppressed", isStrangers: true) }
        write(level, text.cut(to: Limits.strangerLine), isStrangers: true)
    }
}

extension Limits {
    /// The interval between log lines about unauthenticated packets, in nanoseconds.
    static let strangerLogInterval: UInt64 = 1_000_000_000
}
