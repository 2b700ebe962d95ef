import Crypto
import Wire

/// An eroute: the selectors and addresses with which a plane catches a connection's traffic. It does not change once a plane has it.
public final class Eroute {
    /// The connection's name.
    public let name: Name
    /// This gateway's address.
    public let local: Address
    /// The peer's address; `nil` for `%any` before a peer has connected.
    public var remote: Address?
    /// The protected traffic's addresses behind this gateway.
    public var localSelector: Selector
    /// The protected traffic's addresses behind the peer.
    public var remoteSelector: Selector
    /// Tunnel or transport.
    public let mode: SecurityAssociation.Mode
    /// Identifies the kernel's policies and SAs of this eroute: see `RequestIDs`.
    public var requestID: UInt32
    /// The next hop towards the peer; `nil` for `%direct`, or if the main table decides.
    public let nextHop: Address?
    /// The source address of this gateway's own packets to the remote network (`leftsourceip=`).
    public let sourceAddress: Address?
    /// What happens to the traffic of a conn without SAs, or of one whose negotiation has failed; `none` for all others.
    public var shunt = Shunt.none
    /// Whether packets from its SAs must match its selectors (`disablearrivalcheck=no`).
    public var checksArrival = true
    /// The tunnel's MTU in octets, if its conn sets one (`mtu=`).
    public var mtu: UInt32?
    /// The authenticated peer; `nil` before authentication.
    public var peer: AuthenticatedPeer?
    /// The DF bit of outer packets (`pmtudisc=`).
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

    /// A copy, to be changed before a plane has it.
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

    /// The remote network.
    public var destination: Subnet { remoteSelector.subnet }
}

/// Which of several eroutes that cover a packet is used: the most specific one, on both planes alike.
enum Specificity {
    /// The prefix length of the remote network counts first, as in a routing table, then the local one, then protocol and ports. Below
    /// 150,000.
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
