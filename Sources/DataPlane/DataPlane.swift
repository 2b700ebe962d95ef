import Crypto
import Linux
import Wire

/// One of the two ways to carry packets: the kernel's XFRM, or our own ESP behind a TUN device.
///
/// Subclassed, and every method overridden: Embedded Swift has no existentials.
public class DataPlane {
    /// Where the plane tells what goes wrong.
    public let log: Log

    /// Nothing is caught yet.
    public init(log: Log) { self.log = log }

    /// `netkey (kernel ESP)` or `klips (TUN device ipsec0)`, for the log and `--status`.
    public var name: StaticString { "none" }

    /// The device that tunnelled packets come out of; `nil` where it is the wire they came by.
    public var tunnelDevice: Name? { nil }
    /// The interface that an eroute's traffic goes to, as updown commands are told.
    public func interfaceName(for eroute: Eroute) -> Name { tunnelDevice ?? Name([]) }

    /// Whether it has extended sequence numbers (RFC 4303 §2.2.1).
    public var hasESN: Bool { true }
    /// Whether the kernel takes ESP in UDP from port 4500 itself.
    public var usesKernelESP: Bool { false }
    /// When `advance` has something to do next, monotonic nanoseconds; `nil` for nothing.
    public var nextDeadline: UInt64? { nil }
    /// Does what is due.
    public func advance(now: UInt64) {}
    /// Whether an earlier run left this eroute's traffic held in the kernel: it is then to be routed again.
    public func wasHeld(_ eroute: Eroute) -> Bool { false }
    /// What an earlier run left held and nobody has routed since, in words.
    public var abandoned: [Sentence] { [] }

    /// The firewall is not what it was; or, where rules of ours had been swept away, it is again (`wasRestored`).
    public func firewallChanged(wasRestored: Bool) {}
    /// Every conn that starts by itself is routed: what else an earlier run left at the devices goes.
    public func forgetEarlier() {}

    /// This machine's interfaces, addresses or routes are not what they were.
    public func interfacesChanged() {}
    /// The networks that this machine is directly connected to, what never leaves the link, and its own addresses.
    public var localNetworks: [Subnet] { [] }

    /// Set by the daemon: a packet met a routed eroute (named by its request ID) that has no SA, and waits.
    public var acquire: ((UInt32) -> Void)?

    /// Set by the daemon: an SA has carried nearly as much as its keys or its sequence numbers are good for, or the
    /// plane has it no more (`hasEnded`). May be told more than once.
    public var wornOut: ((_ spi: UInt32, _ destination: Address, _ hasEnded: Bool) -> Void)?

    /// Set by the daemon: ESP of an SA that we do not have came from `peer`. Told at a bounded rate, by planes that see it.
    public var stray: ((_ peer: Address, _ local: Address) -> Void)?

    /// Descriptors whose readability `readable` wants to hear of. They change only by `revive`.
    public var descriptors: [Int32] { [] }
    /// Opens another in the place of a descriptor that is dead, closes that one and gives the new one's number; `nil` when it
    /// lives.
    public func revive(_ descriptor: Int32) throws(PlaneError) -> Int32? { nil }
    /// Handles a bounded batch of what `descriptor` holds.
    public func readable(_ descriptor: Int32, now: UInt64) {}
    /// Takes a bounded batch of datagrams from one of `encapsulationSockets`, and hands out the ISAKMP messages among them
    /// without their non-ESP marker. False when nobody but IKE writes there, and the daemon is to read itself.
    public func receive(
        from socket: UDPSocket, now: UInt64, ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) -> Bool { false }
    /// The sockets on port 4500, which ESP in UDP leaves from and comes to. Set by the daemon, which owns them.
    public var encapsulationSockets: [UDPSocket] = []

    /// From now on the eroute's traffic leaves encrypted or not at all.
    public func route(_ eroute: Eroute) throws(PlaneError) {}
    /// Lets the eroute's traffic go where the kernel's own routes send it.
    public func unroute(_ eroute: Eroute) {}
    /// The next packet of a routed eroute asks for an SA again, though one that came while nobody answered did so before.
    public func rearm(_ eroute: Eroute) {}
    /// An SPI nobody uses for packets to `destination`; `nil` when there is none.
    public func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? { nil }
    /// Packets of this SA are taken from now on.
    public func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {}
    /// The eroute of `sa.requestID` uses this SA from now on.
    public func installOutbound(_ sa: SecurityAssociation) throws(PlaneError) {}
    /// The SA is no longer used; one that is not there is none to remove.
    public func remove(spi: UInt32, destination: Address) {}

    /// Whether an SA that was installed and not removed is surely gone: somebody else took it away.
    public func hasLost(spi: UInt32, destination: Address) -> Bool { false }
    /// What an SA carried and refused; `nil` when it is unknown.
    public func traffic(spi: UInt32, destination: Address) -> Traffic? { nil }
    /// ESP packets that were refused since the plane began, whichever SA they were for, or none.
    public var refusedESP: RefusedESP { RefusedESP() }
    /// Every SA there is.
    public var associations: [AssociationStatus] { [] }
    /// Takes everything of ours out of the kernel (`setup stop`). A restart or crash does not call it.
    /// - Returns: what stays because the kernel refused, in words.
    @discardableResult public func removeFromKernel() -> [Sentence] { [] }
}
