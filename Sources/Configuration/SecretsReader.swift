import Crypto
import Wire

/// Reads ipsec.secrets and its includes. Its complaints say where, never what: any word may be a secret gone astray.
struct SecretsReader {
    private(set) var entries: [Secrets.Entry] = []
    private(set) var diagnostics = Diagnostics()
    private(set) var includes: Includes
    private var open: [Name] = []
    private var isFull = false

    /// The example that manual pages print. Everybody knows it.
    private static let published = "jxTR1lnmSjuj33n4W51uW3kTR55luUmSmnlRUuWnkjRj3UuTV4T3USSu23Uk55nWu5TkTUnjT"

    init(_ source: FileSource) { includes = Includes(source) }

    /// Reads `path` as if nothing had included it.
    mutating func read(_ path: Name) {
        do {
            if let file = try includes.open(path) { read(file) }
        } catch {
            diagnostics.error(Place(path, 0), error.text)
        }
    }

    private mutating func read(_ file: SourceFile) {
        guard file.isRootsAlone else {
            diagnostics.error(Place(file.path, 0), "this file is not used: \(file.ownershipComplaint)")
            return
        }
        open.append(file.path)
        defer { open.removeLast() }
        var lines = LineReader(file, acceptsApostrophes: true)
        var words: [Word] = []
        var isSkipping = false
        while let line = lines.next() {
            if !line.isIndented {
                finish(&words)
                isSkipping = false
            }
            if isSkipping { continue }
            if line.isTooLong || line.hasOpenQuote {
                diagnostics.error(line.content.place, line.isTooLong
                    ? "the line is longer than \(Limits.lineLength) characters"
                    : "a quotation mark is not closed on this line")
                words = []
                isSkipping = true
            } else if !line.isIndented, line.content.words()[0].equals("include") {
                include(line.content.place, line.content.words())
            } else {
                if line.isIndented, words.isEmpty {
                    diagnostics.error(line.content.place, "an entry begins at the margin; this line has white space before it")
                    isSkipping = true
                    continue
                }
                words += Self.words(line.content)
                // Only a key of RSA has so many; the rest of it is passed over.
                if words.count > Limits.indices + 40 { words.removeLast(words.count - Limits.indices - 40) }
            }
        }
        finish(&words)
    }

    private mutating func include(_ place: Place, _ words: [Slice]) {
        guard words.count == 2 else {
            diagnostics.error(place, "include takes one file name, without white space; wildcards may stand in it")
            return
        }
        guard open.count < Limits.includeDepth else {
            diagnostics.error(place, "include is nested more than \(Limits.includeDepth) deep")
            return
        }
        do {
            let isPattern = PathPattern.hasWildcard(words[1].bytes)
            for path in try includes.files(matching: words[1]) {
                guard !open.contains(path) else {
                    diagnostics.error(place, "\(shown(path)) would include itself")
                    continue
                }
                do {
                    if let file = try includes.open(path, isOptional: isPattern) { read(file) }
                } catch {
                    diagnostics.error(place, "cannot include \(shown(path)): \(error.text)")
                }
            }
        } catch {
            diagnostics.error(place, "cannot include this: \(error.text)")
        }
    }

    // MARK: Entries

    /// A word of an entry; quoted ones may hold white space and lose their marks.
    private struct Word {
        var text: Slice
        var isQuoted: Bool
    }

