import Crypto
import Linux
import Netlink
import Wire

/// One of the two ways to carry packets: the kernel's XFRM, or our own ESP behind a TUN device.
///
/// Subclassed, because Embedded Swift has no existentials. Every method that a subclass forgets to override traps when it is called.
public class DataPlane {
    /// Where the plane tells what goes wrong.
    public let log: Log

    /// Nothing is caught yet.
    public init(log: Log) { self.log = log }

    private var events = BoundedQueue<PlaneEvent>(limit: Limits.planeEvents)

    /// What happened longest ago and was not taken yet; `nil` when nothing did. To be asked until it is `nil`, after each call that lets
    /// packets through or reads from the kernel.
    public final func takeEvent() -> PlaneEvent? { events.takeFirst() }
    /// Adds an event; false when as many wait as there is room for.
    final func tell(_ event: PlaneEvent) -> Bool { events.append(event) }
    /// Whether `tell` would refuse.
    final var isFull: Bool { events.isFull }

    private static func mustOverride() -> Never { fatalError("a data plane does not implement this") }

    /// `netkey (kernel ESP)` or `klips (TUN device ipsec0)`, for the log and `--status`.
    public var name: StaticString { Self.mustOverride() }

    /// The device that tunnelled packets come out of; `nil` where it is the wire they came by.
    public var tunnelDevice: Name? { Self.mustOverride() }
    /// The interface that an eroute's traffic goes to, as updown commands are told.
    public func interfaceName(for eroute: Eroute) -> Name { Self.mustOverride() }

    /// Whether it has extended sequence numbers (RFC 4303 §2.2.1).
    public var hasESN: Bool { Self.mustOverride() }
    /// Whether the kernel takes ESP in UDP from port 4500 itself.
    public var usesKernelESP: Bool { Self.mustOverride() }
    /// When `advance` has something to do next, monotonic nanoseconds; `nil` for nothing.
    public var nextDeadline: UInt64? { Self.mustOverride() }
    /// Does what is due.
    public func advance(now: UInt64) { Self.mustOverride() }
    /// Whether an earlier run left this eroute's traffic held in the kernel: it is then to be routed again.
    public func wasHeld(_ eroute: Eroute) -> Bool { Self.mustOverride() }
    /// What an earlier run left held and nobody has routed since, in words.
    public var abandoned: [Sentence] { Self.mustOverride() }

    /// The firewall is not what it was; or, where rules of ours had been swept away, it is again (`wasRestored`).
    public func firewallChanged(wasRestored: Bool) { Self.mustOverride() }
    /// Every conn that starts by itself is routed: what else an earlier run left at the devices goes.
    public func forgetEarlier() { Self.mustOverride() }

    /// This machine's interfaces, addresses or routes are not what they were, and now these.
    public func interfacesChanged(_ interfaces: InterfaceSnapshot) { Self.mustOverride() }
    /// The networks that this machine is directly connected to, what never leaves the link, and its own addresses.
    public var localNetworks: [Subnet] { Self.mustOverride() }

    /// Descriptors whose readability `readable` wants to hear of. They change only by `revive`.
    public var descriptors: [Int32] { Self.mustOverride() }
    /// Opens another in the place of a descriptor that is dead, closes that one and gives the new one's number; `nil` when it
    /// lives.
    public func revive(_ descriptor: Int32) throws(PlaneError) -> Int32? { Self.mustOverride() }
    /// Handles a bounded batch of what `descriptor` holds.
    public func readable(_ descriptor: Int32, now: UInt64) { Self.mustOverride() }
    /// Takes a bounded batch of datagrams from one of `encapsulationSockets`, and hands out the ISAKMP messages among them
    /// without their non-ESP marker. False when nobody but IKE writes there, and the daemon is to read itself.
    public func receive(
        from socket: UDPSocket, now: UInt64, ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) -> Bool { Self.mustOverride() }
    /// The sockets on port 4500, which ESP in UDP leaves from and comes to. Set by the daemon, which owns them.
    public var encapsulationSockets: [UDPSocket] = []

    /// From now on the eroute's traffic leaves encrypted or not at all.
    public func route(_ eroute: Eroute) throws(PlaneError) { Self.mustOverride() }
    /// Lets the eroute's traffic go where the kernel's own routes send it.
    public func unroute(_ eroute: Eroute) { Self.mustOverride() }
    /// The next packet of a routed eroute asks for an SA again, though one that came while nobody answered did so before.
    public func rearm(_ eroute: Eroute) { Self.mustOverride() }
    /// An SPI nobody uses for packets to `destination`; `nil` when there is none.
    public func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? { Self.mustOverride() }
    /// Packets of this SA are taken from now on.
    public func installInbound(_ sa: SecurityAssociation) throws(PlaneError) { Self.mustOverride() }
    /// The eroute of `sa.requestID` uses this SA from `now`, monotonic nanoseconds, on.
    public func installOutbound(_ sa: SecurityAssociation, now: UInt64) throws(PlaneError) { Self.mustOverride() }
    /// The SA is no longer used; one that is not there is none to remove.
    public func remove(spi: UInt32, destination: Address) { Self.mustOverride() }

    /// Whether an SA that was installed and not removed is surely gone: somebody else took it away.
    public func hasLost(spi: UInt32, destination: Address) -> Bool { Self.mustOverride() }
    /// What an SA carried and refused; `nil` when it is unknown.
    public func traffic(spi: UInt32, destination: Address) -> Traffic? { Self.mustOverride() }
    /// ESP packets that were refused since the plane began, whichever SA they were for, or none.
    public var refusedESP: RefusedESP { Self.mustOverride() }
    /// Every SA there is.
    public var associations: [AssociationStatus] { Self.mustOverride() }
    /// Takes everything of ours out of the kernel (`setup stop`). A restart or crash does not call it.
    /// - Returns: what stays because the kernel refused, in words.
    @discardableResult public func removeFromKernel() -> [Sentence] { Self.mustOverride() }
}
