import Wire

/// Whether these octets are that word.
@inline(never) func isWord(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
    bytes.elementsEqual(word.octets)
}

/// The parts between separators, empty ones too.
@inline(never) func split(_ bytes: [UInt8], at separator: Unicode.Scalar) -> [[UInt8]] {
    let separator = UInt8(truncatingIfNeeded: separator.value)
    var parts: [[UInt8]] = [[]]
    for octet in bytes {
        if octet == separator { parts.append([]) } else { parts[parts.count - 1].append(octet) }
    }
    return parts
}

/// A list of words, written with blanks between them.
struct Words {
    let names: [Name]

    @inline(never) init(_ text: StaticString) {
        var names: [Name] = []
        for part in split(text.octets, at: " ") { names.append(Name(part)) }
        self.names = names
    }

    /// Where in the list a word stands.
    @inline(never) func index(of word: [UInt8]) -> Int? {
        for index in 0..<names.count where names[index].bytes == word { return index }
        return nil
    }

    /// `a, b or c`
    @inline(never) func list(_ last: __owned Sentence = " or ") -> Sentence {
        var text: Sentence = ""
        for index in 0..<names.count {
            if index > 0 { text += index == names.count - 1 ? last : ", " }
            text += "\(names[index])"
        }
        return text
    }
}

/// A letter, then letters, digits, `.`, `_` and `-`.
@inline(never) func isName(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, isLetter(first), bytes.count <= 255 else { return false }
    return bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
}

func isLetter(_ octet: UInt8) -> Bool { (0x41...0x5A).contains(octet & 0xDF) }
func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
