import Crypto
import Wire

/// Why an edit was refused.
public struct EditError: Error {
    /// What is wrong, without a full stop.
    public let reason: Sentence

    /// A refusal with its reason.
    public init(_ reason: Sentence) { self.reason = reason }
}

extension ConfigurationText {
    /// With a new section at the end, nothing in it yet.
    public func adding(_ section: Name) throws(EditError) -> ConfigurationText {
        guard section == Self.setup || section == "%default" || isName(section.bytes) else {
            throw EditError(
                "\(shown(section.bytes)) is no name for a conn; "
                    + "expected a letter or a digit, then letters, digits, dots, hyphens and underscores")
        }
        if section == "%default", let first = parts.first(where: { $0.name != Self.setup && !$0.name.isEmpty }) {
            // FreeS/WAN reads it nowhere else.
            let start = wholeLines(first.lines[0].range).lowerBound
            return replacing(start..<start, with: Array("conn %default\n\n".utf8).span)
        }
        let head: Sentence = section == Self.setup ? "config setup\n" : "conn \(section)\n"
        return appending((text.count == 0 ? head : "\n" + head).octets)
    }

    /// With a line at the margin at the end, such as `include FILE`.
    public func appending(_ line: [UInt8]) -> ConfigurationText {
        let gap: [UInt8] = text.count == 0 || file[text.count - 1] == 0x0A ? [] : [0x0A]
        return replacing(text.count..<text.count, with: (gap + line).span)
    }

    /// Without a section: its lines, the comments among them, and one empty line behind it are gone.
    public func removing(_ section: Name) -> ConfigurationText? {
        guard let part = part(section), let last = part.lines.last else { return nil }
        let start = wholeLines(part.lines[0].range).lowerBound
        var end = self.end(after: last)
        if end < text.count, file[end] == 0x0A { end += 1 }
        return replacing(start..<end, with: [UInt8]().span)
    }

    /// With a parameter's value changed, its comment kept; or behind the section's other parameters where it is new.
    /// - Parameter value: without quotation marks, which it gets where it needs them.
    public func setting(_ parameter: Name, to value: Secret, in section: Name) throws(EditError) -> ConfigurationText {
        guard let part = part(section) else { throw EditError("there is no \(section)") }
        // A conn may have many also=.
        var isList = false
        switch Vocabulary.find(parameter, inSetup: part.isSetup) {
        case .rule(let rule, _): isList = rule.key == .also || rule.key == .alsoFlip
        case .misplaced:
            throw EditError(part.isSetup ? "\(parameter) belongs into a conn" : "\(parameter) belongs into 'edit %setup'")
        case .unknown(let nearest):
            if let known = ForeignParameters.find(parameter, [], inSetup: part.isSetup) {
                throw EditError("\(shown(parameter.bytes)) is others': \(known.reason)")
            }
            throw EditError("\(shown(parameter.bytes)) is no parameter\(nearest.map { "; did you mean \($0)?" } ?? "")")
        }
        var needsQuotes = false
        for index in 0..<value.count {
            let octet = value.bytes[index]
            guard octet >= 0x20 || octet == 0x09, octet != 0x7F, octet != UInt8(ascii: "\"") else {
                throw EditError("a value holds no quotation marks and no control characters")
            }
            if isBlank(octet) || octet == UInt8(ascii: "#") { needsQuotes = true }
        }
        // Braces hold a list together by themselves, and for libreswan there are no quotation marks around them.
        let isBraced = value.count >= 2 && value.bytes[0] == UInt8(ascii: "{") && value.bytes[value.count - 1] == UInt8(ascii: "}")
        let quote: [UInt8] = needsQuotes && !isBraced ? [UInt8(ascii: "\"")] : []
        let lines = find(parameter, in: part)
        if !isList, let line = lines.first, let range = Self.valueRange(line) {
            let start = line.range.lowerBound + range.lowerBound
            return replacing(start..<(start + range.count), with: Self.joined(quote, value, quote).bytes)
        }
        return inserting(Self.joined(parameter.bytes + [UInt8(ascii: "=")] + quote, value, quote + [0x0A]), into: part)
    }

