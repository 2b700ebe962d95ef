/// Builds a message field by field. `uint16` and its kin write network byte order; the `native` ones write the
/// machine's own, for netlink.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: octets to make room for at once.
    public init(capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    public var count: Int { bytes.count }

    public mutating func uint8(_ value: UInt8) { bytes.append(value) }

    public mutating func uint16(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    public mutating func uint32(_ value: UInt32) {
        uint16(UInt16(value >> 16))
        uint16(UInt16(truncatingIfNeeded: value))
    }

    public mutating func uint64(_ value: UInt64) {
        uint32(UInt32(value >> 32))
        uint32(UInt32(truncatingIfNeeded: value))
    }

    public mutating func native16(_ value: UInt16) { uint16(value.bigEndian) }
    public mutating func native32(_ value: UInt32) { uint32(value.bigEndian) }
    public mutating func native64(_ value: UInt64) { uint64(value.bigEndian) }

    public mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    public mutating func append(_ more: Span<UInt8>) {
        for index in more.indices { bytes.append(more[index]) }
    }

    public mutating func zeros(_ count: Int) {
        for _ in 0..<count { bytes.append(0) }
    }

    /// Zeros up to the next multiple of `alignment` octets from the start.
    public mutating func pad(to alignment: Int) { zeros((alignment - bytes.count % alignment) % alignment) }

    /// Writes over two octets already there: a length known only once what it counts is written.
    public mutating func patch16(_ value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    public mutating func patch32(_ value: UInt32, at offset: Int) {
        patch16(UInt16(value >> 16), at: offset)
        patch16(UInt16(truncatingIfNeeded: value), at: offset + 2)
    }

    public mutating func patchNative16(_ value: UInt16, at offset: Int) { patch16(value.bigEndian, at: offset) }
    public mutating func patchNative32(_ value: UInt32, at offset: Int) { patch32(value.bigEndian, at: offset) }
}
