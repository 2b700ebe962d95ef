import CMbedTLS

/// The CPU's instructions for cryptography. Without them the same results are computed more slowly.
public enum CPU {
    /// AES and carry-less multiplication.
    public static let hasAES = cmbedtls_has_aes() != 0
    /// SHA-1 and SHA-256.
    public static let hasSHA = cmbedtls_has_sha() != 0
}
