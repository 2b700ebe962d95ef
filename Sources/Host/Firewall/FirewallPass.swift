import Wire

/// A tunnel's two networks, whose packets are let through the firewall.
public struct FirewallPass {
    /// Behind this gateway.
    public let near: Subnet
    /// Behind the peer.
    public let far: Subnet
    /// The eroute's, by which it is closed again.
    public let requestID: UInt32
    /// Also what this machine itself receives and sends.
    public var opensHost: Bool

    /// `opensHost` is what `lefthostaccess=` says.
    public init(near: Subnet, far: Subnet, requestID: UInt32, opensHost: Bool = false) {
        self.near = near
        self.far = far
        self.requestID = requestID
        self.opensHost = opensHost
    }
}
