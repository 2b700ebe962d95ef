import CMbedTLS

/// An RSA private key with the numbers of the Chinese remainder theorem (RFC 8017 §3.2). It wipes itself.
public final class RSAPrivateKey: Sendable {
    /// The numbers in the order of PKCS#1 and of ipsec.secrets, each in network order.
    public enum Part: Int, CaseIterable, Sendable {
        case modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient
    }

    /// The corresponding public key.
    public let publicKey: RSAPublicKey
    private let parts: [Secret]

    /// A key from its numbers.
    /// - Parameter parts: the eight numbers in the order of `Part`; leading zeros are allowed.
    /// - Throws: `badKeyLength` when `RSAPublicKey` refuses the public key, `unsupported` when the numbers are inconsistent,
    ///   `failed`.
    public init(_ parts: [Secret]) throws(CryptoError) {
        guard parts.count == Part.allCases.count,
            let key = RSAPublicKey(modulus: Self.octets(parts[0]), exponent: Self.octets(parts[1]))
        else { throw .badKeyLength }
        publicKey = key
        self.parts = parts
        try check()
    }

    /// One of the numbers.
    public subscript(part: Part) -> Secret { parts[part.rawValue] }

    private static func octets(_ secret: Secret) -> [UInt8] {
        var octets: [UInt8] = []
        for index in 0..<secret.count { octets.append(secret.bytes[index]) }
        return octets
    }

    private func number(_ part: Part) throws(CryptoError) -> MPI { try MPI(self[part].bytes) }

    /// n = pq, e·dP ≡ 1 (mod p-1), e·dQ ≡ 1 (mod q-1), q·qInv ≡ 1 (mod p): what signing relies on.
    private func check() throws(CryptoError) {
        let n = try number(.modulus)
        let e = try number(.publicExponent)
        let p = try number(.prime1)
        let q = try number(.prime2)
        guard unsafe mbedtls_mpi_cmp_int(p.pointer, 2) > 0, unsafe mbedtls_mpi_cmp_int(q.pointer, 2) > 0 else {
            throw .unsupported
        }
        let product = MPI()
        guard unsafe mbedtls_mpi_mul_mpi(product.pointer, p.pointer, q.pointer) == 0 else { throw .failed }
        guard unsafe mbedtls_mpi_cmp_mpi(product.pointer, n.pointer) == 0 else { throw .unsupported }
        try checkInverse(q, number(.coefficient), modulo: p)
        guard unsafe mbedtls_mpi_sub_int(p.pointer, p.pointer, 1) == 0,
            unsafe mbedtls_mpi_sub_int(q.pointer, q.pointer, 1) == 0
        else { throw .failed }
        try checkInverse(e, number(.exponent1), modulo: p)
        try checkInverse(e, number(.exponent2), modulo: q)
    }

    private func checkInverse(
        _ one: borrowing MPI, _ other: borrowing MPI, modulo modulus: borrowing MPI
    ) throws(CryptoError) {
        let product = MPI()
        let remainder = MPI()
        guard unsafe mbedtls_mpi_mul_mpi(product.pointer, one.pointer, other.pointer) == 0,
            unsafe mbedtls_mpi_mod_mpi(remainder.pointer, product.pointer, modulus.pointer) == 0
        else { throw .failed }
        guard unsafe mbedtls_mpi_cmp_int(remainder.pointer, 1) == 0 else { throw .unsupported }
    }

