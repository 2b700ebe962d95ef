import Crypto
import Wire

/// What the owner of a name or an address says there: which gateway speaks for it, and by which key it is known (RFC 4322 §3.2,
/// RFC 4025).
public struct Delegation: Sendable {
    /// Who speaks for the name.
    public enum Gateway: Hashable, Sendable, Worded {
        /// The name's own host (IPSECKEY's gateway type 0).
        case itself
        /// The gateway at an address.
        case address(Address)
        /// The gateway known by a name: `@gate.example.org`.
        case name(DomainName)

        /// As a TXT record writes it.
        public var sentence: Sentence {
            switch self {
            case .itself: "itself"
            case .address(let address): "\(address)"
            case .name(let name): "@\(name.name)"
            }
        }
    }

    /// Lower is tried first.
    public let precedence: UInt16
    /// Who speaks for the name.
    public let gateway: Gateway
    /// The gateway's key; `nil` when it has to be asked for under the gateway's own name.
    public let key: RSAPublicKey?

    /// What a record would say.
    public init(precedence: UInt16, gateway: Gateway, key: RSAPublicKey?) {
        self.precedence = precedence
        self.gateway = gateway
        self.key = key
    }

    // MARK: IPSECKEY (RFC 4025 §2)

    /// Reads a record's data to its end; `nil` where gateway or algorithm are of a kind that we do not know.
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
            // The reader sees nothing before the record, and so no pointer leads anywhere.
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

    /// What a TXT record says, if it is such a one.
    public enum Reading: Sendable {
        /// Somebody else's: SPF, say.
        case foreign
        /// It begins as ours do, and what follows is wrong.
        case malformed
        /// A gateway, perhaps with its key.
        case delegation(Delegation)
    }

    /// The attribute's name; case does not count.
    static let attribute: StaticString = "X-IPsec-Server"

    /// Reads `X-IPsec-Server(10)=192.0.2.11 AQPHZ…`: blanks may stand before and behind the name, before and behind the closing
    /// parenthesis, and behind the equals sign; the gateway ends at a blank, and blanks in the key do not count.
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

    /// A sign, perhaps behind blanks.
    private static func take(_ sign: Unicode.Scalar, _ text: inout ArraySlice<UInt8>) -> Bool {
        skipBlanks(&text)
        guard text.first == UInt8(ascii: sign) else { return false }
        text.removeFirst()
        return true
    }

    /// 0 to 65535: hexadecimal behind `0x`, octal behind another leading 0, otherwise decimal, as C's `strtoul` reads it.
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

    private static func gateway(_ word: [UInt8]) -> Gateway? {
        if word.first == UInt8(ascii: "@") {
            guard word.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let name = DomainName(Name(Array(word.dropFirst()))) else { return nil }
            return .name(name)
        }
        guard let address = Address(word), !address.isAny else { return nil }
        return .address(address)
    }
}
