import Wire

/// Where something stands: a file and a line, counted from 1.
public struct Place: Hashable, Sendable, Worded {
    /// Path of the file, as it was opened.
    public var file: Name
    /// 0 means the file as a whole.
    public var line: Int

    /// A place in a file.
    public init(_ file: Name, _ line: Int) {
        self.file = file
        self.line = line
    }

    /// `/etc/ipsec.conf:12`, or the path alone for the file as a whole.
    public var sentence: Sentence { line > 0 ? "\(shown(file)):\(line)" : shown(file) }
}

/// One thing to say about a configuration file.
public struct Diagnostic: Sendable, Worded {
    /// Whether what the diagnostic is about is used all the same.
    public enum Severity: UInt8, Sendable {
        /// What it names is used all the same.
        case warning
        /// What it names (a conn, a parameter of `config setup`, a file, a secret) is not used.
        case error
    }

    /// What it is about, for programs that tell some apart.
    public enum Kind: UInt8, Sendable {
        case other
        /// A parameter that only others have, and that does no harm: it is ignored.
        case ignored
        /// A parameter, or a value, that Cygnet leaves out on purpose.
        case leftOut
        /// A parameter that nobody has.
        case unknown
    }

    /// Whether what it is about is used all the same.
    public var severity: Severity
    /// What it is about, as a code.
    public var kind: Kind
    /// The line that it is about.
    public var place: Place
    /// A sentence without its place: what is wrong, what was expected. Never holds a secret.
    public var text: Sentence

    /// A diagnostic about a line.
    /// - Parameter text: what is wrong and what was expected, without the place.
    public init(_ severity: Severity, _ place: Place, _ text: Sentence, _ kind: Kind = .other) {
        self.severity = severity
        self.kind = kind
        self.place = place
        self.text = text
    }

    /// `/etc/ipsec.conf:12: what is wrong`, with `warning: ` before a warning's text.
    public var sentence: Sentence {
        "\(place): \(severity == .warning ? "warning: " : "")\(text)"
    }

}

/// Gathers diagnostics in the order they come; past `Limits.diagnostics` it only counts.
final class Diagnostics {
    private var kept: [Diagnostic] = []
    private var dropped = 0
    private var lastPlace: Place?

    /// What comes from `%default` or `also` is said once, however many conns inherit it.
    func sayOnce(_ severity: Diagnostic.Severity, _ place: Place, _ text: __owned Sentence) {
        for said in kept where said.place == place && said.text == text { return }
        add(Diagnostic(severity, place, text))
    }

    func error(_ place: Place, _ text: __owned Sentence, _ kind: Diagnostic.Kind = .other) {
        add(Diagnostic(.error, place, text, kind))
    }
    func warning(_ place: Place, _ text: __owned Sentence, _ kind: Diagnostic.Kind = .other) {
        add(Diagnostic(.warning, place, text, kind))
    }

    func add(_ diagnostic: Diagnostic) {
        lastPlace = diagnostic.place
        if kept.count < Limits.diagnostics { kept.append(diagnostic) } else { dropped += 1 }
    }

    /// Appends what belongs to `file` by line. They come nearly in order, so they are moved up from the end.
    private func insert(from file: Name, into sorted: inout [Diagnostic]) {
        let start = sorted.count
        for diagnostic in kept where diagnostic.place.file == file {
            var index = sorted.count
            while index > start, sorted[index - 1].place.line > diagnostic.place.line { index -= 1 }
            sorted.insert(diagnostic, at: index)
        }
    }

    /// By file, in the order given, then by line; and a last one for those that were only counted.
    func all(_ order: [Name]) -> [Diagnostic] {
        var sorted: [Diagnostic] = []
        for file in order { insert(from: file, into: &sorted) }
        guard dropped > 0, let lastPlace else { return sorted }
        let last: Sentence = "\(dropped) more errors and warnings are not shown: mend the first ones"
        return sorted + [Diagnostic(.error, lastPlace, last)]
    }
}
