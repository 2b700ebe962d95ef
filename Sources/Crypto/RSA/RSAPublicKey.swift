import CMbedTLS
import Wire

/// An RSA public key (RFC 8017).
public final class RSAPublicKey: Sendable {
    /// Bits of an accepted modulus. A shorter one can be factored; a longer one would let a stranger keep a router busy.
    public static let bits = 1024...8192
    /// Octets of the longest public exponent; common ones are 3 and 65537. The cost of verification is proportional to its length.
    static let exponentOctets = 4

    /// The modulus n in network order without leading zeros.
    public let modulus: [UInt8]
    /// The public exponent e in network order without leading zeros.
    public let exponent: [UInt8]

    /// A key from its numbers in network order; `nil` when the modulus has more or fewer bits than `bits`, the exponent is longer
    /// than 32 bits or below 3, or either is even.
    public init?(modulus: [UInt8], exponent: [UInt8]) {
        let modulus = Array(modulus.drop { $0 == 0 })
        let exponent = Array(exponent.drop { $0 == 0 })
        guard let first = modulus.first, let last = modulus.last, last & 1 == 1,
            Self.bits.contains(modulus.count * 8 - first.leadingZeroBitCount),
            exponent.count <= Self.exponentOctets, let low = exponent.last, low & 1 == 1, exponent.count > 1 || low > 1
        else { return nil }
        self.modulus = modulus
        self.exponent = exponent
    }

    /// From the form of RFC 3110 §2: the exponent's length, the exponent, the modulus.
    public convenience init?(rfc3110 octets: [UInt8]) {
        guard let first = octets.first else { return nil }
        var start = 1
        var length = Int(first)
        if length == 0 {
            guard octets.count > 3 else { return nil }
            length = Int(octets[1]) << 8 | Int(octets[2])
            start = 3
        }
        guard length > 0, octets.count > start + length else { return nil }
        self.init(modulus: Array(octets[(start + length)...]), exponent: Array(octets[start..<(start + length)]))
    }

    /// The form of RFC 3110 §2.
    public var rfc3110: [UInt8] { [UInt8(exponent.count)] + exponent + modulus }

    /// Bits of the modulus.
    public var bitCount: Int { modulus.count * 8 - modulus[0].leadingZeroBitCount }

    /// FreeS/WAN's key ID: the first nine characters of the key in base 64.
    public var keyID: Sentence { Sentence(octets: Array(Text.base64(rfc3110).octets.prefix(9))) }

    /// Whether both keys have the same modulus and exponent.
    public func equals(_ other: RSAPublicKey) -> Bool { modulus == other.modulus && exponent == other.exponent }

    /// Whether `signature` is a PKCS#1 v1.5 signature of `content`. IKEv1's content is the bare hash (RFC 2409 §5.1), a
    /// certificate's the hash in a DigestInfo.
    ///
    /// The expected padded block is built and compared; nothing of the signature is parsed.
    public func verifies(_ signature: [UInt8], of content: [UInt8]) -> Bool {
        guard signature.count == modulus.count, let expected = RSAPadding.block(content, count: modulus.count),
            let opened = try? power(signature)
        else { return false }
        var difference: UInt8 = 0
        for index in expected.indices { difference |= expected[index] ^ opened[index] }
        return difference == 0
    }

    private func power(_ signature: [UInt8]) throws(CryptoError) -> [UInt8] {
        let modulus = try MPI(self.modulus)
        let number = try MPI(signature)
        let exponent = try MPI(self.exponent)
        let result = MPI()
        guard unsafe mbedtls_mpi_cmp_mpi(number.pointer, modulus.pointer) < 0,
            unsafe mbedtls_mpi_exp_mod(result.pointer, number.pointer, exponent.pointer, modulus.pointer, nil) == 0
        else { throw .failed }
        var octets = [UInt8](repeating: 0, count: self.modulus.count)
        var span = octets.mutableSpan
        try result.write(into: &span)
        return octets
    }
}

enum RSAPadding {
    /// 0, 1, at least eight octets of ones, 0, the content (RFC 8017 §9.2, with any content as T).
    static func block(_ content: [UInt8], count: Int) -> [UInt8]? {
        guard content.count + 11 <= count else { return nil }
        var block = [UInt8](repeating: 0xff, count: count)
        block[0] = 0
        block[1] = 1
        let start = count - content.count
        block[start - 1] = 0
        for index in content.indices { block[start + index] = content[index] }
        return block
    }
}
