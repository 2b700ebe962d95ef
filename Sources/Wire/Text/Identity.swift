/// A peer's identity (RFC 2407 §4.6.2.1).
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

    /// As ipsec.conf writes it, but printable and of a bounded length, because it may come from a peer.
    public var sentence: Sentence {
        switch self {
        case .fqdn(let name): "@\(Text.shown(name.bytes, atMost: Text.shownName))"
        case .userFQDN(let name): Text.shown(name.bytes, atMost: Text.shownName)
        case .distinguishedName(let der): DistinguishedName.text(der)
        case .keyID(let bytes) where bytes.count > Text.shownName / 2: "a key ID of \(bytes.count) octets"
        default: asConfigured
        }
    }

    /// Exactly as ipsec.conf writes it, for files and comparisons. Not for logs or terminals.
    public var asConfigured: Sentence {
        switch self {
        case .address(let address): "\(address)"
        case .fqdn(let name): "@\(name)"
        case .userFQDN(let name): "\(name)"
        case .distinguishedName(let der): DistinguishedName.asConfigured(der)
        case .keyID(let bytes): "@#\(Text.hex(bytes))"
        }
    }

    /// Whether this ID, taken from ipsec.conf, matches `other`. Case and a trailing dot of a name do not count, and `*` in a
    /// distinguished name matches any value.
    public func matches(_ other: Identity) -> Bool {
        switch (self, other) {
        case (.fqdn(let a), .fqdn(let b)), (.userFQDN(let a), .userFQDN(let b)): Self.plain(a) == Self.plain(b)
        case (.distinguishedName(let pattern), .distinguishedName(let der)):
            DistinguishedName.matches(der, pattern: pattern)
        default: self == other
        }
    }

    /// Whether two IDs that peers sent are the same. Symmetric: `*` has no special meaning.
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

extension Sentence.StringInterpolation {
    /// Appends an identity, printable and of a bounded length.
    public mutating func appendInterpolation(_ identity: Identity) { octets += identity.sentence.octets }
}
