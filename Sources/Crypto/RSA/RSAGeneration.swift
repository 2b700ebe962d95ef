import CMbedTLS

/// Generates a key with exponent 65537, in steps. It takes seconds, on a router minutes.
public final class RSAGeneration {
    private let bits: Int
    private let random: RandomSource
    /// The first prime, once it is found.
    private var prime: MPI?

    /// - Parameter bits: even, within `RSAPublicKey.bits`.
    /// - Throws: `badKeyLength`.
    public init(bits: Int, random: RandomSource) throws(CryptoError) {
        guard RSAPublicKey.bits.contains(bits), bits % 2 == 0 else { throw .badKeyLength }
        self.bits = bits
        self.random = random
    }

    /// Draws one number and tests whether it is prime. A key takes several hundred steps.
    /// - Returns: the key, after its last step.
    /// - Throws: `failed`.
    public func step() throws(CryptoError) -> RSAPrivateKey? {
        let number = try candidate()
        guard try isPrime(number) else { return nil }
        guard let other = prime.take() else {
            prime = consume number
            return nil
        }
        if unsafe mbedtls_mpi_cmp_mpi(other.pointer, number.pointer) < 0 {
            unsafe mbedtls_mpi_swap(other.pointer, number.pointer)
        }
        let exponent: [UInt8] = [1, 0, 1]
        return try Self.key(other, number, try MPI(exponent), bits)
    }

    /// An odd random number of half the key's length. Its two highest bits are set, so that the product of two has the key's length.
    private func candidate() throws(CryptoError) -> MPI {
        let length = bits / 2
        let octets = random.secret((length + 7) / 8)
        let number = try MPI(octets.bytes)
        var steps = Steps()
        unsafe steps.run(mbedtls_mpi_shift_r(number.pointer, octets.count * 8 - length))
        for bit in [length - 1, length - 2, 0] { unsafe steps.run(mbedtls_mpi_set_bit(number.pointer, bit, 1)) }
        guard steps.succeeded else { throw .failed }
        return number
    }

    private func isPrime(_ number: borrowing MPI) throws(CryptoError) -> Bool {
        let status = unsafe mbedtls_mpi_is_prime_ext(
            number.pointer, Self.rounds(bits / 2),
            { source, out, count in
                guard let source = unsafe source, let out = unsafe out else { return -1 }
                var span = unsafe MutableSpan(_unsafeStart: out, count: count)
                unsafe Unmanaged<RandomSource>.fromOpaque(source).takeUnretainedValue().fill(&span)
                return 0
            }, Unmanaged.passUnretained(random).toOpaque())
        if status == MBEDTLS_ERR_MPI_NOT_ACCEPTABLE { return false }
        guard status == 0 else { throw .failed }
        return true
    }

    /// The rounds of the Miller-Rabin test after which a random number of that length is composite with a probability below 2^-100
    /// (FIPS 186-4 §C.3), as mbedTLS has them.
    private static func rounds(_ bits: Int) -> Int32 {
        switch bits {
        case 1450...: 4
        case 1150...: 5
        case 1000...: 6
        case 850...: 7
        case 750...: 8
        default: 13 // 500 bits and more
        }
    }

    /// The key of two primes, p > q; `nil` when they do not suit each other or the exponent (FIPS 186-4 §B.3.1).
    private static func key(
        _ p: borrowing MPI, _ q: borrowing MPI, _ e: borrowing MPI, _ bits: Int
    ) throws(CryptoError) -> RSAPrivateKey? {
        let p1 = MPI()
        let q1 = MPI()
        let n = MPI()
        let d = MPI()
        let d1 = MPI()
        let d2 = MPI()
        let inverse = MPI()
        let scratch = MPI()
        var steps = Steps()
        unsafe steps.run(mbedtls_mpi_sub_mpi(scratch.pointer, p.pointer, q.pointer))
        guard unsafe mbedtls_mpi_bitlen(scratch.pointer) > bits / 2 - 100 else { return nil }
        unsafe steps.run(mbedtls_mpi_mul_mpi(n.pointer, p.pointer, q.pointer))
        guard unsafe mbedtls_mpi_bitlen(n.pointer) == bits else { return nil }
        unsafe steps.run(mbedtls_mpi_sub_int(p1.pointer, p.pointer, 1))
        unsafe steps.run(mbedtls_mpi_sub_int(q1.pointer, q.pointer, 1))
        // d is e's inverse modulo the least common multiple of p-1 and q-1.
        unsafe steps.run(mbedtls_mpi_gcd(scratch.pointer, p1.pointer, q1.pointer))
        unsafe steps.run(mbedtls_mpi_mul_mpi(d1.pointer, p1.pointer, q1.pointer))
        unsafe steps.run(mbedtls_mpi_div_mpi(d2.pointer, nil, d1.pointer, scratch.pointer))
        guard steps.succeeded else { throw .failed }
        guard unsafe mbedtls_mpi_inv_mod(d.pointer, e.pointer, d2.pointer) == 0,
            unsafe mbedtls_mpi_bitlen(d.pointer) > bits / 2
        else { return nil }
        unsafe steps.run(mbedtls_mpi_mod_mpi(d1.pointer, d.pointer, p1.pointer))
        unsafe steps.run(mbedtls_mpi_mod_mpi(d2.pointer, d.pointer, q1.pointer))
        unsafe steps.run(mbedtls_mpi_inv_mod(inverse.pointer, q.pointer, p.pointer))
        guard steps.succeeded else { throw .failed }
        return try RSAPrivateKey([
            n.secret(), e.secret(), d.secret(), p.secret(), q.secret(), d1.secret(), d2.secret(), inverse.secret(),
        ])
    }
}

extension MPI {
    /// In network order without leading zeros.
    func secret() throws(CryptoError) -> Secret {
        let secret = Secret(count: unsafe mbedtls_mpi_size(pointer))
        try secret.withMutableBytes { (bytes) throws(CryptoError) in try write(into: &bytes) }
        return secret
    }
}
