import Crypto

/// How a peer proved who it is.
final class AuthenticationProof: Sendable {
    let key: RSAPublicKey
    /// Who vouched for it; `nil` when we knew the key ourselves.
    let issuers: [[UInt8]]?

    init(_ key: RSAPublicKey, issuers: [[UInt8]]?) {
        self.key = key
        self.issuers = issuers
    }
}
