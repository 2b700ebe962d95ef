import Crypto
import Wire

/// A gateway for a name or an address, and its key, as the owner of the name or address publishes them in the DNS (RFC 4322 §3.2, RFC
/// 4025).
public struct Delegation: Sendable {
    /// The gateway.
    public enum GatewayField: Hashable, Sendable, Worded {
        /// The owner itself (IPSECKEY's gateway type 0).
        case itself
        /// A gateway with this address.
        case address(Address)
        /// A gateway with this name: `@gate.example.org`.
        case name(DomainName)

        /// As in a TXT record.
        public var sentence: Sentence {
            switch self {
            case .itself: "itself"
            case .address(let address): "\(address)"
            case .name(let name): "@\(name.name)"
            }
        }
    }

    /// The lowest is tried first.
    public let precedence: UInt16
    /// The gateway.
    public let gateway: GatewayField
    /// The gateway's key; `nil` if it must be looked up at the gateway's own name.
    public let key: RSAPublicKey?

    /// The contents of a record.
    public init(precedence: UInt16, gateway: GatewayField, key: RSAPublicKey?) {
        self.precedence = precedence
        self.gateway = gateway
        self.key = key
    }

    // MARK: IPSECKEY (RFC 4025 §2)

    /// Reads a record's data to its end; `nil` if its gateway or algorithm is of an unknown kind.
    init?(ipsecKey reader: inout ByteReader) throws(WireError) {
        precedence = UInt16(try reader.uint8())
        let kind = try reader.uint8()
        let algorithm = try reader.uint8()
        switch kind {
        case 0: gateway = .itself
        case 1, 2:
            let at = reader.offset
            guard let address = Address(try reader.span(kind == 1 ? 4 : 16)), !address.isAny else { throw .malformed(at: at) }
            gateway = .address(address)
        case 3:
            // The reader contains only this record: a pointer cannot lead to another name of the message.
            gateway = .name(try DomainName(&reader))
        default: return nil
        }
        switch algorithm {
        case 0:
            guard reader.isAtEnd else { throw .malformed(at: reader.offset) }
            key = nil
        case 2:
            let at = reader.offset
            guard let read = RSAPublicKey(rfc3110: try reader.array(reader.remaining)) else { throw .malformed(at: at) }
            key = read
        default: return nil
        }
    }

    // MARK: X-IPsec-Server (RFC 4322 §5.2)

    /// The result of reading a TXT record.
    public enum Reading: Sendable {
        /// Another application's record, such as SPF.
        case foreign
        /// An `X-IPsec-Server` record with an error.
        case malformed
        /// A gateway, perhaps with its key.
        case delegation(Delegation)
    }

    /// The attribute's name, in any case.
    static let attribute: StaticString = "X-IPsec-Server"

    /// Reads `X-IPsec-Server(10)=192.0.2.11 AQPHZ…`. Blanks are allowed before and after the name, before and after the closing
    /// parenthesis, and after the equals sign. The gateway ends at a blank, and blanks in the key are ignored.
    public static func read(text: [UInt8]) -> Reading {
        var text = text[...]
        skipBlanks(&text)
        let name = attribute.octets
        guard text.count >= name.count, zip(text, name).allSatisfy({ DomainName.lower($0) == DomainName.lower($1) }) else {
            return .foreign
        }
        text = text.dropFirst(name.count)
        guard !text.contains(0), take("(", &text), let precedence = number(&text), take(")", &text), take("=", &text) else {
            return .malformed
        }
        skipBlanks(&text)
        let word = Array(text.prefix { !isBlank($0) })
        guard let gateway = gateway(word) else { return .malformed }
        let digits = text.dropFirst(word.count).filter { !isBlank($0) }
        if digits.isEmpty { return .delegation(Delegation(precedence: precedence, gateway: gateway, key: nil)) }
        guard let octets = Text.octets(base64: digits), let key = RSAPublicKey(rfc3110: octets) else { return .malformed }
        return .delegation(Delegation(precedence: precedence, gateway: gateway, key: key))
    }

    private static func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }

    private static func skipBlanks(_ text: inout ArraySlice<UInt8>) { text = text.drop { isBlank($0) } }

    /// Takes a character, and blanks before it.
    private static func take(_ sign: Unicode.Scalar, _ text: inout ArraySlice<UInt8>) -> Bool {
        skipBlanks(&text)
        guard text.first == UInt8(ascii: sign) else { return false }
        text.removeFirst()
        return true
    }

    /// A number from 0 to 65535: hexadecimal after `0x`, octal after another leading 0, otherwise decimal, as C's `strtoul` reads it.
    private static func number(_ text: inout ArraySlice<UInt8>) -> UInt16? {
        var base: UInt32 = 10
        if text.first == UInt8(ascii: "0") {
            base = 8
            let next = text.dropFirst().first
            if next == UInt8(ascii: "x") || next == UInt8(ascii: "X") {
                base = 16
                text.removeFirst(2)
            }
        }
        var value: UInt32?
        while let first = text.first, let digit = Text.hexValue(first), digit < base {
            let sum = (value ?? 0) * base + UInt32(digit)
            guard sum <= UInt32(UInt16.max) else { return nil }
            value = sum
            text.removeFirst()
        }
        return value.map { UInt16($0) }
    }

    private static func gateway(_ word: [UInt8]) -> GatewayField? {
        if word.first == UInt8(ascii: "@") {
            guard word.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let name = DomainName(Name(Array(word.dropFirst()))) else { return nil }
            return .name(name)
        }
        guard let address = Address(word), !address.isAny else { return nil }
        return .address(address)
    }
}
