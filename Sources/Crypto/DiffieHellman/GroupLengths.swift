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
