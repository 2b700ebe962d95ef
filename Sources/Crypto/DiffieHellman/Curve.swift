import CMbedTLS

/// Diffie-Hellman on an elliptic curve (RFC 5903, RFC 8031).
@safe struct Curve: ~Copyable {
    private let group: Group
    private let curve: UnsafeMutablePointer<mbedtls_ecp_group>

    init(_ group: Group) throws(CryptoError) {
        self.group = group
        unsafe curve = .allocate(capacity: 1)
        unsafe mbedtls_ecp_group_init(curve)
        let name: mbedtls_ecp_group_id
        switch group {
        case .ecp256: name = MBEDTLS_ECP_DP_SECP256R1
        case .ecp384: name = MBEDTLS_ECP_DP_SECP384R1
        case .ecp521: name = MBEDTLS_ECP_DP_SECP521R1
        default: name = MBEDTLS_ECP_DP_CURVE25519
        }
        guard unsafe mbedtls_ecp_group_load(curve, name) == 0 else { throw .failed }
    }

    deinit {
        unsafe mbedtls_ecp_group_free(curve)
        unsafe curve.deallocate()
    }

    /// A point; freed with its coordinates wiped.
    @safe private struct Point: ~Copyable {
        let pointer: UnsafeMutablePointer<mbedtls_ecp_point>

        init() {
            unsafe pointer = .allocate(capacity: 1)
            unsafe mbedtls_ecp_point_init(pointer)
        }

        deinit {
            unsafe mbedtls_ecp_point_free(pointer)
            unsafe pointer.deallocate()
        }
    }

    private var isMontgomery: Bool { group == .curve25519 }

    /// A private value as octets: 1 to n-1 in network order, or as RFC 7748 §5 clamps it.
    func privateValue(_ random: RandomSource) throws(CryptoError) -> Secret {
        // A candidate past the order is drawn again; one in two at the worst, so a sound source never gets to the end.
        for _ in 0..<128 {
            let value = random.secret(group.sharedSecretLength)
            value.withMutableBytes { value in
                switch group {
                case .ecp521: value[0] &= 1
                case .curve25519:
                    value[0] &= 248
                    value[31] = value[31] & 127 | 64
                default: break
                }
            }
            let number = try scalar(value)
            if unsafe mbedtls_ecp_check_privkey(curve, number.pointer) == 0 { return value }
        }
        throw .failed
    }

    /// As the KE payload carries it.
    func publicValue(_ secret: Secret, _ random: RandomSource) throws(CryptoError) -> [UInt8] {
        let result = Point()
        let number = try scalar(secret)
        guard unsafe multiply(result, number.pointer, &curve.pointee.G, random) == 0 else { throw .failed }
        let octets = try export(result)
        return unsafe octets.bytes.extracting((isMontgomery ? 0 : 1)...).withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// The x coordinate (RFC 5903 §9), or Curve25519's one.
    func sharedSecret(
        _ secret: Secret, with peer: Span<UInt8>, _ random: RandomSource
    ) throws(CryptoError) -> Secret {
        let point = Point()
        // Uncompressed form, as mbedTLS wants it: 4, x, y.
        let prefix = isMontgomery ? 0 : 1
        var encoded = [UInt8](repeating: 4, count: prefix + peer.count)
        for index in peer.indices { encoded[prefix + index] = peer[index] }
        guard
            unsafe encoded.span.withUnsafeBufferPointer({
                unsafe mbedtls_ecp_point_read_binary(curve, point.pointer, $0.baseAddress, $0.count)
            }) == 0,
            unsafe mbedtls_ecp_check_pubkey(curve, point.pointer) == 0
        else { throw .badPublicValue }
        let result = Point()
        let number = try scalar(secret)
        switch unsafe multiply(result, number.pointer, point.pointer, random) {
        case 0: break
        case MBEDTLS_ERR_MPI_ALLOC_FAILED, MBEDTLS_ERR_ECP_ALLOC_FAILED: throw .failed
        default: throw .badPublicValue // a point of small order
        }
        let octets = try export(result)
        let shared = octets.slice(prefix..<(prefix + group.sharedSecretLength))
        guard !shared.equals(Secret(count: shared.count)) else { throw .badPublicValue }
        return shared
    }

    private func scalar(_ secret: Secret) throws(CryptoError) -> MPI {
        isMontgomery ? try MPI(littleEndian: secret.bytes) : try MPI(secret.bytes)
    }

    /// The random bytes blind the coordinates against timing and power analysis.
    private func multiply(
        _ result: borrowing Point, _ scalar: UnsafePointer<mbedtls_mpi>,
        _ point: UnsafePointer<mbedtls_ecp_point>, _ random: RandomSource
    ) -> Int32 {
        unsafe mbedtls_ecp_mul(
            curve, result.pointer, scalar, point,
            { source, out, count in
                guard let source = unsafe source, let out = unsafe out else { return -1 }
                var span = unsafe MutableSpan(_unsafeStart: out, count: count)
                unsafe Unmanaged<RandomSource>.fromOpaque(source).takeUnretainedValue().fill(&span)
                return 0
            }, Unmanaged.passUnretained(random).toOpaque())
    }

    /// 4, x, y; or Curve25519's 32 octets.
    private func export(_ point: borrowing Point) throws(CryptoError) -> Secret {
        let octets = Secret(count: isMontgomery ? 32 : 1 + group.publicValueLength)
        var count = 0
        var status: Int32 = 0
        octets.withMutableBytes { octets in
            status = unsafe octets.withUnsafeMutableBufferPointer {
                unsafe mbedtls_ecp_point_write_binary(
                    curve, point.pointer, MBEDTLS_ECP_PF_UNCOMPRESSED, &count, $0.baseAddress, $0.count)
            }
        }
        guard status == 0, count == octets.count else { throw .failed }
        return octets
    }
}
