import Wire

/// PEM (RFC 7468): DER in base 64 between two lines with a label, optionally encrypted (RFC 1421).
public enum PEM {
    /// Most blocks of one file: a chain and its CRLs.
    static let blocks = 32

    /// One block of a file.
    public struct Block: Sendable {
        /// The label, such as `CERTIFICATE` or `RSA PRIVATE KEY`; empty for a file in DER.
        public let label: Name
        /// The decoded contents, which may be a key and wipe themselves.
        public let der: Secret
        /// The value of `DEK-Info: AES-128-CBC,…` (RFC 1421 §4.6.1.3); empty when there is none.
        let encryption: [UInt8]
    }

    /// The blocks of a file in order; other text is ignored. A file in DER is one block with an empty label.
    public static func read(_ text: Span<UInt8>) -> [Block] {
        if text.count > 0, text[0] == DER.Tag.sequence { return [Block(label: "", der: Secret(text), encryption: [])] }
        var found: [Block] = []
        var label: Name?
        var bodyStart = 0
        var encryption: [UInt8] = []
        var start = 0
        while start < text.count, found.count < blocks {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
            let line = words(text, start..<end)
            if let opened = line.label(after: "-----BEGIN ") {
                (label, bodyStart, encryption) = (opened, end + 1, [])
            } else if let known = label, line.label(after: "-----END ") == known {
                if let der = decode(text, bodyStart..<start) {
                    found.append(Block(label: known, der: der, encryption: encryption))
                }
                label = nil
            } else if label != nil, line.hasPrefix("DEK-Info: ") {
                encryption = Array(line.bytes.dropFirst(10))
                bodyStart = end + 1
            } else if label != nil, line.hasPrefix("Proc-Type:") {
                bodyStart = end + 1
            }
            start = end + 1
        }
        return found
    }

    /// As `read(_:)` for borrowed octets.
    public static func read(_ text: Secret) -> [Block] { read(text.bytes) }

    /// A line that may be a label or a header; `nil` for base 64, which is not copied.
    private static func words(_ text: Span<UInt8>, _ range: Range<Int>) -> Name {
        guard range.count > 9, range.count < 80,
            text[range.lowerBound + 4] == UInt8(ascii: "-") || text[range.lowerBound + 8] == UInt8(ascii: ":")
                || text[range.lowerBound + 9] == UInt8(ascii: ":")
        else { return "" }
        var octets: [UInt8] = []
        for index in range where text[index] != UInt8(ascii: "\r") { octets.append(text[index]) }
        return Name(octets)
    }

    /// Decodes base 64 directly into memory that wipes itself; `nil` for anything else.
    private static func decode(_ text: Span<UInt8>, _ range: Range<Int>) -> Secret? {
        var count = 0
        for index in range where Text.base64Value(text[index]) != nil { count += 1 }
        guard count % 4 != 1 else { return nil }
        let secret = Secret(count: count * 6 / 8)
        var isGood = true
        secret.withMutableBytes { bytes in
            var gathered: UInt32 = 0
            var bits = 0
            var place = 0
            for index in range {
                guard let value = Text.base64Value(text[index]) else {
                    let octet = text[index]
                    if octet > 0x20, octet != UInt8(ascii: "=") { isGood = false }
                    continue
                }
                gathered = gathered << 6 | UInt32(value)
                bits += 6
                if bits >= 8 {
                    bits -= 8
                    bytes[place] = UInt8(truncatingIfNeeded: gathered >> UInt32(bits))
                    place += 1
                }
            }
        }
        return isGood && secret.count > 0 ? secret : nil
    }

    /// Encodes DER as a block, 64 characters a line.
    public static func write(_ label: StaticString, _ der: Secret) -> Sentence {
        var octets: [UInt8] = []
        for index in 0..<der.count { octets.append(der.bytes[index]) }
        let digits = Text.base64(octets).octets
        var text: Sentence = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: digits.count, by: 64) {
            text.octets += digits[start..<min(start + 64, digits.count)]
            text.octets.append(UInt8(ascii: "\n"))
        }
        return text + "-----END \(label)-----\n"
    }
}

extension Name {
    /// `CERTIFICATE` in `-----BEGIN CERTIFICATE-----`.
    fileprivate func label(after start: Name) -> Name? {
        guard hasPrefix(start), bytes.count > start.bytes.count + 5, Name(bytes.suffix(5)) == "-----" else { return nil }
        return Name(Array(bytes[start.bytes.count...].dropLast(5)))
    }
}
