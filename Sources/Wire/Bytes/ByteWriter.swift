/// Builds a message field by field. `uint16`, `uint32` and `uint64` write network byte order; the `native` methods write the
/// machine's own, for netlink.
public struct ByteWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// An empty message.
    /// - Parameter capacity: octets to reserve.
    public init(capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    /// Octets written so far.
    public var count: Int { bytes.count }

    /// Appends one octet.
    public mutating func uint8(_ value: UInt8) { bytes.append(value) }

    /// Appends two octets in network byte order.
    public mutating func uint16(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    /// Appends four octets in network byte order.
    public mutating func uint32(_ value: UInt32) {
        uint16(UInt16(value >> 16))
        uint16(UInt16(truncatingIfNeeded: value))
    }

    /// Appends eight octets in network byte order.
    public mutating func uint64(_ value: UInt64) {
        uint32(UInt32(value >> 32))
        uint32(UInt32(truncatingIfNeeded: value))
    }

    /// Appends two octets in the machine's own byte order.
    public mutating func native16(_ value: UInt16) { uint16(value.bigEndian) }
    /// Appends four octets in the machine's own byte order.
    public mutating func native32(_ value: UInt32) { uint32(value.bigEndian) }
    /// Appends eight octets in the machine's own byte order.
    public mutating func native64(_ value: UInt64) { uint64(value.bigEndian) }

    /// Appends octets as they are.
    public mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Appends a copy of borrowed octets.
    public mutating func append(_ more: Span<UInt8>) {
        for index in more.indices { bytes.append(more[index]) }
    }

    /// Appends `count` octets of zero.
    public mutating func zeros(_ count: Int) {
        for _ in 0..<count { bytes.append(0) }
    }

    /// Appends zeros up to the next multiple of `alignment` octets from the start.
    public mutating func pad(to alignment: Int) { zeros((alignment - bytes.count % alignment) % alignment) }

    /// Overwrites two octets already there, in network byte order: for a length that is known only after what it counts.
    public mutating func patch16(_ value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Overwrites four octets already there, in network byte order.
    public mutating func patch32(_ value: UInt32, at offset: Int) {
        patch16(UInt16(value >> 16), at: offset)
        patch16(UInt16(truncatingIfNeeded: value), at: offset + 2)
    }

    /// Overwrites two octets already there, in the machine's own byte order.
    public mutating func patchNative16(_ value: UInt16, at offset: Int) { patch16(value.bigEndian, at: offset) }
    /// Overwrites four octets already there, in the machine's own byte order.
    public mutating func patchNative32(_ value: UInt32, at offset: Int) { patch32(value.bigEndian, at: offset) }
}
