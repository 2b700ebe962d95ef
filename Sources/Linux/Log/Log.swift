import Wire

/// The daemon's log, on standard error or to syslog: messages that an administrator can act on. A message that programs may look
/// for has a `MessageCode`.
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

    /// A line of the log.
    public struct Line {
        /// Its severity.
        public let level: Level
        /// The conn that it is about, if any.
        public let conn: Name?
        /// Its text, printable, without severity, conn and code.
        public let text: Sentence
        /// Its code, if it has one.
        public let code: MessageCode?
        /// Whether an unauthenticated peer caused it.
        public let isStrangers: Bool

        /// The line as the log shows it, without the severity: `"net" the peer 192.0.2.1 is dead [peer-dead]`.
        public var shown: Sentence {
            let marked = text.marked(code)
            guard let conn else { return marked }
            let line: Sentence = "\"\(conn)\" \(marked)"
            return line.printable
        }
    }

    /// The lines since the last call, the latest `Limits.watchedLines` of them.
    public func takeUnread() -> [Line] {
        defer { unread = [] }
        return unread
    }

    // Every line passes through one of the next two methods, which make it printable.

    /// Logs a line.
    /// - Parameter isStrangers: an unauthenticated peer caused it.
    public func write(
        _ level: Level, _ text: __owned Sentence, code: MessageCode? = nil, conn: Name? = nil, isStrangers: Bool = false
    ) {
        destination.write(level, keep(Line(level: level, conn: conn, text: text.printable, code: code, isStrangers: isStrangers)))
    }

    /// Logs a message of `ipsec setup`: about the configuration, or IPsec's start and end.
    public func setup(_ level: Level, _ text: __owned Sentence, code: MessageCode? = nil) {
        guard let syslog else { return write(level, text, code: code) }
        let shown = keep(Line(level: level, conn: nil, text: text.printable, code: code, isStrangers: false))
        syslog.write(severity: setupSeverity, "\(level.word)\(shown)")
    }

    /// Keeps a line for the watchers and for `ipsec barf`, and returns it as it is shown.
    private func keep(_ line: Line) -> Sentence {
        if isWatched {
            if unread.count >= Limits.watchedLines { unread.removeFirst() }
            unread.append(line)
        }
        let shown = line.shown
        recent.append("\(Clock.monotonic() / 1_000_000_000) \(line.level.word)\(shown)", isStrangers: line.isStrangers)
        return shown
    }

    /// Logs a failure.
    public func error(_ text: __owned Sentence, code: MessageCode? = nil, conn: Name? = nil) {
        write(.error, text, code: code, conn: conn)
    }
    /// Logs something unexpected that does not prevent operation.
    public func warning(_ text: __owned Sentence, code: MessageCode? = nil, conn: Name? = nil) {
        write(.warning, text, code: code, conn: conn)
    }
    /// Logs an event that an administrator wants to know.
    public func notice(_ text: __owned Sentence, code: MessageCode? = nil, conn: Name? = nil) {
        write(.notice, text, code: code, conn: conn)
    }
    /// Logs an event that explains others.
    public func info(_ text: __owned Sentence, code: MessageCode? = nil, conn: Name? = nil) {
        write(.info, text, code: code, conn: conn)
    }
    /// Logs a debugging message if `isWanted`, which is a kind of `debugging`.
    public func debug(_ isWanted: Bool, _ text: @autoclosure () -> Sentence, code: MessageCode? = nil, conn: Name? = nil) {
        if isWanted { write(.debug, text(), code: code, conn: conn) }
    }

    /// Logs what an unauthenticated packet caused, at a bounded rate. Before the next line that is logged, a line gives the number of
    /// lines suppressed. `now` is monotonic nanoseconds.
    public func stranger(_ level: Level, now: UInt64, _ text: __owned Sentence, code: MessageCode? = nil) {
        guard strangers.allows(now: now) else { return }
        let suppressed = strangers.takeHeldBack()
        if suppressed > 0 { write(level, "\(suppressed) more such messages were suppressed", isStrangers: true) }
        write(level, text.cut(to: Limits.strangerLine), code: code, isStrangers: true)
    }
}

extension Limits {
    /// The interval between log lines about unauthenticated packets, in nanoseconds.
    static let strangerLogInterval: UInt64 = 1_000_000_000
}
