import ESP
import Linux
import Netlink
import Wire

/// The TUN plane's side of the kernel: packets of protected networks come out of it and go back into it.
///
/// Subclassed, and a method that a subclass forgets to override traps when it is called: `TUNDevice` is the real one, tests have one of paper.
class TunnelDevice {
    /// `ipsec0`
    let name: Name
    init(name: Name) { self.name = name }

    private static func mustOverride() -> Never { fatalError("a tunnel device does not implement this") }

    /// For epoll.
    var number: Int32 { Self.mustOverride() }
    /// Reading failed: the device is gone, or somebody took it.
    var isDead: Bool { Self.mustOverride() }
    /// Makes a dead device anew and leads into it what was led into the old one.
    func reopen() throws(PlaneError) { Self.mustOverride() }
    /// The next packet that the kernel sent into the device; `nil` when none waits. Allocates nothing.
    func receive(into bytes: inout MutableSpan<UInt8>) -> Int? { Self.mustOverride() }
    /// Hands the kernel a packet that came out of a tunnel; false when it would not take it. Allocates nothing.
    func send(_ packet: Span<UInt8>) -> Bool { Self.mustOverride() }

    /// Whether an `OffloadHeader` stands in front of each packet that `receive` returns, and packets may be large, both ways.
    var hasOffload: Bool { false }
    /// As `send(_:)` for a packet that lies in pieces of `bytes`, at most `Coalescer.limit`, and may stand for several segments.
    /// Only with `hasOffload`. Allocates nothing.
    func send(_ pieces: Span<Range<Int>>, of bytes: Span<UInt8>, _ offload: OffloadHeader) -> Bool { Self.mustOverride() }

    /// Sets the largest packet that the kernel puts in, in octets.
    func setMTU(_ mtu: Int) { Self.mustOverride() }
    /// From now on the eroute's traffic comes here or goes nowhere.
    func route(_ eroute: Eroute) throws(PlaneError) { Self.mustOverride() }
    /// Lets the eroute's traffic go where the kernel's other routes send it.
    func unroute(_ eroute: Eroute) { Self.mustOverride() }
    /// Whether an earlier run left the eroute's traffic held.
    func wasHeld(_ eroute: Eroute) -> Bool { Self.mustOverride() }
    /// What an earlier run left held and nobody has routed since, in words.
    var abandoned: [Sentence] { Self.mustOverride() }
    /// The firewall is not what it was (see `DataPlane`).
    func firewallChanged(wasRestored: Bool) { Self.mustOverride() }
    func forgetEarlier() { Self.mustOverride() }
    /// When `advance` has something to do next, monotonic nanoseconds.
    var nextDeadline: UInt64? { Self.mustOverride() }
    func advance(now: UInt64) { Self.mustOverride() }
    /// This machine's interfaces, addresses or routes are not what they were.
    func interfacesChanged(_ interfaces: InterfaceSnapshot) { Self.mustOverride() }
    /// As in `DataPlane`.
    var localNetworks: [Subnet] { Self.mustOverride() }
    /// Takes the device, its routes and rules out of the kernel. What stays because the kernel refused, in words.
    @discardableResult func removeFromKernel() -> [Sentence] { Self.mustOverride() }
}
