/// Who a peer says it is (RFC 2407 §4.6.2.1).
public enum Identity: Hashable, Sendable, Worded {
    case address(Address)
    /// `@gate.example.com` in ipsec.conf; stored without the `@`.
    case fqdn(Name)
    /// `user@example.com`
    case userFQDN(Name)
    /// A distinguished name, DER.
    case distinguishedName([UInt8])
    /// `@#` and hexadecimal in ipsec.conf.
    case keyID([UInt8])

    /// For people: as ipsec.conf writes it, but printable and of a bounded length, for a peer may have made it.
    public var sentence: Sentence {
        switch self {
        case .fqdn(let name): "@\(Text.shown(name.bytes, atMost: Text.shownName))"
        case .userFQDN(let name): Text.shown(name.bytes, atMost: Text.shownName)
        case .distinguishedName(let der): DistinguishedName.text(der)
        case .keyID(let bytes) where bytes.count > Text.shownName / 2: "a key ID of \(bytes.count) octets"
        default: asConfigured
        }
    }

    /// Octet by octet as ipsec.conf writes it: for files and comparisons, not for people.
    public var asConfigured: Sentence {
        switch self {
        case .address(let address): "\(address)"
        case .fqdn(let name): "@\(name)"
        case .userFQDN(let name): "\(name)"
        case .distinguishedName(let der): DistinguishedName.asConfigured(der)
        case .keyID(let bytes): "@#\(Text.hex(bytes))"
        }
    }

    /// Whether this ID, which ipsec.conf gives, means `other`: names differ neither by case nor by a dot at the end, and `*` in a
    /// distinguished name stands for any value.
    public func matches(_ other: Identity) -> Bool {
        switch (self, other) {
        case (.fqdn(let a), .fqdn(let b)), (.userFQDN(let a), .userFQDN(let b)): Self.plain(a) == Self.plain(b)
        case (.distinguishedName(let pattern), .distinguishedName(let der)):
            DistinguishedName.matches(der, pattern: pattern)
        default: self == other
        }
    }

    /// Whether two IDs that peers sent are one. Symmetric: `*` is a letter.
    public func isSame(as other: Identity) -> Bool {
        if case .distinguishedName(let one) = self, case .distinguishedName(let two) = other {
            return DistinguishedName.areSame(one, two)
        }
        return matches(other)
    }

    private static func plain(_ name: Name) -> Name {
        let lower = name.lowercased
        return lower.bytes.last == UInt8(ascii: ".") ? Name(Array(lower.bytes.dropLast())) : lower
    }
}
