/// Who proved to be at the other end of an IPsec SA.
public struct AuthenticatedPeer: Sendable {
    /// The identity that it proved.
    public let id: Identity
    /// The authority that vouched for the peer's certificate, a distinguished name in DER; `nil` for a peer whose key we knew ourselves.
    public let authority: [UInt8]?

    /// Neither is checked here.
    public init(_ id: Identity, authority: [UInt8]?) {
        self.id = id
        self.authority = authority
    }
}
