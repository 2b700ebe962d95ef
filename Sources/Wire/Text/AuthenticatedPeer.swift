/// The authenticated peer of an IPsec SA.
public struct AuthenticatedPeer: Sendable {
    /// The identity that was authenticated.
    public let id: Identity
    /// The authority that issued the peer's certificate, a distinguished name in DER; `nil` if ipsec.conf has the peer's key.
    public let authority: [UInt8]?

    /// Stores both values, without checking them.
    public init(_ id: Identity, authority: [UInt8]?) {
        self.id = id
        self.authority = authority
    }
}
