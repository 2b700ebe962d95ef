import Wire

/// The common form of certificates and CRLs (RFC 5280 §4.1.1, §5.1.1): contents, signature algorithm, signature.
struct SignedDER: Sendable {
    /// Range of the signed contents in the whole, with their tag and length.
    let contents: Range<Int>
    /// The AlgorithmIdentifier, which the contents repeat.
    let algorithm: [UInt8]
    let signature: [UInt8]

    init(_ der: Span<UInt8>) throws(WireError) {
        var outer = DER(der)
        var parts = try outer.enter(DER.Tag.sequence)
        try outer.finish()
        let start = parts.offset
        try parts.skip()
        contents = start..<parts.offset
        algorithm = try parts.octets(DER.Tag.sequence)
        var bits = try parts.enter(DER.Tag.bitString)
        try parts.finish()
        let octets = try bits.rest()
        guard octets.first == 0 else { throw .malformed(at: parts.offset) }
        signature = Array(octets.dropFirst())
    }

    /// The hash of the signature algorithm; `nil` for everything but RSA with SHA-2.
    var hash: Hash? {
        // PKCS#1's algorithms, and NULL as parameters (RFC 4055 §5).
        guard algorithm.count == 13, algorithm.starts(with: [0x06, 0x09] + ObjectIdentifier.pkcs1), algorithm[11...] == [5, 0]
        else { return nil }
        switch algorithm[10] {
        case 11: return .sha256
        case 12: return .sha384
        case 13: return .sha512
        default: return nil
        }
    }

    /// Whether `key` signed the contents of `der`, from which this was read.
    func verifies(_ der: [UInt8], by key: RSAPublicKey) -> Bool {
        guard let hash else { return false }
        // DigestInfo (RFC 8017 §9.2): SEQUENCE { SEQUENCE { OID of the hash, NULL }, OCTET STRING }.
        let length = UInt8(hash.length)
        let last: UInt8 = hash == .sha256 ? 1 : hash == .sha384 ? 2 : 3
        let info: [UInt8] = [
            0x30, 0x11 + length, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last, 0x05, 0x00,
            0x04, length,
        ]
        return key.verifies(signature, of: info + hash(der.span.extracting(contents)))
    }
}

extension DER {
    /// UTCTime or GeneralizedTime in the one form that RFC 5280 §4.1.2.5 allows each: seconds since 1970.
    mutating func time() throws(WireError) -> Int64 {
        let start = offset
        let isShort = tag == Tag.utcTime
        var digits = try octets(isShort ? Tag.utcTime : Tag.generalizedTime)
        guard digits.count == (isShort ? 13 : 15), digits.removeLast() == UInt8(ascii: "Z") else { throw .malformed(at: start) }
        if isShort { digits = (digits[0] >= UInt8(ascii: "5") ? [0x31, 0x39] : [0x32, 0x30]) + digits }
        var numbers: [Int64] = []
        for index in stride(from: 0, to: 14, by: 2) {
            guard let number = Text.decimal(digits[index..<(index + 2)]) else { throw .malformed(at: start) }
            numbers.append(Int64(number))
        }
        let (month, day) = (numbers[2], numbers[3])
        guard (1...12).contains(month), (1...31).contains(day), numbers[4] < 24, numbers[5] < 60, numbers[6] < 61 else {
            throw .malformed(at: start)
        }
        // The days of a calendar that begins in March, so that the leap day is a year's last.
        let year = numbers[0] * 100 + numbers[1] - (month < 3 ? 1 : 0)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let days = year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
        return ((days * 24 + numbers[4]) * 60 + numbers[5]) * 60 + numbers[6]
    }

    /// The next element with its tag and length.
    mutating func whole() throws(WireError) -> [UInt8] {
        let kind = tag
        return DER.element(kind, try octets(kind))
    }
}
