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
