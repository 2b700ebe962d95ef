import Wire

/// Where something stands: a file and a line, counted from 1.
public struct Place: Hashable, Sendable, CustomStringConvertible {
    public var file: Name
    /// 0 means the file as a whole.
    public var line: Int

    public init(_ file: Name, _ line: Int) {
        self.file = file
        self.line = line
    }

    public var description: String { line > 0 ? "\(shown(file)):\(line)" : shown(file) }
}

/// One thing to say about a configuration file.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    public enum Severity: UInt8, Sendable {
        /// What it names is used all the same.
        case warning
        /// What it names (a conn, a parameter of `config setup`, a file, a secret) is not used.
        case error
    }

    public var severity: Severity
    public var place: Place
    /// A sentence without its place: what is wrong, what was expected. Never holds a secret.
    public var text: String

    public init(_ severity: Severity, _ place: Place, _ text: String) {
        self.severity = severity
        self.place = place
        self.text = text
    }

    /// `/etc/ipsec.conf:12: what is wrong`, with `warning: ` before a warning's text.
    public var description: String { "\(place): \(severity == .warning ? "warning: " : "")\(text)" }

    public static func == (a: Diagnostic, b: Diagnostic) -> Bool {
        a.severity == b.severity && a.place == b.place && Name(a.text) == Name(b.text)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(severity)
        hasher.combine(place)
        hasher.combine(Name(text))
    }
}

/// Gathers diagnostics in the order they come; past `Limits.diagnostics` it only counts.
struct Diagnostics {
    private var kept: [Diagnostic] = []
    private var dropped = 0
    private var lastPlace: Place?

    mutating func error(_ place: Place, _ text: String) { add(Diagnostic(.error, place, text)) }
    mutating func warning(_ place: Place, _ text: String) { add(Diagnostic(.warning, place, text)) }

    mutating func add(_ diagnostic: Diagnostic) {
        lastPlace = diagnostic.place
        if kept.count < Limits.diagnostics { kept.append(diagnostic) } else { dropped += 1 }
    }

    /// All of them, and a last one for those that were only counted.
    var all: [Diagnostic] {
        guard dropped > 0, let lastPlace else { return kept }
        return kept + [Diagnostic(.error, lastPlace, "\(dropped) more errors and warnings are not shown: mend the first ones")]
    }
}
