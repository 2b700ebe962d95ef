import Wire

/// A tunnel's two networks, whose packets the firewall accepts.
public struct FirewallPass {
    /// The network behind this gateway.
    public let near: Subnet
    /// The network behind the peer.
    public let far: Subnet
    /// The eroute's request ID, which identifies the pass.
    public let requestID: UInt32
    /// Whether packets that this machine itself receives and sends are accepted too.
    public var opensHost: Bool

    /// `opensHost` is what `lefthostaccess=` says.
    public init(near: Subnet, far: Subnet, requestID: UInt32, opensHost: Bool = false) {
        self.near = near
        self.far = far
        self.requestID = requestID
        self.opensHost = opensHost
    }
}