    /// Signs `content` with PKCS#1 v1.5 padding; IKEv1's content is the bare hash (RFC 2409 §5.1).
    ///
    /// Base and exponents are blinded against timing and power analysis, and the result is verified before it is returned: a fault
    /// in one half of the Chinese remainder theorem would reveal the primes.
    ///
    /// - Throws: `badLength` when the content is too long for the key, `failed`.
    public func sign(_ content: [UInt8], random: RandomSource) throws(CryptoError) -> [UInt8] {
        guard let block = RSAPadding.block(content, count: publicKey.modulus.count) else { throw .badLength }
        let n = try number(.modulus)
        let e = try number(.publicExponent)
        let x = try MPI(block)
        // The blinding value and its inverse. The inverse is made of a product with another random value, because making
        // it takes a time that depends on what it is made of.
        let blind = try MPI(random.secret(block.count).bytes)
        let mask = try MPI(random.secret(block.count).bytes)
        let inverse = MPI()
        let base = MPI()
        var steps = Steps()
        unsafe steps.run(mbedtls_mpi_mod_mpi(blind.pointer, blind.pointer, n.pointer))
        steps.multiply(base, blind, mask, modulo: n)
        unsafe steps.run(mbedtls_mpi_inv_mod(inverse.pointer, base.pointer, n.pointer))
        steps.multiply(inverse, inverse, mask, modulo: n)
        unsafe steps.run(mbedtls_mpi_exp_mod(base.pointer, inverse.pointer, e.pointer, n.pointer, nil))
        steps.multiply(base, base, x, modulo: n)
        guard steps.succeeded else { throw .failed }

        let p = try number(.prime1)
        let q = try number(.prime2)
        let half1 = try half(base, number(.exponent1), p, random)
        let half2 = try half(base, number(.exponent2), q, random)
        let coefficient = try number(.coefficient)
        unsafe steps.run(mbedtls_mpi_sub_mpi(half1.pointer, half1.pointer, half2.pointer))
        steps.multiply(half1, half1, coefficient, modulo: p)
        unsafe steps.run(mbedtls_mpi_mul_mpi(half1.pointer, half1.pointer, q.pointer))
        unsafe steps.run(mbedtls_mpi_add_mpi(half1.pointer, half1.pointer, half2.pointer))
        steps.multiply(half1, half1, blind, modulo: n)
        guard steps.succeeded else { throw .failed }
        var signature = [UInt8](repeating: 0, count: block.count)
        var span = signature.mutableSpan
        try half1.write(into: &span)
        guard publicKey.verifies(signature, of: content) else { throw .failed }
        return signature
    }

    /// base^(exponent + r·(prime-1)) mod prime, r random.
    private func half(
        _ base: borrowing MPI, _ exponent: borrowing MPI, _ prime: borrowing MPI, _ random: RandomSource
    ) throws(CryptoError) -> MPI {
        let blind = try MPI(random.secret(28).bytes)
        let reduced = MPI()
        var steps = Steps()
        unsafe steps.run(mbedtls_mpi_sub_int(reduced.pointer, prime.pointer, 1))
        unsafe steps.run(mbedtls_mpi_mul_mpi(blind.pointer, blind.pointer, reduced.pointer))
        unsafe steps.run(mbedtls_mpi_add_mpi(blind.pointer, blind.pointer, exponent.pointer))
        unsafe steps.run(mbedtls_mpi_mod_mpi(reduced.pointer, base.pointer, prime.pointer))
        let result = MPI()
        unsafe steps.run(mbedtls_mpi_exp_mod(result.pointer, reduced.pointer, blind.pointer, prime.pointer, nil))
        guard steps.succeeded else { throw .failed }
        return result
    }
}

/// Collects the results of a series of mbedTLS calls, which are checked once at the end.
struct Steps {
    private(set) var succeeded = true

    mutating func run(_ status: Int32) { if status != 0 { succeeded = false } }

    /// result = a·b mod n, from 0 to n-1.
    mutating func multiply(_ result: borrowing MPI, _ a: borrowing MPI, _ b: borrowing MPI, modulo n: borrowing MPI) {
        unsafe run(mbedtls_mpi_mul_mpi(result.pointer, a.pointer, b.pointer))
        unsafe run(mbedtls_mpi_mod_mpi(result.pointer, result.pointer, n.pointer))
    }
}
