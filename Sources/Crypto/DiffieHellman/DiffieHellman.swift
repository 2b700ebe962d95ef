extension Group {
    /// Octets of a public value as the KE payload carries it: the MODP group's length, x and y (RFC 5903 §7), or
    /// Curve25519's 32 (RFC 8031 §2).
    public var publicValueLength: Int {
        switch self {
        case .modp1024: 128
        case .modp1536: 192
        case .modp2048: 256
        case .modp3072: 384
        case .modp4096: 512
        case .modp6144: 768
        case .modp8192: 1024
        case .ecp256: 64
        case .ecp384: 96
        case .ecp521: 132
        case .curve25519: 32
        }
    }

    /// Octets of the shared secret.
    public var sharedSecretLength: Int { isECP ? publicValueLength / 2 : publicValueLength }

    private var isECP: Bool { self == .ecp256 || self == .ecp384 || self == .ecp521 }
    var isMODP: Bool { !isECP && self != .curve25519 }
}

/// One side of one Diffie-Hellman exchange. Its private value wipes itself.
public final class DiffieHellman: @unchecked Sendable {
    /// The group that the exchange is in.
    public let group: Group
    /// Our public value as the KE payload carries it, `group.publicValueLength` octets.
    public let publicValue: [UInt8]
    private let privateValue: Secret
    private let random: RandomSource

    /// Draws a private value. The random source is kept, because on elliptic curves it also blinds the computation of the shared
    /// secret.
    ///
    /// - Throws: `failed` when memory or usable random bytes are lacking.
    public init(_ group: Group, random: RandomSource) throws(CryptoError) {
        self.group = group
        self.random = random
        if group.isMODP {
            privateValue = MODP.privateValue(group, random)
            var octets = [UInt8](repeating: 0, count: group.publicValueLength)
            var span = octets.mutableSpan
            try MODP(group).publicValue(privateValue, into: &span)
            publicValue = octets
        } else {
            let curve = try Curve(group)
            privateValue = try curve.privateValue(random)
            publicValue = try curve.publicValue(privateValue, random)
        }
    }

    /// The shared secret, `group.sharedSecretLength` octets: the MODP power with its leading zeros, the x coordinate of the point
    /// (RFC 5903 §9), or Curve25519's octets.
    ///
    /// - Throws: `badPublicValue` when the peer's is not `publicValueLength` octets, not between 2 and p-2, not on the
    ///   curve, or makes a secret of zeros (RFC 8031 §2 with RFC 7748 §6.1); `failed`.
    public func sharedSecret(with peer: Span<UInt8>) throws(CryptoError) -> Secret {
        guard peer.count == group.publicValueLength else { throw .badPublicValue }
        guard group.isMODP else { return try Curve(group).sharedSecret(privateValue, with: peer, random) }
        let secret = Secret(count: group.sharedSecretLength)
        let modp = try MODP(group)
        try secret.withMutableBytes { (out) throws(CryptoError) in
            try modp.sharedSecret(privateValue, with: peer, into: &out)
        }
        return secret
    }

    /// As `sharedSecret(with:)` for borrowed octets.
    public func sharedSecret(with peer: [UInt8]) throws(CryptoError) -> Secret { try sharedSecret(with: peer.span) }
}
