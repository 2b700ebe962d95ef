import CLinux
import Wire

/// A TUN device: IP packets that the kernel routes into it are received here, and packets sent here enter the kernel.
public final class TUN {
    /// The device's name, at most 15 octets.
    public let name: Name
    private let descriptor: Descriptor

    /// For epoll.
    public var number: Int32 { descriptor.number }

    /// Whether a `struct virtio_net_hdr` precedes each packet, in both directions, and packets may be large (see `init`).
    public let hasOffload: Bool
    /// Why the kernel refused offload that was requested.
    public let refusal: SystemError?
    private var vector: [clinux_piece] = []

    /// Opens the device of this name, or creates it, down and without addresses.
    /// - Parameter wantsOffload: this process computes checksums and cuts large packets into segments, instead of the kernel, and may write
    ///   large packets. If the kernel refuses, the device has no offload, and `refusal` says why.
    /// - Throws: no /dev/net/tun; not root; another program has the device open.
    public init(_ name: Name, wantsOffload: Bool = false) throws(SystemError) {
        guard !name.isEmpty, name.bytes.count < 16, !name.bytes.contains(0) else {
            throw SystemError(EINVAL, "TUN device name \(name)")
        }
        self.name = name
        var refusal: SystemError?
        if wantsOffload {
            do throws(SystemError) {
                descriptor = try Self.opened(name, offload: true)
                hasOffload = true
                self.refusal = nil
                vector = [clinux_piece](repeating: clinux_piece(), count: Self.pieces)
                return
            } catch { refusal = error }
        }
        descriptor = try Self.opened(name, offload: false)
        hasOffload = false
        self.refusal = refusal
    }

    private static func opened(_ name: Name, offload: Bool) throws(SystemError) -> Descriptor {
        let descriptor = Descriptor(try check(clinux_tun_open(), "open /dev/net/tun"))
        let attached = unsafe Path(name.bytes).withCString { unsafe clinux_tun_attach(descriptor.number, $0, offload ? 1 : 0) }
        try check(attached, "TUNSETIFF \(name)")
        let basic = Int32(CLINUX_TUN_CHECKSUM | CLINUX_TUN_TCP)
        // UDP since Linux 6.2. A persistent device keeps the settings of its former owner.
        if offload, clinux_tun_set_offload(descriptor.number, basic | Int32(CLINUX_TUN_UDP)) >= 0 { return descriptor }
        let set = clinux_tun_set_offload(descriptor.number, offload ? basic : 0)
        if offload { try check(set, "TUNSETOFFLOAD \(name)") }
        return descriptor
    }

    /// Whether the device and its routes stay when their last user closes it.
    public func setPersistent(_ persistent: Bool) throws(SystemError) {
        try check(clinux_tun_persist(number, persistent ? 1 : 0), "TUNSETPERSIST")
    }

    /// The next packet from the kernel; `nil` if none waits. `bytes` should have room for the MTU; with offload, for 65,535 octets after
    /// the header.
    public func receive(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int? {
        try descriptor.read(into: &bytes)
    }

    /// Passes a packet to the kernel as if it had arrived through the device. False when the kernel has no room.
    public func send(_ packet: Span<UInt8>) throws(SystemError) -> Bool { try descriptor.write(packet) != nil }

    /// The largest number of pieces of `send(_:of:header:)`.
    public static let pieces = 64

    /// As above, for a packet in at most `pieces` parts of `bytes`, one after another, with the header that a device with offload expects.
    /// Allocates nothing.
    public func send(_ pieces: Span<Range<Int>>, of bytes: Span<UInt8>, header: Span<UInt8>) throws(SystemError) -> Bool {
        precondition(pieces.count <= Self.pieces)
        for index in pieces.indices {
            let piece = pieces[index]
            precondition(piece.lowerBound >= 0 && piece.upperBound <= bytes.count)
            vector[index] = clinux_piece(start: piece.lowerBound, count: piece.count)
        }
        let number = number
        let sent = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe header.withUnsafeBufferPointer { header in
                unsafe vector.withUnsafeBufferPointer { vector in
                    unsafe clinux_tun_send(
                        number, header.baseAddress, header.count, bytes.baseAddress, vector.baseAddress, UInt32(pieces.count))
                }
            }
        }
        return try unlessBusy(sent, "write") != nil
    }
}
