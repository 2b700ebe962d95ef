import Crypto
import Wire

/// A message that authenticates the peer. It waits until the DNS has answered with the peer's keys.
struct AwaitingKeys {
    /// Names the request in the answer.
    let token: UInt64
    let datagram: [UInt8]
    let peer: Endpoint
    let local: Endpoint
    /// Whether a connection names the peer's address.
    let isPeer: Bool
    /// When the message is read without keys.
    let due: UInt64
}

/// What the DNS answered.
struct KeysFromDNS {
    let keys: [RSAPublicKey]
    /// Why there is no key.
    let problem: Sentence?
}
