import Linux
import Wire

/// A log that keeps its lines.
public final class KeptLog {
    private let kept = KeptLines()
    /// To be handed out; it does not keep its owner alive.
    public let log: Log
    /// `warning something happened`
    public var lines: [String] { kept.lines }

    public init() { log = Log(kept) }
}

/// Keeps the lines of any log.
public final class KeptLines: LogDestination {
    /// `warning something happened`
    public private(set) var lines: [String] = []

    public override func write(_ level: Log.Level, _ line: Sentence) { lines.append("\(level) \(line)") }
}
