import Wire

/// Whether these octets are that word, without regard to case. `word` must be in lower case.
func isWord(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
    bytes.count == word.utf8CodeUnitCount && Name(Array(bytes)).lowercased == word
}

/// The parts between separators, empty ones too.
func split(_ bytes: [UInt8], at separator: Unicode.Scalar) -> [[UInt8]] {
    let separator = UInt8(truncatingIfNeeded: separator.value)
    var parts: [[UInt8]] = [[]]
    for octet in bytes {
        if octet == separator { parts.append([]) } else { parts[parts.count - 1].append(octet) }
    }
    return parts
}

/// A list of words, separated by blanks. `route=ondemand` is one word and its alias; Cygnet writes the first.
struct Words {
    /// The words, without aliases.
    let names: [Name]
    /// The aliases, with the index of their word.
    private let others: [(spelling: Name, index: Int)]

    init(_ text: StaticString) {
        var names: [Name] = []
        var others: [(spelling: Name, index: Int)] = []
        for part in split(text.octets, at: " ") {
            let spellings = split(part, at: "=")
            for spelling in spellings.dropFirst() { others.append((Name(spelling), names.count)) }
            names.append(Name(spellings[0]))
        }
        self.names = names
        self.others = others
    }

    /// Index of a word or alias, without regard to case.
    func index(of word: [UInt8]) -> Int? {
        let word = Name(word).lowercased
        for index in 0..<names.count where names[index].lowercased.bytes == word.bytes { return index }
        for other in others where other.spelling.lowercased.bytes == word.bytes { return other.index }
        return nil
    }

    /// `a, b or c`
    func list(_ last: __owned Sentence = " or ") -> Sentence {
        var text: Sentence = ""
        for index in 0..<names.count {
            if index > 0 { text += index == names.count - 1 ? last : ", " }
            text += "\(names[index])"
        }
        return text
    }
}

/// A letter or a digit, then letters, digits, `.`, `_`, `-` and `/`, which is in the names of pairs of subnets (`net/1x2`).
func isName(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, isLetter(first) || isDigit(first), bytes.count <= 255 else { return false }
    return bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D || $0 == 0x2F }
}

func isLetter(_ octet: UInt8) -> Bool { (0x41...0x5A).contains(octet & 0xDF) }
func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
