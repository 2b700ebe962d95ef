import Wire

/// What firewall and updown commands need to know about one eroute of a connection.
public struct UpDownContext {
    /// The connection.
    public let connection: Name
    /// `leftupdown=`, split into words; empty for none.
    public let command: [Name]
    /// The traffic that the firewall accepts; `nil` without `leftfirewall=yes`.
    public let pass: FirewallPass?
    /// The interface through which the eroute's traffic leaves.
    public let interface: Name
    /// This gateway's address.
    public let local: Address
    /// The peer's address, if it is known.
    public let remote: Address?
    /// The next hop to the peer.
    public let nextHop: Address?
    /// `leftsourceip=`
    public let sourceAddress: Address?
    /// The protected traffic's addresses behind this gateway.
    public let localSelector: Selector
    /// The protected traffic's addresses behind the peer.
    public let remoteSelector: Selector
    /// Our own ID.
    public let localID: Identity
    /// The peer's ID: the authenticated one, or the expected one.
    public let remoteID: Identity?
    /// The issuer of the peer's certificate, a distinguished name in DER.
    public let authority: [UInt8]?
    /// `lefthostaccess=yes`
    public let opensHost: Bool

    /// Sets every property.
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
