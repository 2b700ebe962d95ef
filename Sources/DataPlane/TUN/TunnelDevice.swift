import ESP
import Linux
import Netlink
import Wire

/// The TUN device: packets to protected networks come out of it, and packets from them are written to it.
///
/// It is subclassed, and a method that a subclass does not override traps when it is called. `TUNDevice` is the real device; tests have one
/// without a kernel.
class TunnelDevice {
    /// `ipsec0`
    let name: Name
    init(name: Name) { self.name = name }

    private static func mustOverride() -> Never { fatalError("a tunnel device does not implement this") }

    /// For epoll.
    var number: Int32 { Self.mustOverride() }
    /// Whether reading has failed: the device was removed, or another program took it.
    var isDead: Bool { Self.mustOverride() }
    /// Creates a dead device again, with the routes of the old one.
    func reopen() throws(PlaneError) { Self.mustOverride() }
    /// The next packet from the kernel; `nil` if none waits. Allocates nothing.
    func receive(into bytes: inout MutableSpan<UInt8>) -> Int? { Self.mustOverride() }
    /// Passes a packet from a tunnel to the kernel. False if the kernel does not accept it. Allocates nothing.
    func send(_ packet: Span<UInt8>) -> Bool { Self.mustOverride() }

    /// Whether packets may be large in both directions, and an `OffloadHeader` precedes each packet that `receive` returns.
    var hasOffload: Bool { false }
    /// As `send(_:)`, for a packet in several pieces of `bytes`, at most `Coalescer.limit`, which may be a large packet. Only with
    /// `hasOffload`. Allocates nothing.
    func send(_ pieces: Span<Range<Int>>, of bytes: Span<UInt8>, _ offload: OffloadHeader) -> Bool { Self.mustOverride() }

    /// Sets the device's MTU, in octets.
    func setMTU(_ mtu: Int) { Self.mustOverride() }
    /// Routes the eroute's traffic into the device. From now on it leaves encrypted or not at all.
    func route(_ eroute: Eroute) throws(PlaneError) { Self.mustOverride() }
    /// Lets the eroute's traffic go where the kernel's other routes send it.
    func unroute(_ eroute: Eroute) { Self.mustOverride() }
    /// Whether an earlier run left the eroute's traffic held.
    func wasHeld(_ eroute: Eroute) -> Bool { Self.mustOverride() }
    /// Descriptions of what an earlier run left held and no connection has routed since.
    var abandoned: [Sentence] { Self.mustOverride() }
    /// The firewall has changed (see `DataPlane`).
    func firewallChanged(wasRestored: Bool) { Self.mustOverride() }
    func forgetEarlier() { Self.mustOverride() }
    /// When `advance` has something to do next, monotonic nanoseconds.
    var nextDeadline: UInt64? { Self.mustOverride() }
    func advance(now: UInt64) { Self.mustOverride() }
    /// This machine's interfaces, addresses or routes have changed; this is the new state.
    func interfacesChanged(_ interfaces: InterfaceSnapshot) { Self.mustOverride() }
    /// See `DataPlane`.
    var localNetworks: [Subnet] { Self.mustOverride() }
    /// Removes the device, its routes and rules from the kernel. Returns descriptions of what the kernel refused to remove.
    @discardableResult func removeFromKernel() -> [Sentence] { Self.mustOverride() }
}
