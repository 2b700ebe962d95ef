import Wire

/// Where the lines of a `Log` go. Subclassed: `Syslog`, `LogFile`, `StandardErrorLog`, `DiscardedLog`; tests keep the lines.
open class LogDestination {
    /// For subclasses.
    public init() {}

    /// Writes one line, which is printable. Every subclass overrides it.
    open func write(_ level: Log.Level, _ line: Sentence) { fatalError("LogDestination.write is abstract") }
}

/// Standard error, for a daemon in the foreground.
public final class StandardErrorLog: LogDestination {
    /// Writes `ipsec: ` and the level before each line.
    public override func write(_ level: Log.Level, _ line: Sentence) { StandardStream.error.write("ipsec: \(level.word)\(line)\n") }
}

/// A file (`plutostderrlog=`). When it would grow above `Limits.logFile` octets it is renamed to `PATH.old`, and a new one begins. A
/// line that cannot be written goes to `fallback`.
public final class LogFile: LogDestination {
    private let path: Path
    private let fallback: LogDestination

    /// Opens nothing: each line opens the file, which may have been moved.
    public init(_ path: Path, fallback: LogDestination) {
        self.path = path
        self.fallback = fallback
        super.init()
    }

    /// Writes date, time (UTC) and level before the line.
    public override func write(_ level: Log.Level, _ line: Sentence) {
        let now = Clock.wall()
        let text: Sentence = "\(Calendar.words(now)) \(Calendar.time(now)) \(level.word)\(line)\n"
        do throws(SystemError) {
            try Files.append(path, text.octets.span, limit: Limits.logFile)
        } catch { fallback.write(level, line) }
    }
}

/// Writes nothing. The lines are still kept for `Log.recent`.
public final class DiscardedLog: LogDestination {
    /// Discards the line.
    public override func write(_ level: Log.Level, _ line: Sentence) {}
}
