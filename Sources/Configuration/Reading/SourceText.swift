import Crypto
import Wire

/// A configuration file in memory. Its text wipes itself, because any file may contain keys; so nothing here copies more of it than
/// necessary.
final class SourceFile {
    let path: Name
    let text: Secret
    let owner: UInt32
    let mode: UInt32

    init(_ path: Name, _ contents: FileContents) {
        self.path = path
        text = contents.text
        owner = contents.owner
        mode = contents.mode
    }

    subscript(offset: Int) -> UInt8 {
        let text = text
        return text.bytes[offset]
    }

    var isRootsAlone: Bool { FileContents(text, owner: owner, mode: mode).isRootsAlone }

    /// Which other users may read or change it, and the command that corrects that.
    var ownershipComplaint: Sentence {
        let digits: Sentence = "\(mode >> 9 & 7)\(mode >> 6 & 7)\(mode >> 3 & 7)\(mode & 7)"
        return "its mode is \(digits) and its owner user \(owner), but only root may have access to secrets; "
            + (owner == 0 ? Sentence("") : "chown root \(shown(path)) && ") + "chmod 600 \(shown(path)) corrects that"
    }
}

/// Part of one line of a file.
struct Slice {
    let file: SourceFile
    let range: Range<Int>
    let line: Int

    var place: Place { Place(file.path, line) }
    var count: Int { range.count }
    var isEmpty: Bool { range.isEmpty }

    /// The octet `offset` from the start, which must be less than `count`.
    subscript(offset: Int) -> UInt8 { file[range.lowerBound + offset] }

    subscript(part: Range<Int>) -> Slice {
        Slice(file: file, range: (range.lowerBound + part.lowerBound)..<(range.lowerBound + part.upperBound), line: line)
    }

    /// A copy. Not for keys: it does not wipe itself.
    var bytes: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for offset in 0..<count { copy.append(self[offset]) }
        return copy
    }

    var name: Name { Name(bytes) }

    func equals(_ word: StaticString) -> Bool {
        guard word.utf8CodeUnitCount == count else { return false }
        var offset = 0
        for octet in word.octets {
            if self[offset] != octet { return false }
            offset += 1
        }
        return true
    }

    /// Like `equals`, A–Z and a–z being the same; `word` is in small letters.
    func equalsIgnoringCase(_ word: StaticString) -> Bool {
        guard word.utf8CodeUnitCount == count else { return false }
        var offset = 0
        for octet in word.octets {
            let own = self[offset]
            if (0x41...0x5A).contains(own) ? own | 0x20 != octet : own != octet { return false }
            offset += 1
        }
        return true
    }

    func firstIndex(of octet: UInt8) -> Int? { (0..<count).first { self[$0] == octet } }
    var hasWhiteSpace: Bool { (0..<count).contains { isBlank(self[$0]) } }

    /// `{…}`: a list.
    var isBraced: Bool { count >= 2 && self[0] == UInt8(ascii: "{") && self[count - 1] == UInt8(ascii: "}") }

    /// Without white space at either end.
    var trimmed: Slice {
        var start = 0
        var end = count
        while start < end, isBlank(self[start]) { start += 1 }
        while end > start, isBlank(self[end - 1]) { end -= 1 }
        return self[start..<end]
    }

    /// The parts between white space (and between `separator`s, if one is given); empty ones are left out.
    func words(separator: UInt8? = nil) -> [Slice] {
        var words: [Slice] = []
        var start = 0
        while start < count {
            while start < count, isBlank(self[start]) || self[start] == separator { start += 1 }
            var end = start
            while end < count, !isBlank(self[end]), self[end] != separator { end += 1 }
            if end > start { words.append(self[start..<end]) }
            start = end
        }
        return words
    }
}

/// White space inside a line. A carriage return is included, so that files with CR LF are read as their authors see them.
func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 || octet == 0x0D }

/// A line without its comment and the white space at both ends.
struct SourceLine {
    let content: Slice
    /// Whether white space precedes the content.
    let isIndented: Bool
    /// Whether the line has a quotation that it does not close.
    let hasOpenQuote: Bool
    let isTooLong: Bool
}

/// Splits a file into the lines that are not empty.
struct LineReader {
    private let file: SourceFile
    private let acceptsApostrophes: Bool
    private var offset = 0
    private var line = 0

    /// - Parameter acceptsApostrophes: `'` quotes as `"` does (ipsec.secrets).
    init(_ file: SourceFile, acceptsApostrophes: Bool = false) {
        self.file = file
        self.acceptsApostrophes = acceptsApostrophes
        if hasByteOrderMark { offset = 3 }
    }

    /// Some editors write a byte order mark at the start of a file.
    private var hasByteOrderMark: Bool {
        let text = file.text
        let bytes = text.bytes
        return bytes.count > 2 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    }

    mutating func next() -> SourceLine? {
        while offset < file.text.count {
            let start = offset
            let end = lineEnd(from: start)
            offset = end + 1
            line += 1
            let whole = Slice(file: file, range: start..<end, line: line)
            if let found = take(whole) { return found }
        }
        return nil
    }

    private func lineEnd(from start: Int) -> Int {
        let text = file.text
        let bytes = text.bytes
        var end = start
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        return end
    }

    private func take(_ whole: Slice) -> SourceLine? {
        var quote: UInt8?
        var end = whole.count
        for offset in 0..<whole.count {
            let octet = whole[offset]
            if let open = quote {
                if octet == open { quote = nil }
            } else if octet == UInt8(ascii: "\"") || acceptsApostrophes && octet == UInt8(ascii: "'") {
                quote = octet
            } else if octet == UInt8(ascii: "#"), offset == 0 || isBlank(whole[offset - 1]) {
                end = offset
                break
            }
        }
        let content = whole[0..<end].trimmed
        guard !content.isEmpty else { return nil }
        return SourceLine(
            content: content, isIndented: isBlank(whole[0]), hasOpenQuote: quote != nil,
            isTooLong: whole.count > Limits.lineLength)
    }
}

/// A value as a message may show it: printable, and not too long.
func shown(_ bytes: [UInt8], atMost length: Int = 60) -> Sentence {
    let printable = bytes.prefix(length).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
    var text: Sentence = ""
    text.octets = printable
    if bytes.count > length { text += "..." }
    return text
}

func shown(_ path: Name) -> Sentence { shown(path.bytes, atMost: 255) }

func shown(_ slice: Slice) -> Sentence { shown(slice.bytes) }
