import Crypto
import Wire

/// Edits pre-shared keys in the text of an ipsec.secrets. Comments and other secrets are not changed.
public enum SecretsText {
    /// The text with a pre-shared key for these IDs, which replaces an existing one or is added at the end.
    /// - Parameter contents: `nil` where there is no file yet.
    /// - Throws: why the file cannot be used, or the entry not be written.
    public static func putting(
        _ secret: Secret, for ids: [Name], into contents: FileContents?, at path: Name
    ) throws(EditError) -> Secret {
        let file = SourceFile(path, contents ?? FileContents(Secret(count: 0), owner: 0, mode: 0o600))
        guard file.isRootsAlone else { throw EditError("\(shown(path)) is not used: \(file.ownershipComplaint)") }
        guard secret.count > 0 else { throw EditError("the secret is empty") }
        guard secret.count <= Limits.secretLength else {
            throw EditError("the secret is longer than \(Limits.secretLength) characters")
        }
        let old = file.text
        let range = self.entry(ids, in: file) ?? old.count..<old.count
        let needsFeed = range.lowerBound > 0 && file[range.lowerBound - 1] != 0x0A
        var head: Sentence = needsFeed ? "\n" : ""
        for id in ids { head += id.bytes.contains(where: isBlank) ? "\"\(id)\" " : "\(id) " }
        head += ": PSK "
        let quoted = written(secret)
        let entry = Secret(head.octets.span, quoted.bytes, [UInt8]().span)
        let new = Secret(old.bytes.extracting(0..<range.lowerBound), entry.bytes, old.bytes.extracting(range.upperBound..<old.count))
        let before = Secrets.load(path, from: Overlay(path, FileContents(old, owner: 0, mode: 0o600), over: Nothing()))
        let after = Secrets.load(path, from: Overlay(path, FileContents(new, owner: 0, mode: 0o600), over: Nothing()))
        for diagnostic in after.diagnostics where diagnostic.severity == .error {
            if !before.diagnostics.contains(where: { $0.text == diagnostic.text }) { throw EditError(diagnostic.text) }
        }
        return new
    }

    /// The lines of the pre-shared key with exactly these IDs, in any order.
    private static func entry(_ ids: [Name], in file: SourceFile) -> Range<Int>? {
        var lines = LineReader(file, acceptsApostrophes: true)
        var found: Range<Int>?
        while let line = lines.next() {
            if line.isIndented {
                if let range = found { found = range.lowerBound..<lineEnd(line.content.range.upperBound, file.text) }
                continue
            }
            if found != nil { return found }
            var words = line.content.words()
            // The colon may end the last index.
            if let last = words.first(where: { $0.count > 1 && $0[$0.count - 1] == UInt8(ascii: ":") && Address($0.bytes) == nil }),
                let place = words.firstIndex(where: { $0.range == last.range })
            {
                words.replaceSubrange(place...place, with: [last[0..<(last.count - 1)], last[(last.count - 1)..<last.count]])
            }
            guard let colon = words.firstIndex(where: { $0.equals(":") }), colon == ids.count, colon + 1 < words.count,
                words[colon + 1].equalsIgnoringCase("psk")
            else { continue }
            if words[..<colon].allSatisfy({ ids.contains($0.name) }), ids.allSatisfy({ id in words[..<colon].contains { $0.name == id } }) {
                found = line.content.range.lowerBound..<lineEnd(line.content.range.upperBound, file.text)
            }
        }
        return found
    }

    private static func lineEnd(_ offset: Int, _ text: Secret) -> Int {
        var end = offset
        let bytes = text.bytes
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        return min(end + 1, text.count)
    }

    /// The secret in quotation marks, or in hexadecimal where these do not suffice, and a line feed.
    private static func written(_ secret: Secret) -> Secret {
        var isPlain = true
        for index in 0..<secret.count {
            let octet = secret.bytes[index]
            if octet < 0x20 || octet > 0x7E || octet == UInt8(ascii: "\"") { isPlain = false }
        }
        let text = Secret(count: isPlain ? secret.count + 3 : 2 * secret.count + 3)
        text.withMutableBytes { (bytes: inout MutableSpan<UInt8>) in
            bytes[0] = isPlain ? UInt8(ascii: "\"") : UInt8(ascii: "0")
            if !isPlain { bytes[1] = UInt8(ascii: "x") }
            for index in 0..<secret.count {
                let octet = secret.bytes[index]
                if isPlain {
                    bytes[1 + index] = octet
                } else {
                    bytes[2 + 2 * index] = digit(octet >> 4)
                    bytes[3 + 2 * index] = digit(octet & 15)
                }
            }
            if isPlain { bytes[bytes.count - 2] = UInt8(ascii: "\"") }
            bytes[bytes.count - 1] = 0x0A
        }
        return text
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    private final class Nothing: FileSource {
        override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents { throw .notFound }
        override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] { [] }
    }
}
