import Crypto
import Linux
import Wire

/// What a plane needs to know to catch a connection's traffic: the eroute.
struct Eroute {
    var name: Name
    var local: Address
    /// `nil` for `%any` before a peer came.
    var remote: Address?
    var localSelector: Selector
    var remoteSelector: Selector
    var mode: SecurityAssociation.Mode
    var requestID: UInt32
    /// Gateway towards the other side; `nil` for `%direct` or what the main table says.
    var nextHop: Address?
    /// Address this gateway itself uses towards the far subnet.
    var sourceAddress: Address?
}

/// Why a plane could not do what it was asked, as a sentence.
struct PlaneError: Error {
    let reason: Sentence
}

/// One of the two ways to carry packets: the kernel's XFRM, or our own ESP behind a TUN device.
///
/// Subclassed, and every method overridden: Embedded Swift has no existentials.
class DataPlane {
    let log: Log

    init(log: Log) { self.log = log }

    /// `netkey (kernel ESP)` or `klips (TUN device ipsec0)`, for the log and `--status`.
    var name: StaticString { "none" }

    /// Whether the kernel takes ESP in UDP from port 4500 itself.
    var usesKernelESP: Bool { false }
    /// When `advance` has something to do next, monotonic nanoseconds; `nil` for nothing.
    var nextDeadline: UInt64? { nil }
    func advance(now: UInt64) {}
    /// Whether an earlier run left this eroute's traffic held in the kernel: it is then to be routed again.
    func wasHeld(_ eroute: Eroute) -> Bool { false }
    /// What an earlier run left held and nobody has routed since, in words.
    var abandoned: [Sentence] { [] }

    /// This machine's interfaces, addresses or routes are not what they were.
    func interfacesChanged() {}

    /// Set by the daemon: a packet met a routed eroute (named by its request ID) that has no SA, and waits.
    var acquire: ((UInt32) -> Void)?

    /// Descriptors whose readability `readable` wants to hear of. They do not change after start.
    var descriptors: [Int32] { [] }
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
    /// An SPI nobody uses for packets to `destination`; `nil` when there is none.
    func allocateSPI(source: Address, destination: Address, requestID: UInt32) -> UInt32? { nil }
    func installInbound(_ sa: SecurityAssociation) throws(PlaneError) {}
    /// The eroute of `sa.requestID` uses this SA from now on.
    func installOutbound(_ sa: SecurityAssociation) throws(PlaneError) {}
    func remove(spi: UInt32, destination: Address) {}
    /// Octets and packets that an SA carried; `nil` when it is unknown.
    func usage(spi: UInt32, destination: Address) -> (octets: UInt64, packets: UInt64)? { nil }
    /// Takes everything of ours out of the kernel (`setup stop`). A restart or crash does not call it.
    func letGo() {}
}
