import Crypto
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
    let reason: String
}

/// One of the two ways to carry packets: the kernel's XFRM, or our own ESP behind a TUN device.
///
/// Subclassed, and every method overridden: Embedded Swift has no existentials.
class DataPlane {
    /// `netkey (kernel ESP)` or `klips (TUN device ipsec0)`, for the log and `--status`.
    var name: StaticString { "none" }

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
