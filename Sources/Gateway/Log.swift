import Configuration
import Linux
import Wire

/// The daemon's log: sentences an administrator can act on, on standard error or to syslog.
final class Log {
    /// The severities that syslog shares (RFC 5424 §6.2.1).
    enum Level: UInt8 {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        /// What stands before a line that has no other sign of it.
        var word: StaticString {
            switch self {
            case .error: "error: "
            case .warning: "warning: "
            case .notice, .info, .debug: ""
            }
        }
    }

    /// Where setup's own lines go when the daemon has left its terminal, and the others too unless `plutostderrlog=` says where.
    var syslog: Syslog?
    /// `syslog=`'s priority: what setup's own lines have there, whatever they say.
    var setupSeverity: UInt8 = 3
    /// About what there are lines for those who look for an error.
    var debugging = Setup.Debugging()
    /// Where lines go; the daemon sets it at start.
    var sink: (Level, Sentence) -> Void

    /// What a stranger's packets may still make it say.
    private var strangers = RateLimit(burst: Limits.strangerLogBurst, interval: Limits.strangerLogInterval)

    init(sink: @escaping (Level, Sentence) -> Void) { self.sink = sink }

    /// The latest lines, each behind the machine's seconds since its start.
    private(set) var recent = RecentLog()

    /// Terminals that are told every line as it comes.
    var watchers: [Terminal] = []

    // Every line passes one of the next two, and is made printable there.

    /// - Parameter isStrangers: somebody whom nobody authenticated caused it.
    func write(_ level: Level, _ text: __owned Sentence, isStrangers: Bool = false) {
        let line = text.printable
        keep("\(level.word)\(line)", isStrangers: isStrangers)
        sink(level, line)
    }

    /// What concerns IPsec's start and end as a whole, as FreeS/WAN's `ipsec setup` said it.
    func setup(_ level: Level, _ text: __owned Sentence) {
        guard let syslog else { return write(level, text) }
        let line: Sentence = "\(level.word)\(text.printable)"
        keep(line, isStrangers: false)
        syslog.write(severity: setupSeverity, line)
    }

    /// Tells the watchers, and keeps it.
    private func keep(_ line: __owned Sentence, isStrangers: Bool) {
        if !watchers.isEmpty {
            watchers.removeAll { $0.isFinished }
            for watcher in watchers { watcher.plain(line) }
        }
        recent.append("\(Clock.monotonic() / 1_000_000_000) \(line)", isStrangers: isStrangers)
    }

    func error(_ text: __owned Sentence) { write(.error, text) }
    func warning(_ text: __owned Sentence) { write(.warning, text) }
    func notice(_ text: __owned Sentence) { write(.notice, text) }
    func info(_ text: __owned Sentence) { write(.info, text) }
    /// Only where `debugging` has asked for its kind.
    func debug(_ isWanted: Bool, _ text: @autoclosure () -> Sentence) {
        if isWanted { write(.debug, text()) }
    }

    /// For what anybody on the network can provoke: bounded in lines a second, and the count of what was left out
    /// is said with the next line that is let through. `now` is monotonic nanoseconds.
    func stranger(_ level: Level, now: UInt64, _ text: __owned Sentence) {
        guard strangers.allows(now: now) else { return }
        let suppressed = strangers.takeHeldBack()
        if suppressed > 0 { write(level, "\(suppressed) more such messages were left out of the log", isStrangers: true) }
        write(level, text.cut(to: Limits.strangerLine), isStrangers: true)
    }
}
