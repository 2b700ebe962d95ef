import Crypto

/// How a peer authenticated itself with a signature.
final class AuthenticationProof: Sendable {
    let key: RSAPublicKey
    /// The names of the authorities that issued its certificate; `nil` if its key is configured.
    let issuers: [[UInt8]]?
    /// The DNS has the key for the peer's ID.
    let isFromDNS: Bool

    init(_ key: RSAPublicKey, issuers: [[UInt8]]?, isFromDNS: Bool = false) {
        self.key = key
        self.issuers = issuers
        self.isFromDNS = isFromDNS
    }
}
