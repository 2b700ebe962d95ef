import Linux

/// A log that keeps its lines.
public final class KeptLog {
    /// `warning something happened`
    public private(set) var lines: [String] = []
    /// To be handed out; it does not keep its owner alive.
    public private(set) lazy var log = Log { [unowned self] level, text in lines.append("\(level) \(text)") }

    public init() {}
}
