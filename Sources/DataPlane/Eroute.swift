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

/// Which of several eroutes that cover a packet is taken: the most specific one, on both planes alike.
enum Specificity {
    /// The far side's block counts first, as in a routing table, then ours, then protocol and ports. Below 150,000.
    static func of(near: Selector, far: Selector) -> UInt32 {
        let blocks = far.subnet.prefix * 129 + near.subnet.prefix
        let protocols = (far.ipProtocol == 0 ? 0 : 1) + (near.ipProtocol == 0 ? 0 : 1)
        let ports = (far.port == 0 ? 0 : 1) + (near.port == 0 ? 0 : 1)
        return UInt32(blocks * 9 + protocols * 3 + ports)
    }
}

extension Eroute {
    /// See `Specificity`.
    var specificity: UInt32 { Specificity.of(near: localSelector, far: remoteSelector) }
}
