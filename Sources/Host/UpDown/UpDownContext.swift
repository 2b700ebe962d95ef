import Wire

/// What firewall and updown commands need to know of one eroute of a connection.
public struct UpDownContext {
    /// The connection.
    public let connection: Name
    /// `leftupdown=`, in words; empty for none.
    public let command: [Name]
    /// What the firewall is to let through; `nil` where nobody asked for it.
    public let pass: FirewallPass?
    /// The interface that the eroute's traffic goes to.
    public let interface: Name
    /// This gateway.
    public let local: Address
    /// The peer, where it is known.
    public let remote: Address?
    /// Gateway towards the other side.
    public let nextHop: Address?
    /// `leftsourceip=`
    public let sourceAddress: Address?
    /// What is protected behind this gateway.
    public let localSelector: Selector
    /// What is protected behind the peer.
    public let remoteSelector: Selector
    /// Our own ID.
    public let localID: Identity
    /// Who proved to be at the other end, or is expected there.
    public let remoteID: Identity?
    /// The authority that vouched for the peer's certificate, a distinguished name in DER.
    public let authority: [UInt8]?
    /// `lefthostaccess=yes`
    public let opensHost: Bool

    /// One field for one property.
    public init(
        connection: Name, command: [Name], pass: FirewallPass?, interface: Name, local: Address, remote: Address?, nextHop: Address?,
        sourceAddress: Address?, localSelector: Selector, remoteSelector: Selector, localID: Identity, remoteID: Identity?,
        authority: [UInt8]?, opensHost: Bool
    ) {
        self.connection = connection
        self.command = command
        self.pass = pass
        self.interface = interface
        self.local = local
        self.remote = remote
        self.nextHop = nextHop
        self.sourceAddress = sourceAddress
        self.localSelector = localSelector
        self.remoteSelector = remoteSelector
        self.localID = localID
        self.remoteID = remoteID
        self.authority = authority
        self.opensHost = opensHost
    }
}
