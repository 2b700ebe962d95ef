import Crypto
import Wire

/// The text of an ipsec.conf for editing. An edit leaves all other lines with their comments, order and spacing unchanged.
///
/// Every edit returns a new object. The text wipes itself, like all configuration text.
public final class ConfigurationText {
    /// One section, its lines from the head to the last parameter.
    struct Part {
        let name: Name
        /// Its head and its parameters; comments and empty lines are not among them.
        var lines: [Slice]

        var isSetup: Bool { name == ConfigurationText.setup }
    }

    /// The name of `config setup` among sections. Names of conns have no `%`.
    public static let setup: Name = "%setup"

    /// The whole file.
    public let text: Secret
    let file: SourceFile
    private(set) var parts: [Part] = []

    /// Splits a file's text into sections. Any text is accepted; errors are found when it is loaded.
    public init(_ text: Secret) {
        self.text = text
        file = SourceFile("", FileContents(text, owner: 0, mode: 0o600))
        var lines = LineReader(file)
        while let line = lines.next() {
            if line.isIndented {
                if !parts.isEmpty { parts[parts.count - 1].lines.append(line.content) }
            } else {
                parts.append(Part(name: Self.name(of: line.content), lines: [line.content]))
            }
        }
    }

    /// What a line at the margin begins; empty for no section.
    private static func name(of head: Slice) -> Name {
        let words = head.words()
        guard words.count == 2 else { return "" }
        switch Words("conn config").index(of: words[0].bytes) {
        case 0: return words[1].equalsIgnoringCase("%default") ? "%default" : words[1].name
        case 1: return words[1].equalsIgnoringCase("setup") ? setup : ""
        default: return ""
        }
    }

    /// Names of all sections in order: conns, `%default` and `setup`.
    public var sections: [Name] {
        var names: [Name] = []
        for part in parts where !part.name.isEmpty { names.append(part.name) }
        return names
    }

    func part(_ name: Name) -> Part? {
        for part in parts where part.name == name { return part }
        return nil
    }

    /// Whether the file has this section; `setup` stands for `config setup`.
    public func has(_ section: Name) -> Bool { part(section) != nil }

    /// The value of a parameter in the section itself, without quotation marks; `nil` where it is not set, and for keys.
    public func value(of parameter: Name, in section: Name) -> Name? {
        guard let part = part(section), let line = find(parameter, in: part).first, !Self.isKey(line),
            let range = Self.valueRange(line)
        else { return nil }
        let value = line[range]
        let isQuoted = value.count >= 2 && value[0] == UInt8(ascii: "\"")
        return (isQuoted ? value[1..<(value.count - 1)] : value).name
    }

    // MARK: Lines

    /// The lines that say something of a parameter, whichever of its names they use.
    func find(_ word: Name, in part: Part) -> [Slice] {
        var found: [Slice] = []
        for line in part.lines.dropFirst() {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let other = line[0..<equals].trimmed.name
            if other == word || Self.areRivals(word, other, inSetup: part.isSetup) { found.append(line) }
        }
        return found
    }

    private static func areRivals(_ a: Name, _ b: Name, inSetup: Bool) -> Bool {
        guard case .rule(let rule, let side) = Vocabulary.find(a, inSetup: inSetup),
            case .rule(let other, let otherSide) = Vocabulary.find(b, inSetup: inSetup)
        else { return false }
        return rule.key == other.key && side == otherSide && rule.key != .ah && rule.key != .meaningless
    }

    /// Where in a line its value stands, with quotation marks.
    static func valueRange(_ line: Slice) -> Range<Int>? {
        guard var start = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        start += 1
        while start < line.count, isBlank(line[start]) { start += 1 }
        return start..<line.count
    }

    /// Whether a line holds a key.
    static func isKey(_ line: Slice) -> Bool {
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return false }
        return Parameters.isKey(line[0..<equals].trimmed.name)
    }

    /// The whole lines around some octets, the last line feed included.
    func wholeLines(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        while start > 0, file[start - 1] != 0x0A { start -= 1 }
        var end = range.upperBound
        while end < text.count, file[end] != 0x0A { end += 1 }
        return start..<min(end + 1, text.count)
    }

    /// Where the white space of an indented line begins, and the line itself.
    func indentation(of line: Slice) -> Range<Int> {
        wholeLines(line.range).lowerBound..<line.range.lowerBound
    }

    /// A text with `middle` in the place of `range`.
    func replacing(_ range: Range<Int>, with middle: Span<UInt8>) -> ConfigurationText {
        let text = text
        return ConfigurationText(
            Secret(
                text.bytes.extracting(0..<range.lowerBound), middle, text.bytes.extracting(range.upperBound..<text.count)))
    }
}
