/// Why a cryptographic operation did not happen. None of them says more to a stranger than that.
public enum CryptoError: Error, Equatable, Sendable {
    /// The key, or GCM's salt, is not as long as the cipher wants it.
    case badKeyLength
    /// A peer's Diffie-Hellman value has the wrong length, lies out of range or off the curve, or leads to a shared
    /// secret of zeros.
    case badPublicValue
    /// A range reaches past the bytes, or CBC was given a part of a block.
    case badLength
    /// The integrity check value is not the one these bytes and this key have.
    case authenticationFailed
    /// The cipher is of another kind: CBC where GCM is meant, or the other way round.
    case unsupported
    /// Out of memory.
    case failed
}
