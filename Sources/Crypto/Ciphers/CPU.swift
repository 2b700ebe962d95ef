import CMbedTLS

/// What this machine's CPU has instructions for. Where it has none, the same is done without: slower, and equal.
enum CPU {
    /// AES and carry-less multiplication.
    static let hasAES = cmbedtls_has_aes() != 0
    /// SHA-1 and SHA-256.
    static let hasSHA = cmbedtls_has_sha() != 0
}
