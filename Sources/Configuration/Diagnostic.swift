import Wire

/// A file and a line in it, counted from 1.
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

/// An error or a warning about a configuration file.
public struct Diagnostic: Sendable, Worded {
    /// Whether the line is used in spite of the diagnostic.
    public enum Severity: UInt8, Sendable {
        /// The object of the warning is used all the same.
        case warning
        /// The object of the error (a conn, a parameter of `config setup`, a file, a secret) is not used.
        case error
    }

    /// A code for programs that distinguish some diagnostics.
    public enum Kind: UInt8, Sendable {
        /// Everything else.
        case other
        /// A parameter of another implementation that is safely ignored.
        case ignored
        /// A parameter, or a value, that Cygnet deliberately does not support.
        case leftOut
        /// A parameter that no known implementation has.
        case unknown
    }

    /// Whether the line is used in spite of it.
    public var severity: Severity
    /// What it is about, as a code.
    public var kind: Kind
    /// The line that it is about.
    public var place: Place
    /// What is wrong and what was expected, without the place. Never holds a secret.
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

/// Collects diagnostics in the order of their detection; past `Limits.diagnostics` they are only counted.
final class Diagnostics {
    private var kept: [Diagnostic] = []
    private var dropped = 0
    private var lastPlace: Place?

    /// Adds a diagnostic unless it is there already: one about `%default` or `also=` arises in every conn that inherits it.
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

    /// Appends the diagnostics of `file`, sorted by line. They are nearly sorted, so insertion sort is fast.
    private func insert(from file: Name, into sorted: inout [Diagnostic]) {
        let start = sorted.count
        for diagnostic in kept where diagnostic.place.file == file {
            var index = sorted.count
            while index > start, sorted[index - 1].place.line > diagnostic.place.line { index -= 1 }
            sorted.insert(diagnostic, at: index)
        }
    }

    /// All diagnostics, sorted by file in the given order, then by line, and a last one for those only counted.
    func all(_ order: [Name]) -> [Diagnostic] {
        var sorted: [Diagnostic] = []
        for file in order { insert(from: file, into: &sorted) }
        guard dropped > 0, let lastPlace else { return sorted }
        let last: Sentence = "\(dropped) more errors and warnings are not shown: correct the first ones"
        return sorted + [Diagnostic(.error, lastPlace, last)]
    }
}
