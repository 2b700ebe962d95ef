import CMbedTLS

/// Diffie-Hellman modulo a prime (RFC 2409 §6.2, RFC 3526), generator 2.
struct MODP: ~Copyable {
    private let prime: MPI

    init(_ group: Group) throws(CryptoError) { prime = try MPI(MODPPrime.octets(group).span) }

    /// Octets of the private exponent: at least twice the group's strength (RFC 3526 §8, NIST SP 800-57). A full-length exponent
    /// would cost eight times the work without more security.
    static func exponentLength(_ group: Group) -> Int {
        switch group {
        case .modp1024, .modp1536, .modp2048: 32
        case .modp3072: 36
        case .modp4096: 40
        case .modp6144: 48
        default: 52
        }
    }

    /// The exponent's highest bit is set, so that all exponents take the same number of steps.
    static func privateValue(_ group: Group, _ random: RandomSource) -> Secret {
        let value = random.secret(exponentLength(group))
        value.withMutableBytes { $0[0] |= 0x80 }
        return value
    }

    /// 2^exponent.
    func publicValue(_ exponent: Secret, into out: inout MutableSpan<UInt8>) throws(CryptoError) {
        let two: InlineArray<1, UInt8> = [2]
        try power(MPI(two.span), exponent, into: &out)
    }

    /// peer^exponent, where `peer` is 2 to p-2: with 0, 1 and p-1 the secret would be known (RFC 2412 §E, NIST SP 800-56A
    /// §5.6.2.3.1).
    func sharedSecret(
        _ exponent: Secret, with peer: Span<UInt8>, into out: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        let base = try MPI(peer)
        let largest = MPI()
        guard unsafe mbedtls_mpi_sub_int(largest.pointer, prime.pointer, 2) == 0 else { throw .failed }
        guard unsafe mbedtls_mpi_cmp_int(base.pointer, 2) >= 0,
            unsafe mbedtls_mpi_cmp_mpi(base.pointer, largest.pointer) <= 0
        else { throw .badPublicValue }
        try power(base, exponent, into: &out)
    }

    private func power(
        _ base: borrowing MPI, _ exponent: Secret, into out: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        let result = MPI()
        let exponent = try MPI(exponent.bytes)
        guard unsafe mbedtls_mpi_exp_mod(result.pointer, base.pointer, exponent.pointer, prime.pointer, nil) == 0
        else { throw .failed }
        try result.write(into: &out)
    }
}
