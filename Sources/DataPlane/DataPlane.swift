import Crypto
import Linux
import Netlink
import Wire

/// One of the two ways to carry packets: the kernel's XFRM, or Cygnet's own ESP behind a TUN device.
///
/// It is subclassed, because Embedded Swift has no existentials. A method that a subclass does not override traps when it is called.
public class DataPlane {
    /// The log for the plane's errors.
    public let log: Log

    /// A plane without eroutes.
    public init(log: Log) { self.log = log }

    private var events = BoundedQueue<PlaneEvent>(limit: Limits.planeEvents)

    /// Removes and returns the oldest event; `nil` if there is none. Call it until it returns `nil`, after each call that carries
    /// packets or reads from the kernel.
    public final func takeEvent() -> PlaneEvent? { events.takeFirst() }
    /// Adds an event. False if the queue is full.
    final func tell(_ event: PlaneEvent) -> Bool { events.append(event) }
    /// Whether `tell` would refuse.
    final var isFull: Bool { events.isFull }

    private static func mustOverride() -> Never { fatalError("a data plane does not implement this") }

    /// `netkey (kernel ESP)` or `klips (TUN device ipsec0)`, for the log and `--status`.
    public var name: StaticString { Self.mustOverride() }

    /// The device that delivers decrypted packets; `nil` if that is the interface on which the ESP packet arrived.
    public var tunnelDevice: Name? { Self.mustOverride() }
    /// The interface of an eroute's traffic, for updown commands.
    public func interfaceName(for eroute: Eroute) -> Name { Self.mustOverride() }

    /// Whether the plane supports extended sequence numbers (RFC 4303 §2.2.1).
    public var hasESN: Bool { Self.mustOverride() }
    /// Whether the kernel itself handles ESP in UDP on port 4500.
    public var usesKernelESP: Bool { Self.mustOverride() }
    /// When `advance` is due, in monotonic nanoseconds; `nil` if it is not.
    public var nextDeadline: UInt64? { Self.mustOverride() }
    /// Runs the timers that are due.
    public func advance(now: UInt64) { Self.mustOverride() }
    /// Whether an earlier run left this eroute's traffic held in the kernel. Then route it again.
    public func wasHeld(_ eroute: Eroute) -> Bool { Self.mustOverride() }
    /// Descriptions of what an earlier run left held and no connection has routed since.
    public var abandoned: [Sentence] { Self.mustOverride() }

    /// The firewall has changed. `wasRestored`: rules of Cygnet had been removed, and were added again.
    public func firewallChanged(wasRestored: Bool) { Self.mustOverride() }
    /// All conns with `auto=route` or `auto=start` are routed: removes what else an earlier run left at the devices.
    public func forgetEarlier() { Self.mustOverride() }

    /// This machine's interfaces, addresses or routes have changed; this is the new state.
    public func interfacesChanged(_ interfaces: InterfaceSnapshot) { Self.mustOverride() }
    /// The directly connected networks, link-local networks, and this machine's own addresses.
    public var localNetworks: [Subnet] { Self.mustOverride() }

    /// The descriptors to poll: call `readable` if one is readable. They change only in `revive`.
    public var descriptors: [Int32] { Self.mustOverride() }
    /// Replaces a dead descriptor, closes it, and returns the number of the new one; `nil` if the descriptor is not dead.
    public func revive(_ descriptor: Int32) throws(PlaneError) -> Int32? { Self.mustOverride() }
    /// Reads and handles a bounded batch from `descriptor`.
    public func readable(_ descriptor: Int32, now: UInt64) { Self.mustOverride() }
    /// Reads a bounded batch of datagrams from one of `encapsulationSockets`, and passes ISAKMP messages, without their non-ESP marker,
    /// to `ike`. False if the kernel handles ESP there, and the daemon must read the socket itself.
    public func receive(
        from socket: UDPSocket, now: UInt64, ike: (Span<UInt8>, _ from: Endpoint, _ to: Endpoint) -> Void
    ) -> Bool { Self.mustOverride() }
    /// The sockets on port 4500, which send and receive ESP in UDP. The daemon owns and sets them.
    public var encapsulationSockets: [UDPSocket] = []

    /// Catches the eroute's traffic: from now on it leaves encrypted or not at all.
    public func route(_ eroute: Eroute) throws(PlaneError) { Self.mustOverride() }
    /// Lets the eroute's traffic go where the kernel's own routes send it.
    public func unroute(_ eroute: Eroute) { Self.mustOverride() }
    /// Lets the next packet of a routed eroute ask for an SA again, even if an earlier packet asked in vain.
    public func rearm(_ eroute: Eroute) { Self.mustOverride() }
    /// Allocates an SPI that is unused for `destination`; `nil` if there is none.
    public func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? { Self.mustOverride() }
    /// Installs an inbound SA: its packets are accepted from now on.
    public func installInbound(_ sa: SecurityAssociation) throws(PlaneError) { Self.mustOverride() }
    /// Installs an outbound SA: the eroute of `sa.requestID` uses it from now on. `now` is in monotonic nanoseconds.
    public func installOutbound(_ sa: SecurityAssociation, now: UInt64) throws(PlaneError) { Self.mustOverride() }
    /// Removes an SA, if it exists.
    public func remove(spi: UInt32, destination: Address) { Self.mustOverride() }

    /// Whether another program has removed this SA. False if the kernel cannot be asked.
    public func hasLost(spi: UInt32, destination: Address) -> Bool { Self.mustOverride() }
    /// The packets that an SA carried and refused; `nil` if the SA is unknown.
    public func traffic(spi: UInt32, destination: Address) -> Traffic? { Self.mustOverride() }
    /// Counts of refused ESP packets since the start, of all SAs and of none.
    public var refusedESP: RefusedESP { Self.mustOverride() }
    /// All SAs.
    public var associations: [AssociationStatus] { get throws(PlaneError) { Self.mustOverride() } }
    /// Removes everything of Cygnet from the kernel (`setup stop`). A restart or crash does not call it.
    /// - Returns: descriptions of what the kernel refused to remove.
    @discardableResult public func removeFromKernel() -> [Sentence] { Self.mustOverride() }
}
