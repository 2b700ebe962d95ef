import CMbedTLS

extension RSAPrivateKey {
    /// Generates a key with exponent 65537. Takes seconds, on a router minutes.
    ///
    /// - Parameters:
    ///   - bits: even, within `RSAPublicKey.bits`.
    ///   - goesOn: called a few hundred times; `false` cancels.
    /// - Throws: `badKeyLength`, `unsupported` when cancelled, `failed`.
    public static func generate(
        bits: Int, random: RandomSource, goesOn: @escaping () -> Bool
    ) throws(CryptoError) -> RSAPrivateKey {
        guard RSAPublicKey.bits.contains(bits), bits % 2 == 0 else { throw .badKeyLength }
        let draw = Draw(random, goesOn)
        let exponent: [UInt8] = [1, 0, 1]
        let e = try MPI(exponent)
        while true {
            let p = try prime(bits / 2, draw)
            let q = try prime(bits / 2, draw)
            if unsafe mbedtls_mpi_cmp_mpi(p.pointer, q.pointer) < 0 { unsafe mbedtls_mpi_swap(p.pointer, q.pointer) }
            if let key = try key(p, q, e, bits) { return key }
        }
    }

    /// The random source of a prime's search, which may cancel it.
    private final class Draw {
        let random: RandomSource
        let goesOn: () -> Bool
        var hasEnded = false

        init(_ random: RandomSource, _ goesOn: @escaping () -> Bool) {
            self.random = random
            self.goesOn = goesOn
        }

        func fill(_ bytes: inout MutableSpan<UInt8>) -> Bool {
            if !hasEnded, !goesOn() { hasEnded = true }
            if !hasEnded { random.fill(&bytes) }
            return !hasEnded
        }
    }

    /// A prime whose two highest bits are set, so that the product of two has their combined length.
    private static func prime(_ bits: Int, _ draw: Draw) throws(CryptoError) -> MPI {
        let prime = MPI()
        let status = unsafe mbedtls_mpi_gen_prime(
            prime.pointer, bits, Int32(MBEDTLS_MPI_GEN_PRIME_FLAG_LOW_ERR.rawValue),
            { draw, out, count in
                guard let draw = unsafe draw, let out = unsafe out else { return -1 }
                var span = unsafe MutableSpan(_unsafeStart: out, count: count)
                return unsafe Unmanaged<Draw>.fromOpaque(draw).takeUnretainedValue().fill(&span) ? 0 : -1
            }, Unmanaged.passUnretained(draw).toOpaque())
        if draw.hasEnded { throw .unsupported }
        guard status == 0 else { throw .failed }
        return prime
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
