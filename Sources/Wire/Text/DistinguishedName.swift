/// Distinguished names (X.501): conversion between `C=DE, O=Example, CN=gate` and DER, and comparison.
///
/// DER is the form on the wire and in `Identity`. A value of `*` alone is a wildcard where the name is used as a pattern.
public enum DistinguishedName {
    /// The attributes that have a keyword, by the end of their object identifier. Of two keywords for one attribute, the first is
    /// written.
    private static var attributes: [(word: Name, family: UInt8, number: UInt8)] {
        [
            ("C", 0, 6), ("ST", 0, 8), ("L", 0, 7), ("O", 0, 10), ("OU", 0, 11), ("CN", 0, 3), ("E", 1, 1), ("DC", 2, 25),
            ("SN", 0, 5), ("T", 0, 12), ("GN", 0, 42), ("I", 0, 43), ("D", 0, 13), ("N", 0, 41), ("UID", 2, 1),
            ("S", 0, 4), ("unstructuredName", 1, 2), ("street", 0, 9), ("postalCode", 0, 17),
            ("Email", 1, 1), ("emailAddress", 1, 1), ("serialNumber", 0, 5), ("title", 0, 12), ("surname", 0, 4), ("G", 0, 42),
        ]
    }

    /// The object identifier without its last octet: 2.5.4, 1.2.840.113549.1.9 (PKCS #9) and 0.9.2342.19200300.100.1 (RFC 4519).
    private static func prefix(_ family: UInt8) -> [UInt8] {
        switch family {
        case 0: [0x55, 0x04]
        case 1: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09]
        default: [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01]
        }
    }

    // MARK: From text

    /// The DER of `C=DE, O=Example, CN=gate` or `/C=DE/O=Example/CN=gate`; `nil` when an attribute is unknown or the syntax is
    /// wrong. A backslash makes the next character literal.
    public static func der(_ text: [UInt8]) -> [UInt8]? {
        let separator = text.first == UInt8(ascii: "/") ? UInt8(ascii: "/") : UInt8(ascii: ",")
        var names: [UInt8] = []
        var index = text.first == UInt8(ascii: "/") ? 1 : 0
        while true {
            var word: [UInt8] = []
            while index < text.count, text[index] != UInt8(ascii: "=") {
                if text[index] != 0x20 { word.append(text[index]) }
                index += 1
            }
            guard index < text.count, let type = identifier(word) else { return nil }
            index += 1
            var value: [UInt8] = []
            var end = 0 // where the value's last character that is not a blank ends
            while index < text.count, text[index] != separator {
                var octet = text[index]
                if octet == UInt8(ascii: "\\"), index + 1 < text.count {
                    index += 1
                    octet = text[index]
                    end = value.count + 1
                }
                if octet != 0x20 || !value.isEmpty { value.append(octet) }
                if octet != 0x20 { end = value.count }
                index += 1
            }
            guard end > 0 else { return nil }
            value.removeLast(value.count - min(end, value.count))
            names += DER.element(
                DER.Tag.set,
                DER.element(
                    DER.Tag.sequence,
                    DER.element(DER.Tag.objectIdentifier, type) + DER.element(stringTag(type, value), value)))
            if index >= text.count { return DER.element(DER.Tag.sequence, names) }
            index += 1
        }
    }

    private static func identifier(_ word: [UInt8]) -> [UInt8]? {
        let lower = Name(word).lowercased
        for attribute in attributes where attribute.word.lowercased == lower {
            return prefix(attribute.family) + [attribute.number]
        }
        return nil
    }

    /// The string type that certificates usually have: IA5String for mail addresses and domain components, PrintableString where
    /// its characters suffice, otherwise UTF8String (RFC 5280 §4.1.2.4).
    private static func stringTag(_ type: [UInt8], _ value: [UInt8]) -> UInt8 {
        if type.count == 9 && type.last == 1 || type.count == 10 && type.last == 25 { return DER.Tag.ia5String }
        let isPrintable = value.allSatisfy {
            (0x41...0x5A).contains($0 & 0xDF) || (0x27...0x3A).contains($0) && $0 != 0x2A || $0 == 0x20 || $0 == 0x3D || $0 == 0x3F
        }
        return isPrintable ? DER.Tag.printableString : DER.Tag.utf8String
    }

    // MARK: From DER

    /// One attribute of a name.
    private struct AttributeTypeAndValue {
        var type: [UInt8]
        var value: [UInt8]
    }

    /// The attributes in order; `nil` when `der` is not a Name.
    private static func attributes(of der: [UInt8]) -> [AttributeTypeAndValue]? {
        var found: [AttributeTypeAndValue] = []
        do throws(WireError) {
            var walk = DER(der.span)
            var name = try walk.enter(DER.Tag.sequence)
            try walk.finish()
            while !name.isAtEnd {
                var set = try name.enter(DER.Tag.set)
                while !set.isAtEnd {
                    var pair = try set.enter(DER.Tag.sequence)
                    let type = try pair.octets(DER.Tag.objectIdentifier)
                    found.append(AttributeTypeAndValue(type: type, value: try pair.octets(pair.tag)))
                    try pair.finish()
                }
            }
        } catch { return nil }
        return found
    }

    /// `C=DE, O=Example, CN=gate`, printable and of a bounded length, for logs and terminals.
    public static func text(_ der: [UInt8]) -> Sentence {
        Text.shown(asConfigured(der).octets, atMost: Text.shownDistinguishedName, blanks: true)
    }

    /// `C=DE, O=Example, CN=gate` as ipsec.conf writes it. An attribute without a keyword is shown by its object identifier; a
    /// remark stands for DER that is not a Name.
    public static func asConfigured(_ der: [UInt8]) -> Sentence {
        guard let found = attributes(of: der) else { return "a distinguished name that cannot be read" }
        var text: Sentence = ""
        for attribute in found {
            if !text.isEmpty { text += ", " }
            var word: Sentence = "OID.\(Text.hex(attribute.type))"
            for known in attributes.reversed() where attribute.type == prefix(known.family) + [known.number] {
                word = "\(known.word)"
            }
            text += word
            text += "="
            for octet in attribute.value {
                if octet == UInt8(ascii: ",") || octet == UInt8(ascii: "\\") { text.octets.append(UInt8(ascii: "\\")) }
                text.octets.append(octet)
            }
        }
        return text
    }

    /// Whether `der` matches `pattern`: the same attributes in the same order, whatever their string type, without regard to case
    /// and repeated blanks (RFC 5280 §7.1). `*` as a value of the pattern matches any value.
    public static func matches(_ der: [UInt8], pattern: [UInt8]) -> Bool { compare(der, pattern, hasWildcards: true) }

    /// Whether two names are the same: as `matches`, but `*` has no special meaning.
    public static func areSame(_ one: [UInt8], _ two: [UInt8]) -> Bool { compare(one, two, hasWildcards: false) }

    private static func compare(_ der: [UInt8], _ pattern: [UInt8], hasWildcards: Bool) -> Bool {
        if der == pattern { return true }
        guard let names = attributes(of: der), let patterns = attributes(of: pattern), names.count == patterns.count else {
            return false
        }
        for (name, wanted) in zip(names, patterns) {
            guard name.type == wanted.type else { return false }
            if hasWildcards, wanted.value.count == 1, wanted.value.first == UInt8(ascii: "*") { continue }
            guard folded(name.value) == folded(wanted.value) else { return false }
        }
        return true
    }

    private static func folded(_ value: [UInt8]) -> [UInt8] {
        var folded: [UInt8] = []
        for octet in value where octet != 0x20 || folded.last != 0x20 && !folded.isEmpty {
            folded.append((0x41...0x5A).contains(octet) ? octet | 0x20 : octet)
        }
        if folded.last == 0x20 { folded.removeLast() }
        return folded
    }
}
