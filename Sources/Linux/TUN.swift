import CLinux
import Wire

/// A TUN device: IP packets that the kernel routes into it are received here, and packets sent here enter the kernel.
public final class TUN {
    /// The device's name, at most 15 octets.
    public let name: Name
    private let descriptor: Descriptor

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// Opens the device of this name, or creates it, down and without addresses.
    /// - Throws: no /dev/net/tun; not root; another program holds the device.
    public init(_ name: Name) throws(SystemError) {
        guard !name.isEmpty, name.bytes.count < 16, !name.bytes.contains(0) else {
            throw SystemError(EINVAL, "TUN device name \(name)")
        }
        self.name = name
        descriptor = Descriptor(try check(clinux_tun_open(), "open /dev/net/tun"))
        let attached = unsafe Path(name.bytes).withCString { unsafe clinux_tun_attach(descriptor.number, $0) }
        try check(attached, "TUNSETIFF \(name)")
    }

    /// Whether the device and its routes stay when their last user closes it.
    public func setPersistent(_ persistent: Bool) throws(SystemError) {
        try check(clinux_tun_persist(number, persistent ? 1 : 0), "TUNSETPERSIST")
    }

    /// The next packet that the kernel sent into the device; `nil` when none waits. `bytes` should hold the MTU.
    public func receive(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int? {
        try descriptor.read(into: &bytes)
    }

    /// Passes a packet to the kernel as if it had arrived through the device. False when the kernel has no room.
    public func send(_ packet: Span<UInt8>) throws(SystemError) -> Bool { try descriptor.write(packet) != nil }
}
