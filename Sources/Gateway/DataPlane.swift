import Crypto
import IKE
import Linux
import Wire

/// What becomes of packets that no SA is meant to carry.
enum Shunt: UInt8 {
    /// They are for an SA, and held while there is none.
    case none
    /// They go in the clear.
    case passthrough
    /// They vanish.
    case drop
    /// They vanish, and their sender is told (in the kernel's own IPsec they only vanish).
    case reject
}

/// What a plane needs to know to catch a connection's traffic: the eroute. It does not change once a plane has it.
final class Eroute {
    let name: Name
    let local: Address
    /// `nil` for `%any` before a peer came.
    var remote: Address?
    var localSelector: Selector
    var remoteSelector: Selector
    let mode: SecurityAssociation.Mode
    var requestID: UInt32
    /// Gateway towards the other side; `nil` for `%direct` or what the main table says.
    let nextHop: Address?
    /// Address this gateway itself uses towards the far subnet.
    let sourceAddress: Address?
    /// Anything but `none`: a conn that carries nothing, or one whose negotiation failed for good.
    var shunt = Shunt.none
    /// What comes out of its SAs must fit its selectors (`disablearrivalcheck=no`).
    var checksArrival = true
    /// Octets of the largest packet for the tunnel, where its conn says so (`mtu=`).
    var mtu: UInt32?
    /// Who proved to be at the other end; `nil` before anybody did.
    var peer: AuthenticatedPeer?
    /// The outer packets' DF (`pmtudisc=`).
    var outerDF = SecurityAssociation.OuterDF.clear

    init(
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
    func copy() -> Eroute {
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
    var destination: Subnet { remoteSelector.subnet }
}

/// Why a plane could not do what it was asked, as a sentence.
struct PlaneError: Error {
    let reason: Sentence
}

/// What `ipsec spi` shows of an SA.
struct AssociationStatus {
    let spi: UInt32
    let source: Address
    let destination: Address
    let isInbound: Bool
    let isTunnel: Bool
    /// Its algorithms as the plane names them.
    let suite: Sentence
    let requestID: UInt32
    let encapsulation: SecurityAssociation.Encapsulation?
    let usage: (octets: UInt64, packets: UInt64)
}

/// One of the two ways to carry packets: the kernel's XFRM, or our own ESP behind a TUN device.
///
/// Subclassed, and every method overridden: Embedded Swift has no existentials.
class DataPlane {
    let log: Log

    init(log: Log) { self.log = log }

    /// `netkey (kernel ESP)` or `klips (TUN device ipsec0)`, for the log and `--status`.
    var name: StaticString { "none" }

    /// The device that tunnelled packets come out of; `nil` where it is the wire they came by.
    var tunnelDevice: Name? { nil }
    /// The interface that an eroute's traffic goes to, as updown commands are told.
    func interfaceName(for eroute: Eroute) -> Name { tunnelDevice ?? Name([]) }

    /// Whether it has extended sequence numbers (RFC 4303 §2.2.1).
    var hasESN: Bool { true }
    /// Whether the kernel takes ESP in UDP from port 4500 itself.
    var usesKernelESP: Bool { false }
    /// When `advance` has something to do next, monotonic nanoseconds; `nil` for nothing.
    var nextDeadline: UInt64? { nil }
    func advance(now: UInt64) {}
    /// Whether an earlier run left this eroute's traffic held in the kernel: it is then to be routed again.
    func wasHeld(_ eroute: Eroute) -> Bool { false }
    /// What an earlier run left held and nobody has routed since, in words.
    var abandoned: [Sentence] { [] }

    /// The firewall is not what it was; or, where rules of ours had been swept away, it is again (`wasRestored`).
    func firewallChanged(wasRestored: Bool) {}
    /// Every conn that starts by itself is routed: what else an earlier run left at the devices goes.
    func forgetEarlier() {}

    /// This machine's interfaces, addresses or routes are not what they were.
    func interfacesChanged() {}
    /// The networks that this machine is directly connected to, what never leaves the link, and its own addresses.
    var localNetworks: [Subnet] { [] }

    /// Set by the daemon: a packet met a routed eroute (named by its request ID) that has no SA, and waits.
    var acquire: ((UInt32) -> Void)?

    /// Set by the daemon: an SA has carried nearly as much as its keys or its sequence numbers are good for, or the
    /// plane has it no more (`hasEnded`). May be told more than once.
    var wornOut: ((_ spi: UInt32, _ destination: Address, _ hasEnded: Bool) -> Void)?

    /// Set by the daemon: ESP of an SA that we do not have came from `peer`. Told at a bounded rate, by planes that see it.
    var stray: ((_ peer: Address, _ local: Address) -> Void)?

    /// Descriptors whose readability `readable` wants to hear of. They change only by `revive`.
    var descriptors: [Int32] { [] }
    /// Opens another in the place of a descriptor that is dead, closes that one and gives the new one's number; `nil` when it
    /// lives.
    func revive(_ descriptor: Int32) throws(PlaneError) -> Int32? { nil }
    /// Handles a bounded batch of what `descriptor` holds.
    func readable(_ descriptor: Int32, now: UInt64) {}
    /// Takes a bounded batch of datagrams from one of `encapsulationSockets`, and hands out the ISAKMP messages among them
    /// without their non-ESP marker. False when nobody but IKE writes there, and the daemon is to read itself.
    func receive(
        from socket: UDPSocket, now: UInt64, ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) -> Bool { false }
    /// The sockets on port 4500, which ESP in UDP leaves from and comes to. Set by the daemon, which owns them.
    var encapsulationSockets: [UDPSocket] = []

    /// From now on the eroute's traffic leaves encrypted or not at all.
    func route(_ eroute: Eroute) throws(PlaneError) {}
    /// Lets the eroute's traffic go where the kernel's own routes send it.
    func unroute(_ eroute: Eroute) {}
    /// The next packet of a routed eroute asks for an SA again, though one that came while nobody answered did so before.
    func rearm(_ eroute: Eroute) {}
    /// An SPI nobody uses for packets to `destination`; `nil` when there is none.
    func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? { nil }
    func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {}
    /// The eroute of `sa.requestID` uses this SA from now on.
    func installOutbound(_ sa: SecurityAssociation) throws(PlaneError) {}
    func remove(spi: UInt32, destination: Address) {}

    /// Whether an SA that was installed and not removed is surely gone: somebody else took it away.
    func hasLost(spi: UInt32, destination: Address) -> Bool { false }
    /// What an SA carried and refused; `nil` when it is unknown.
    func traffic(spi: UInt32, destination: Address) -> Traffic? { nil }
    /// ESP packets that were refused since the plane began, whichever SA they were for, or none.
    var refusedESP: RefusedESP { RefusedESP() }
    /// Every SA there is.
    var associations: [AssociationStatus] { [] }
    /// Takes everything of ours out of the kernel (`setup stop`). A restart or crash does not call it.
    /// - Returns: what stays because the kernel refused, in words.
    @discardableResult func letGo() -> [Sentence] { [] }
}
