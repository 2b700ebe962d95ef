/// Makes text from other sources safe for terminals and logs.
///
/// There are two lines of defence. Text from a peer (an ID, a name in a certificate) becomes printable ASCII of a bounded length
/// when it becomes a `Sentence`. And every line on its way to a log or a terminal passes `Sentence.printable`: it stays one line
/// and holds no terminal control sequence.
extension Text {
    /// Octets of a peer's name or mail address that are shown.
    public static let shownName = 128
    /// Octets of a peer's distinguished name that are shown.
    public static let shownDistinguishedName = 256

    /// The first `length` of `octets` as printable ASCII; `...` replaces the rest.
    ///
    /// A question mark replaces what is not printable ASCII, a double quote, and a blank unless `blanks` is true: so a name can
    /// neither end the quotes that a message puts around it nor look like the words behind it.
    public static func shown(_ octets: [UInt8], atMost length: Int, blanks: Bool = false) -> Sentence {
        var text = Sentence(
            octets: octets.prefix(length).map { octet in
                octet > 0x20 && octet < 0x7F && octet != 0x22 || blanks && octet == 0x20 ? octet : UInt8(ascii: "?")
            })
        if octets.count > length { text += "..." }
        return text
    }
}

extension Sentence {
    /// The first `length` octets; `...` replaces the rest.
    public func cut(to length: Int) -> Sentence {
        octets.count <= length ? self : Sentence(octets: octets.prefix(length) + ("..." as StaticString).octets)
    }

    /// The same in one line, with a question mark for each character that could control a terminal.
    ///
    /// These are the control characters of ASCII (except the tab, which tables use) and of Latin 1 (U+0080 to U+009F), the
    /// characters that change the direction of writing or separate lines (U+061C, U+200B to U+200F, U+2028 to U+202E, U+2060 to
    /// U+206F, U+FEFF), and octets that are not UTF-8. Other UTF-8 is kept: ipsec.conf may name a conn in any language.
    public var printable: Sentence {
        // Nearly all lines are plain ASCII, and stay as they are.
        guard octets.contains(where: { $0 < 0x20 || $0 > 0x7E }) else { return self }
        var shown: [UInt8] = []
        shown.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            let count = Self.plainLength(octets, index)
            if count == 0 {
                // One question mark for all octets of a character.
                shown.append(UInt8(ascii: "?"))
                index += max(Self.scalar(octets, index)?.count ?? 1, 1)
            } else {
                shown += octets[index..<index + count]
                index += count
            }
        }
        return Sentence(octets: shown)
    }

    /// Octets of the character at `index`; 0 when it must not be shown.
    private static func plainLength(_ octets: [UInt8], _ index: Int) -> Int {
        guard let (value, count) = scalar(octets, index) else { return 0 }
        switch value {
        case 0x09: return 1
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: return 0
        default: return count
        }
    }

    /// The character at `index` and its length in octets; `nil` when it is not UTF-8 (RFC 3629 §3).
    private static func scalar(_ octets: [UInt8], _ index: Int) -> (value: UInt32, count: Int)? {
        let first = octets[index]
        if first < 0x80 { return (UInt32(first), 1) }
        let count: Int
        let least: UInt32
        var value: UInt32
        switch first {
        case 0xC2...0xDF: (count, least, value) = (2, 0x80, UInt32(first & 0x1F))
        case 0xE0...0xEF: (count, least, value) = (3, 0x800, UInt32(first & 0x0F))
        case 0xF0...0xF4: (count, least, value) = (4, 0x1_0000, UInt32(first & 0x07))
        default: return nil
        }
        guard index + count <= octets.count else { return nil }
        for place in index + 1..<index + count {
            guard octets[place] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(octets[place] & 0x3F)
        }
        guard value >= least, value <= 0x10_FFFF, !(0xD800...0xDFFF).contains(value) else { return nil }
        return (value, count)
    }
}
