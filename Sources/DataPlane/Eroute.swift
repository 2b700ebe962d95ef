import Crypto
import Wire

/// What a plane needs to know to catch a connection's traffic: the eroute. It does not change once a plane has it.
public final class Eroute {
    /// The connection's.
    public let name: Name
    /// This gateway.
    public let local: Address
    /// `nil` for `%any` before a peer came.
    public var remote: Address?
    /// What is protected behind this gateway.
    public var localSelector: Selector
    /// What is protected behind the peer.
    public var remoteSelector: Selector
    /// Tunnel or transport.
    public let mode: SecurityAssociation.Mode
    /// Ties the kernel's policies and SAs to this eroute: see `RequestIDs`.
    public var requestID: UInt32
    /// Gateway towards the other side; `nil` for `%direct` or what the main table says.
    public let nextHop: Address?
    /// Address this gateway itself uses towards the far subnet.
    public let sourceAddress: Address?
    /// Anything but `none`: a conn that carries nothing, or one whose negotiation failed for good.
    public var shunt = Shunt.none
    /// What comes out of its SAs must fit its selectors (`disablearrivalcheck=no`).
    public var checksArrival = true
    /// Octets of the largest packet for the tunnel, where its conn says so (`mtu=`).
    public var mtu: UInt32?
    /// Who proved to be at the other end; `nil` before anybody did.
    public var peer: AuthenticatedPeer?
    /// The outer packets' DF (`pmtudisc=`).
    public var outerDF = SecurityAssociation.OuterDF.clear

    /// An eroute for traffic that is to be encrypted.
    public init(
        name: Name, local: Address, remote: Address?, localSelector: Selector, remoteSelector: Selector,
        mode: SecurityAssociation.Mode, requestID: UInt32, nextHop: Address? = nil, sourceAddress: Address? = nil
    ) {
        self.name = name
        self.local = local
        self.remote = remote
        self.localSelector = localSelector
        self.remoteSelector = remoteSelector
        self.mode = mode
        self.requestID = requestID
        self.nextHop = nextHop
        self.sourceAddress = sourceAddress
    }

    /// To be made another of.
    public func copy() -> Eroute {
        let copy = Eroute(
            name: name, local: local, remote: remote, localSelector: localSelector, remoteSelector: remoteSelector, mode: mode,
            requestID: requestID, nextHop: nextHop, sourceAddress: sourceAddress)
        copy.shunt = shunt
        copy.checksArrival = checksArrival
        copy.mtu = mtu
        copy.peer = peer
        copy.outerDF = outerDF
        return copy
    }

    /// The far network.
    public var destination: Subnet { remoteSelector.subnet }
}
