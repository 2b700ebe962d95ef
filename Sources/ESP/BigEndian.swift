import Wire

/// Fields in network byte order, read and written in place. Writing past the end traps: callers have checked for room.
enum BigEndian {
    static func word(_ bytes: Span<UInt8>, at offset: Int) -> UInt32? {
        guard bytes.count >= offset + 4 else { return nil }
        return UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8
            | UInt32(bytes[offset + 3])
    }

    static func half(_ bytes: borrowing MutableSpan<UInt8>, at offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    static func word(_ bytes: borrowing MutableSpan<UInt8>, at offset: Int) -> UInt32 {
        UInt32(half(bytes, at: offset)) << 16 | UInt32(half(bytes, at: offset + 2))
    }

    static func put(_ value: UInt16, _ bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes[offset] = UInt8(value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    static func put(_ value: UInt32, _ bytes: inout MutableSpan<UInt8>, at offset: Int) {
        put(UInt16(value >> 16), &bytes, at: offset)
        put(UInt16(truncatingIfNeeded: value), &bytes, at: offset + 2)
    }

    static func put(_ value: UInt64, _ bytes: inout MutableSpan<UInt8>, at offset: Int) {
        put(UInt32(value >> 32), &bytes, at: offset)
        put(UInt32(truncatingIfNeeded: value), &bytes, at: offset + 4)
    }

    /// Four or sixteen octets, without the array that `Address.octets` makes.
    static func put(_ address: Address, _ bytes: inout MutableSpan<UInt8>, at offset: Int) {
        if address.family == .ipv4 {
            put(UInt32(truncatingIfNeeded: address.low), &bytes, at: offset)
        } else {
            put(address.high, &bytes, at: offset)
            put(address.low, &bytes, at: offset + 8)
        }
    }
}
