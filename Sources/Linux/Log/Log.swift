import Wire

/// The daemon's log: sentences an administrator can act on, on standard error or to syslog.
public final class Log {
    /// The severities that syslog shares (RFC 5424 §6.2.1).
    public enum Level: UInt8 {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        /// What stands before a line that has no other sign of it.
        public var word: StaticString {
            switch self {
            case .error: "error: "
            case .warning: "warning: "
            case .notice, .info, .debug: ""
            }
        }
    }

    /// About what there are lines for those who look for an error.
    public struct Debugging: Sendable {
        /// ISAKMP messages that come.
        public var received = false
        /// ISAKMP messages that go.
        public var sent = false
        /// The course of a negotiation.
        public var control = false
        /// Host names that are looked up.
        public var names = false
        /// Eroutes and SAs that the data plane is given.
        public var plane = false

        /// None of them.
        public init() {}
    }

    /// Where setup's own lines go when the daemon has left its terminal, and the others too unless `plutostderrlog=` says where.
    public var syslog: Syslog?
    /// `syslog=`'s priority: what setup's own lines have there, whatever they say.
    public var setupSeverity: UInt8 = 3
    /// What `debug` is asked for.
    public var debugging = Debugging()
    /// Where lines go; the daemon sets it at start.
    public var sink: (Level, Sentence) -> Void

    /// What a stranger's packets may still make it say.
    private var strangers = RateLimit(burst: Limits.strangerLogBurst, interval: Limits.strangerLogInterval)

    /// `sink` takes each line with its level.
    public init(sink: @escaping (Level, Sentence) -> Void) { self.sink = sink }

    /// The latest lines, each behind the machine's seconds since its start.
    public private(set) var recent = RecentLog()

    /// Whether somebody watches: lines are then gathered for `takeUnread`.
    public var isWatched = false
    private var unread: [Sentence] = []

    /// The lines since the last call, each as the watchers are to see it; the oldest are lost beyond `Limits.watchedLines`.
    public func takeUnread() -> [Sentence] {
        defer { unread = [] }
        return unread
    }

    // Every line passes one of the next two, and is made printable there.

    /// - Parameter isStrangers: somebody whom nobody authenticated caused it.
    public func write(_ level: Level, _ text: __owned Sentence, isStrangers: Bool = false) {
        let line = text.printable
        keep("\(level.word)\(line)", isStrangers: isStrangers)
        sink(level, line)
    }

    /// What concerns IPsec's start and end as a whole, as FreeS/WAN's `ipsec setup` said it.
    public func setup(_ level: Level, _ text: __owned Sentence) {
        guard let syslog else { return write(level, text) }
        let line: Sentence = "\(level.word)\(text.printable)"
        keep(line, isStrangers: false)
        syslog.write(severity: setupSeverity, line)
    }

    /// Tells the watchers, and keeps it.
    private func keep(_ line: __owned Sentence, isStrangers: Bool) {
        if isWatched {
            if unread.count >= Limits.watchedLines { unread.removeFirst() }
            unread.append(line)
        }
        recent.append("\(Clock.monotonic() / 1_000_000_000) \(line)", isStrangers: isStrangers)
    }

    /// Something does not work.
    public func error(_ text: __owned Sentence) { write(.error, text) }
    /// Something works otherwise than it should.
    public func warning(_ text: __owned Sentence) { write(.warning, text) }
    /// Something happened that an administrator wants to know.
    public func notice(_ text: __owned Sentence) { write(.notice, text) }
    /// Something happened that explains others.
    public func info(_ text: __owned Sentence) { write(.info, text) }
    /// Only where `debugging` has asked for its kind.
    public func debug(_ isWanted: Bool, _ text: @autoclosure () -> Sentence) {
        if isWanted { write(.debug, text()) }
    }

    /// For what anybody on the network can provoke: bounded in lines a second, and the count of what was left out
    /// is said with the next line that is let through. `now` is monotonic nanoseconds.
    public func stranger(_ level: Level, now: UInt64, _ text: __owned Sentence) {
        guard strangers.allows(now: now) else { return }
        let suppressed = strangers.takeHeldBack()
        if suppressed > 0 { write(level, "\(suppressed) more such messages were left out of the log", isStrangers: true) }
        write(level, text.cut(to: Limits.strangerLine), isStrangers: true)
    }
}

extension Limits {
    /// Until strangers' packets may cause one more line of the log.
    static let strangerLogInterval: UInt64 = 1_000_000_000
}
