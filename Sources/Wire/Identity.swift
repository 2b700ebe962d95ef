/// Who a peer says it is (RFC 2407 §4.6.2.1).
public enum Identity: Hashable, Sendable, CustomStringConvertible {
    case address(Address)
    /// `@gate.example.com` in ipsec.conf; stored without the `@`.
    case fqdn(Name)
    /// `user@example.com`
    case userFQDN(Name)
    /// A distinguished name, DER.
    case distinguishedName([UInt8])
    /// `@#` and hexadecimal in ipsec.conf.
    case keyID([UInt8])

    /// As ipsec.conf writes it; a distinguished name only as a digestible hint, since its text form needs ASN.1.
    public var description: String {
        switch self {
        case .address(let address): "\(address)"
        case .fqdn(let name): "@\(name)"
        case .userFQDN(let name): "\(name)"
        case .distinguishedName(let der): "a distinguished name of \(der.count) octets"
        case .keyID(let bytes): "@#\(Text.hex(bytes))"
        }
    }
}
