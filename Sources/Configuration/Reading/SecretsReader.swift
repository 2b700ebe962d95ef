import Crypto
import Wire

/// Reads ipsec.secrets and its included files. Diagnostics give the place and never quote a word, which might be a misplaced secret.
final class SecretsReader: FileReader {
    private(set) var entries: [Secrets.Entry] = []
    private var isFull = false

    /// The example of the manual pages, which is not secret.
    private static let published: StaticString = "jxTR1lnmSjuj33n4W51uW3kTR55luUmSmnlRUuWnkjRj3UuTV4T3USSu23Uk55nWu5TkTUnjT"

    /// Names of the numbers of an RSA key, in the order of `RSAPrivateKey.Part`.
    private static let numbers: StaticString =
        "Modulus: PublicExponent: PrivateExponent: Prime1: Prime2: Exponent1: Exponent2: Coefficient:"

    override func read(_ file: SourceFile) {
        guard file.isRootsAlone else {
            diagnostics.error(Place(file.path, 0), "this file is not used: \(file.ownershipComplaint)")
            return
        }
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
                diagnostics.error(
                    line.content.place,
                    line.isTooLong
                        ? "the line is longer than \(Limits.lineLength) characters"
                        : "a quotation mark is not closed on this line")
                words = []
                isSkipping = true
            } else if !line.isIndented, line.content.words()[0].equals("include") {
                include(line.content.place, line.content.words())
            } else if line.isIndented, words.isEmpty {
                diagnostics.error(line.content.place, "an entry begins at the margin; this line has white space before it")
                isSkipping = true
            } else {
                words += Self.words(line.content)
                // An RSA key has the most words. Further ones need not be kept.
                if words.count > Limits.indices + 40 { words.removeLast(words.count - Limits.indices - 40) }
            }
        }
        finish(&words)
    }

    // MARK: Entries

    /// A word of an entry. A quoted one may contain white space and loses its quotation marks.
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

    /// Makes an entry of the collected words, and forgets them.
    private func finish(_ words: inout [Word]) {
        guard let first = words.first else { return }
        let place = first.text.place
        do {
            try read(words, place)
        } catch {
            diagnostics.error(place, error.text)
        }
        words = []
    }

    private func read(_ words: [Word], _ place: Place) throws(Complaint) {
        guard let (indices, rest) = Self.parted(words) else {
            if words.contains(where: Self.hasAttachedColon) {
                throw Complaint("the colon needs white space behind it; expected ID ID : PSK \"...\"")
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
        guard let kind = rest.first else { throw Complaint("nothing follows the colon; expected PSK \"...\"") }
        if kind.isQuoted {
            guard rest.count == 1 else { throw Complaint("something follows the secret; an entry holds one") }
            try add(indices, kind, place)
            return
        }
        if kind.text.equalsIgnoringCase("psk") {
            guard rest.count > 1 else { throw Complaint("nothing follows PSK; expected PSK \"...\"") }
            guard rest.count == 2 else {
                throw Complaint(
                    "something follows the secret; white space in a secret needs quotation marks, "
                        + "and comments a # before them")
            }
            try add(indices, rest[1], place)
        } else if kind.text.equalsIgnoringCase("rsa") || kind.text.equalsIgnoringCase("rsa{") {
            try keep(indices, .rsa(try rsa(rest)), place)
        } else if kind.text.equalsIgnoringCase("pin") {
            throw Complaint("smartcards are not there; expected PSK \"...\" or RSA")
        } else if kind.text.equalsIgnoringCase("xauth") {
            throw Complaint("XAUTH is not there; expected PSK \"...\" or RSA")
        } else {
            throw Complaint("what follows the colon is not known; expected PSK \"...\" or RSA")
        }
    }

    // MARK: RSA

    /// `RSA { Modulus: 0x… … }`, the numbers in any order, or `RSA file.pem ["passphrase"]`.
    private func rsa(_ words: [Word]) throws(Complaint) -> Secrets.PrivateKey.Source {
        let isOpen = words[0].text.count == 4 // RSA{
        guard isOpen || words.count > 1 else { throw Complaint("nothing follows RSA; expected RSA { ... } or RSA FILE") }
        guard isOpen || words[1].text.equals("{") else {
            guard words.count <= 3, words.count == 2 || words[2].isQuoted else {
                throw Complaint("something follows the file; expected RSA FILE or RSA FILE \"passphrase\"")
            }
            guard !words[1].text.isEmpty, words[1].text.count <= 255 else { throw Complaint("expected the name of a file after RSA") }
            return .file(words[1].text.name, passphrase: words.count == 3 ? Keys.copy(words[2].text) : nil)
        }
        let names = Words(Self.numbers)
        var numbers: [Secret?] = [nil, nil, nil, nil, nil, nil, nil, nil]
        var index = isOpen ? 1 : 2
        while index + 1 < words.count {
            guard let place = names.index(of: words[index].text.bytes) else {
                throw Complaint("word number \(index + 1) after the colon is none of \(names.list())")
            }
            guard numbers[place] == nil else { throw Complaint("\(names.names[place]) is there twice") }
            do {
                numbers[place] = try Keys.secret(words[index + 1].text)
            } catch {
                throw Complaint("\(names.names[place]) \(error.text)")
            }
            index += 2
        }
        guard index < words.count, words[index].text.equals("}") else {
            throw Complaint("the RSA key does not end in }; its lines begin with white space")
        }
        var found: [Secret] = []
        for place in 0..<numbers.count {
            guard let number = numbers[place] else { throw Complaint("\(names.names[place]) is missing in the RSA key") }
            found.append(number)
        }
        do {
            return .key(try RSAPrivateKey(found))
        } catch {
            guard case .badKeyLength = error else {
                throw Complaint("the numbers of the RSA key do not belong together: it was cut or changed")
            }
            throw Complaint(
                "the RSA key has fewer than \(RSAPublicKey.bits.lowerBound) bits or more than "
                    + "\(RSAPublicKey.bits.upperBound), or a public exponent that is none")
        }
    }

    /// The text before the colon and after it. The colon may end the last index; only after it white space is required.
    private static func parted(_ words: [Word]) -> (indices: ArraySlice<Word>, rest: [Word])? {
        for (place, word) in words.enumerated() where !word.isQuoted && word.text[word.text.count - 1] == UInt8(ascii: ":") {
            // 2001:db8:: is an address.
            if word.text.count > 1, Address(word.text.bytes) != nil { continue }
            var indices = words[..<place]
            if word.text.count > 1 { indices.append(Word(text: word.text[0..<(word.text.count - 1)], isQuoted: false)) }
            return (indices, Array(words[(place + 1)...]))
        }
        return nil
    }

    /// Whether a word has a colon with a keyword directly after it.
    private static func hasAttachedColon(_ word: Word) -> Bool {
        guard !word.isQuoted, word.text.count > 1, let colon = word.text.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return isKeyword(Word(text: word.text[(colon + 1)..<word.text.count], isQuoted: false))
    }

    private static func isKeyword(_ word: Word) -> Bool {
        !word.isQuoted && (word.text.equalsIgnoringCase("psk") || word.text.equalsIgnoringCase("rsa"))
    }

    private func add(_ indices: ArraySlice<Word>, _ word: Word, _ place: Place) throws(Complaint) {
        let secret = try Self.secret(word)
        guard secret.count > 0 else { throw Complaint("the secret is empty") }
        guard secret.count <= Limits.secretLength else {
            throw Complaint("the secret is longer than \(Limits.secretLength) characters")
        }
        try keep(indices, .presharedKey(secret), place)
        if word.text.equals(Self.published) {
            diagnostics.warning(
                place,
                "THIS SECRET IS THE PUBLISHED EXAMPLE: ANYONE CAN READ WHAT IT PROTECTS. "
                    + "Put your own in its place at both ends")
        }
    }

    private func keep(_ indices: ArraySlice<Word>, _ kind: Secrets.Kind, _ place: Place) throws(Complaint) {
        guard indices.count <= Limits.indices else { throw Complaint("more than \(Limits.indices) IDs in one entry") }
        var read: [Secrets.Index] = []
        for index in indices { read.append(try Self.index(index, read.count + 1)) }
        guard entries.count < Limits.secrets else {
            if !isFull {
                diagnostics.error(place, "more than \(Limits.secrets) secrets; this one and those after it are not read")
            }
            isFull = true
            return
        }
        entries.append(Secrets.Entry(indices: read, kind: kind, place: place))
    }

    private static func index(_ word: Word, _ number: Int) throws(Complaint) -> Secrets.Index {
        let bytes = word.text.bytes
        if Words("%any %any6").index(of: bytes) != nil { return .any }
        if let address = Address(bytes) { return address.isAny ? .any : .identity(.address(address)) }
        if Identities.isDistinguishedName(bytes) { return .identity(.distinguishedName(try Identities.distinguishedName(bytes))) }
        if let identity = Identities.identity(bytes) { return .identity(identity) }
        if Hosts.isHostName(bytes) { return .host(Name(bytes)) }
        throw Complaint("ID number \(number) is no address, no host name, no @name, no user@name, no @#hexadecimal and not %any")
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
