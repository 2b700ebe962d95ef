import Crypto
import Wire

/// Numbers and keys in the forms of FreeS/WAN's `ttodata`: `0x` hexadecimal, `0s` base 64, `0t` text.
///
/// No key is copied into memory that does not wipe itself, and no diagnostic quotes one.
enum Keys {
    /// The octets that `text` stands for.
    static func secret(_ text: Slice) throws(Complaint) -> Secret {
        guard text.count > 2, text[0] == UInt8(ascii: "0") else { throw formComplaint }
        let digits = text[2..<text.count]
        switch text[1] {
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            return try gather(digits, bitsEach: 4, "hexadecimal digits, two for each octet") { Text.hexValue($0) }
        case UInt8(ascii: "s"), UInt8(ascii: "S"):
            var end = digits.count
            while end > 0, digits.count - end < 2, digits[end - 1] == UInt8(ascii: "=") { end -= 1 }
            return try gather(digits[0..<end], bitsEach: 6, "base 64") { base64Value($0) }
        case UInt8(ascii: "t"), UInt8(ascii: "T"): return copy(digits)
        default: throw formComplaint
        }
    }

    /// The octets themselves, in memory that wipes itself.
    static func copy(_ text: Slice) -> Secret {
        let secret = Secret(count: text.count)
        secret.withMutableBytes { bytes in
            for offset in 0..<text.count { bytes[offset] = text[offset] }
        }
        return secret
    }

    private static var formComplaint: Complaint {
        Complaint("expected 0x and hexadecimal digits, 0s and base 64, or 0t and text")
    }

    private static func gather(
        _ digits: Slice, bitsEach: Int, _ expected: Sentence, value: (UInt8) -> UInt8?
    ) throws(Complaint) -> Secret {
        // Counted first, so that the key is written once and nowhere else.
        var count = 0
        for offset in 0..<digits.count where digits[offset] != UInt8(ascii: "_") {
            guard value(digits[offset]) != nil else { throw Complaint("a character is not among \(expected)") }
            count += 1
        }
        let spare = count * bitsEach % 8
        guard count > 0, bitsEach == 4 ? spare == 0 : count % 4 != 1 else { throw Complaint("expected \(expected)") }
        let secret = Secret(count: count * bitsEach / 8)
        secret.withMutableBytes { bytes in
            var gathered: UInt32 = 0
            var bits = 0
            var place = 0
            for offset in 0..<digits.count {
                guard let worth = value(digits[offset]) else { continue }
                gathered = gathered << UInt32(bitsEach) | UInt32(worth)
                bits += bitsEach
                guard bits >= 8 else { continue }
                bits -= 8
                bytes[place] = UInt8(truncatingIfNeeded: gathered >> UInt32(bits))
                place += 1
            }
        }
        return secret
    }

    private static func base64Value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit - 0x41
        case 0x61...0x7A: digit - 0x61 + 26
        case 0x30...0x39: digit - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    // MARK: Manual keying

    /// An SPI of a manually keyed conn, 0x100 to 0xfff. IKE never allocates these.
    static func spi(_ bytes: [UInt8]) throws(Complaint) -> UInt32 {
        var value = Text.decimal(bytes)
        if Name(bytes).lowercased.hasPrefix("0x"), (3...10).contains(bytes.count) {
            value =
                bytes[2...].allSatisfy { Text.hexValue($0) != nil }
                ? bytes[2...].reduce(0) { $0 << 4 | UInt64(Text.hexValue($1) ?? 0) } : nil
        }
        guard let value, (0x100...0xfff).contains(value) else { throw Complaint("expected an SPI from 0x100 to 0xfff") }
        return UInt32(value)
    }

    /// The examples of the manual pages, which are not secret.
    private static let published: [StaticString] = ["0123456789abcdef02468ace13579bdf123456789abcdef0", "123456789abcdef02468ace013579bdf"]

    /// An encryption or authentication key.
    static func manual(_ text: Slice, warning: inout Sentence?) throws(Complaint) -> Secret {
        let key = try secret(text)
        for example in published {
            let octets = Text.octets(hex: example.octets) ?? []
            if key.equals(Secret(octets)) {
                warning =
                    "THIS KEY IS THE PUBLISHED EXAMPLE: ANYONE CAN READ WHAT IT PROTECTS. "
                    + "Put your own in its place at both ends"
            }
        }
        var isOneOctet = true
        for index in 0..<key.count where key.bytes[index] != key.bytes[0] { isOneOctet = false }
        if isOneOctet { throw Complaint("all its octets are the same, which is no key; 'ipsec ranbits' makes one") }
        return key
    }

    // MARK: RSA

    /// `leftrsasigkey=`: `0s` or `0x` and the octets of RFC 3110, or where else the key comes from.
    static func rsa(_ text: Slice, warning: inout Sentence?) throws(Complaint) -> End.RSAKey {
        switch Words("%none %cert %dns %dnsonload %dnsondemand").index(of: text.bytes) {
        case nil: break
        case 0: return .none
        case 1: return .certificate
        case 4: return .dnsOnDemand
        default: return .dnsOnLoad
        }
        let secret = try secret(text)
        var octets: [UInt8] = []
        for index in 0..<secret.count { octets.append(secret.bytes[index]) }
        guard let key = RSAPublicKey(rfc3110: octets) else {
            throw Complaint(
                "this is no RSA key of \(RSAPublicKey.bits.lowerBound) to \(RSAPublicKey.bits.upperBound) bits "
                    + "in the form of RFC 3110, as 'ipsec showhostkey' prints it")
        }
        if key.bitCount < 2048 { warning = "the key has \(key.bitCount) bits only; 2048 are the least that is sound today" }
        return .key(key)
    }
}
