import Linux
import Wire

/// A log that keeps its lines.
public final class KeptLog {
    private let kept: KeptLines
    /// To be handed out; it does not keep its owner alive.
    public let log: Log
    /// `warning something happened`
    public var lines: [String] { kept.lines }

    /// `limit`: how many lines are kept, about; the oldest are forgotten first.
    public init(limit: Int = .max) {
        kept = KeptLines(limit: limit)
        log = Log(kept)
    }
}

/// Keeps the lines of any log.
public final class KeptLines: LogDestination {
    /// `warning something happened`
    public private(set) var lines: [String] = []

    private let limit: Int

    public init(limit: Int = .max) { self.limit = limit }

    public override func write(_ level: Log.Level, _ line: Sentence) {
        if lines.count >= limit { lines.removeFirst(limit / 2) }
        lines.append("\(level) \(line)")
    }
}
