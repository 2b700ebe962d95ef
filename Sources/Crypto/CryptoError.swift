/// Why a cryptographic operation failed. No case reveals more than that to a peer.
public enum CryptoError: Error, Equatable, Sendable {
    /// The key, or GCM's salt, has a length that the cipher does not take.
    case badKeyLength
    /// A peer's Diffie-Hellman value has the wrong length, lies out of range or off the curve, or leads to a shared
    /// secret of zeros.
    case badPublicValue
    /// A range reaches past the bytes, or CBC's range is not whole blocks.
    case badLength
    /// The integrity check value is wrong.
    case authenticationFailed
    /// The operation does not support this algorithm: CBC where GCM is needed, or the reverse.
    case unsupported
    /// Out of memory.
    case failed
}