    /// With an indented line of ipsec.conf in the place of the one that says the same, or behind the section's others.
    /// - Parameter line: without the white space before it; perhaps with a comment.
    public func putting(_ line: Secret, in section: Name) throws(EditError) -> ConfigurationText {
        guard let part = part(section) else { throw EditError("there is no \(section)") }
        let given = ConfigurationText(Self.joined(Array(" ".utf8), line, [])).file
        let slice = Slice(file: given, range: 1..<(line.count + 1), line: 1)
        let whole = Self.joined([], line, [0x0A])
        guard slice[0] != UInt8(ascii: "#") else { return inserting(whole, into: part) }
        guard let equals = slice.firstIndex(of: UInt8(ascii: "=")) else {
            throw EditError("expected name=value; there is no = in this line")
        }
        let word = slice[0..<equals].trimmed.name
        let isList = Words("also alsoflip").index(of: word.bytes) != nil
        if !isList, let old = find(word, in: part).first {
            return replacing(old.range.lowerBound..<wholeLines(old.range).upperBound, with: whole.bytes)
        }
        return inserting(whole, into: part)
    }

    /// Without what a section says of a parameter; `nil` where it says nothing.
    public func unsetting(_ parameter: Name, in section: Name) -> ConfigurationText? {
        guard let part = part(section) else { return nil }
        let lines = find(parameter, in: part)
        guard !lines.isEmpty else { return nil }
        var text = self
        for line in lines.reversed() { text = text.replacing(wholeLines(line.range), with: [UInt8]().span) }
        return text
    }

    /// A line, which ends in a line feed, behind a section's others, indented as they are.
    private func inserting(_ line: Secret, into part: Part) -> ConfigurationText {
        let last = part.lines[part.lines.count - 1]
        let end = self.end(after: last)
        var indentation: [UInt8] = []
        if part.lines.count > 1 {
            for index in self.indentation(of: last) { indentation.append(file[index]) }
        }
        if indentation.isEmpty { indentation = [0x09] }
        if end > 0, file[end - 1] != 0x0A { indentation.insert(0x0A, at: 0) }
        return replacing(end..<end, with: Self.joined(indentation, line, []).bytes)
    }

    /// Behind a section's last parameter, and the comments that belong to the section.
    private func end(after last: Slice) -> Int {
        var end = wholeLines(last.range).upperBound
        while end < text.count, isBlank(file[end]) {
            let line = wholeLines(end..<end)
            guard Slice(file: file, range: line, line: 0).words().first.map({ $0[0] == UInt8(ascii: "#") }) ?? false else { break }
            end = line.upperBound
        }
        return end
    }

    private static func joined(_ before: [UInt8], _ middle: Secret, _ after: [UInt8]) -> Secret {
        Secret(before.span, middle.bytes, after.span)
    }

    // MARK: Faults of one line

    /// What is wrong with a parameter and its value, looked at alone; empty where nothing is.
    public static func faults(of parameter: Name, in text: ConfigurationText, _ section: Name) -> [Diagnostic] {
        guard let part = text.part(section), let line = text.find(parameter, in: part).first else { return [] }
        let head: Sentence = part.isSetup ? "config setup\n " : "conn x\n "
        let alone = Alone(FileContents(joined(head.octets, text.text.slice(line.range), []), owner: 0, mode: 0o600))
        let reader = SectionReader(alone)
        reader.read("")
        return reader.diagnostics.all([""])
    }

    /// One file, whatever it is called.
    private final class Alone: FileSource {
        let contents: FileContents
        init(_ contents: FileContents) { self.contents = contents }
        override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents { contents }
        override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] { [] }
    }
}