    private static func words(_ line: Slice) -> [Word] {
        var words: [Word] = []
        var start = 0
        while start < line.count {
            while start < line.count, isBlank(line[start]) { start += 1 }
            guard start < line.count else { break }
            let first = line[start]
            var end = start + 1
            if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
                while end < line.count, line[end] != first { end += 1 }
                words.append(Word(text: line[(start + 1)..<end], isQuoted: true))
                start = end + 1
            } else {
                while end < line.count, !isBlank(line[end]) { end += 1 }
                words.append(Word(text: line[start..<end], isQuoted: false))
                start = end
            }
        }
        return words
    }

    /// Makes an entry of the words gathered, and forgets them.
    private mutating func finish(_ words: inout [Word]) {
        guard let first = words.first else { return }
        let place = first.text.place
        do {
            try read(words, place)
        } catch {
            diagnostics.error(place, error.text)
        }
        words = []
    }

    private mutating func read(_ words: [Word], _ place: Place) throws(Complaint) {
        guard let colon = words.firstIndex(where: { !$0.isQuoted && $0.text.equals(":") }) else {
            if words.contains(where: Self.hasAttachedColon) {
                throw Complaint("the colon needs white space on both sides; expected ID ID : PSK \"...\"")
            }
            if words.contains(where: Self.isKeyword) {
                throw Complaint("there is no colon before the keyword; expected ID ID : PSK \"...\"")
            }
            // FreeS/WAN's oldest form: indices and a quoted secret.
            guard let last = words.last, last.isQuoted else {
                throw Complaint("there is no colon; expected ID ID : PSK \"...\"")
            }
            try add(words.dropLast(), last, place)
            return
        }
        let rest = words[(colon + 1)...]
        guard let kind = rest.first else { throw Complaint("nothing follows the colon; expected PSK \"...\"") }
        if kind.isQuoted {
            guard rest.count == 1 else { throw Complaint("something follows the secret; an entry holds one") }
            try add(words[..<colon], kind, place)
            return
        }
        if kind.text.equalsIgnoringCase("psk") {
            guard let secret = rest.dropFirst().first else {
                throw Complaint("nothing follows PSK; expected PSK \"...\"")
            }
            guard rest.count == 2 else {
                throw Complaint("something follows the secret; white space in a secret needs quotation marks, "
                    + "and comments a # before them")
            }
            try add(words[..<colon], secret, place)
        } else if kind.text.equalsIgnoringCase("rsa") || kind.text.equalsIgnoringCase("rsa{") {
            diagnostics.warning(place, "RSA keys do nothing yet; this entry is passed over")
        } else {
            throw Complaint("what follows the colon is not known; expected PSK \"...\" or RSA")
        }
    }

    /// A colon that stands against a word, where it is taken for a part of it.
    private static func hasAttachedColon(_ word: Word) -> Bool {
        let colon = UInt8(ascii: ":")
        guard !word.isQuoted, word.text.count > 1 else { return false }
        guard word.text[0] == colon || word.text[word.text.count - 1] == colon else { return false }
        return Address(word.text.bytes) == nil
    }

    private static func isKeyword(_ word: Word) -> Bool {
        !word.isQuoted && (word.text.equalsIgnoringCase("psk") || word.text.equalsIgnoringCase("rsa"))
    }

    private mutating func add(_ indices: ArraySlice<Word>, _ word: Word, _ place: Place) throws(Complaint) {
        guard indices.count <= Limits.indices else { throw Complaint("more than \(Limits.indices) IDs in one entry") }
        var read: [Secrets.Index] = []
        for (number, index) in indices.enumerated() { read.append(try Self.index(index, number + 1)) }
        let secret = try Self.secret(word)
        guard secret.count > 0 else { throw Complaint("the secret is empty") }
        guard secret.count <= Limits.secretLength else {
            throw Complaint("the secret is longer than \(Limits.secretLength) characters")
        }
        guard entries.count < Limits.secrets else {
            if !isFull {
                diagnostics.error(place, "more than \(Limits.secrets) secrets; this one and those after it are not read")
            }
            isFull = true
            return
        }
        if word.text.equals(Self.published) {
            diagnostics.warning(place, "THIS SECRET IS THE PUBLISHED EXAMPLE: ANYONE CAN READ WHAT IT PROTECTS. "
                + "Put your own in its place at both ends")
        }
        entries.append(Secrets.Entry(indices: read, secret: secret, place: place))
    }

    private static func index(_ word: Word, _ number: Int) throws(Complaint) -> Secrets.Index {
        let bytes = word.text.bytes
        let name = Name(bytes)
        if name == "%any" || name == "%any6" { return .any }
        if let address = Address(bytes) { return address.isAny ? .any : .identity(.address(address)) }
        if Identities.isDistinguishedName(bytes) { return .unknown }
        if let identity = Identities.identity(bytes) { return .identity(identity) }
        throw Complaint("ID number \(number) is no address, no @name, no user@name, no @#hexadecimal and not %any"
            + (Hosts.isHostName(bytes) ? "; a name that is an ID of its own has @ before it" : ""))
    }

    private static func secret(_ word: Word) throws(Complaint) -> Secret {
        if word.isQuoted { return Keys.copy(word.text) }
        guard word.text.count >= 2, word.text[0] == UInt8(ascii: "0") else {
            throw Complaint("the secret needs quotation marks around it, or 0x, 0s or 0t before it")
        }
        do {
            return try Keys.secret(word.text)
        } catch {
            throw Complaint("the secret: \(error.text)")
        }
    }
}
