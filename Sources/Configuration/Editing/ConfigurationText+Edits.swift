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
    /// The text with a new, empty section at the end.
    /// - Throws: the name is not valid.
    public func adding(_ section: Name) throws(EditError) -> ConfigurationText {
        guard section == Self.setup || section == "%default" || isName(section.bytes) else {
            throw EditError(
                "\(shown(section.bytes)) is no name for a conn; "
                    + "expected a letter or a digit, then letters, digits, dots, hyphens and underscores")
        }
        if section == "%default", let first = parts.first(where: { $0.name != Self.setup && !$0.name.isEmpty }) {
            // FreeS/WAN requires it before the conns.
            let start = wholeLines(first.lines[0].range).lowerBound
            return replacing(start..<start, with: Array("conn %default\n\n".utf8).span)
        }
        let head: Sentence = section == Self.setup ? "config setup\n" : "conn \(section)\n"
        return appending((text.count == 0 ? head : "\n" + head).octets)
    }

    /// The text with a line outside of sections at the end, such as `include FILE`.
    public func appending(_ line: [UInt8]) -> ConfigurationText {
        let gap: [UInt8] = text.count == 0 || file[text.count - 1] == 0x0A ? [] : [0x0A]
        return replacing(text.count..<text.count, with: (gap + line).span)
    }

    /// The text without a section, its comments and one empty line after it; `nil` when there is no such section.
    public func removing(_ section: Name) -> ConfigurationText? {
        guard let part = part(section), let last = part.lines.last else { return nil }
        let start = wholeLines(part.lines[0].range).lowerBound
        var end = self.end(after: last)
        if end < text.count, file[end] == 0x0A { end += 1 }
        return replacing(start..<end, with: [UInt8]().span)
    }

    /// The text with a parameter set. A new parameter is added at the section's end; a changed one keeps its comment.
    /// - Parameter value: without quotation marks, which are added where they are needed.
    /// - Throws: the value cannot be written, or there is no such section.
    public func setting(_ parameter: Name, to value: Secret, in section: Name) throws(EditError) -> ConfigurationText {
        guard let part = part(section) else { throw EditError("there is no \(section)") }
        // A conn may have many also=.
        var isList = false
        switch Vocabulary.find(parameter, inSetup: part.isSetup) {
        case .rule(let rule, _): isList = rule.key == .also || rule.key == .alsoFlip
        case .misplaced:
            throw EditError(part.isSetup ? "\(parameter) belongs in a conn" : "\(parameter) belongs in 'edit %setup'")
        case .unknown(let nearest):
            if let known = ForeignParameters.find(parameter, [], inSetup: part.isSetup) {
                throw EditError("\(shown(parameter.bytes)) is a parameter of other implementations: \(known.reason)")
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

    /// The text with a line of a section replaced, or added where the section does not have its parameter.
    /// - Parameter line: without leading white space; it may have a comment.
    /// - Throws: the line is not a parameter, or there is no such section.
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

    /// The text with a parameter removed from a section; `nil` where the section does not have it.
    public func unsetting(_ parameter: Name, in section: Name) -> ConfigurationText? {
        guard let part = part(section) else { return nil }
        let lines = find(parameter, in: part)
        guard !lines.isEmpty else { return nil }
        var text = self
        for line in lines.reversed() { text = text.replacing(wholeLines(line.range), with: [UInt8]().span) }
        return text
    }

    /// The text with a line, which ends in a line feed, added to a section with the indentation of its other lines.
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

    /// Offset after a section's last parameter and the comments that belong to the section.
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

    /// The diagnostics about one parameter and its value alone; empty when it is valid.
    public static func faults(of parameter: Name, in text: ConfigurationText, _ section: Name) -> [Diagnostic] {
        guard let part = text.part(section), let line = text.find(parameter, in: part).first else { return [] }
        let head: Sentence = part.isSetup ? "config setup\n " : "conn x\n "
        let alone = Alone(FileContents(joined(head.octets, text.text.slice(line.range), []), owner: 0, mode: 0o600))
        let reader = SectionReader(alone)
        reader.read("")
        return reader.diagnostics.all([""])
    }

    /// A source with one file under any name.
    private final class Alone: FileSource {
        let contents: FileContents
        init(_ contents: FileContents) { self.contents = contents }
        override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents { contents }
        override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] { [] }
    }
}
