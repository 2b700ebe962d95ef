/// Why octets could not be parsed.
public enum WireError: Error, Equatable, Sendable {
    /// A field reaches past the end; `at` is the offset where it begins.
    case truncated(at: Int)
    /// A field holds a value that its format does not allow; `at` is the offset where it begins.
    case malformed(at: Int)
}

/// Reads fields from borrowed bytes without copying them, and never past their end.
///
/// `uint16`, `uint32` and `uint64` read network byte order; the `native` methods read the machine's own, for netlink.
public struct ByteReader: ~Escapable {
    /// All bytes, those already read included.
    public let bytes: Span<UInt8>
    /// Octets read so far.
    public private(set) var offset = 0

    /// Begins at the first octet of `bytes`.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    /// Octets not read yet.
    public var remaining: Int { bytes.count - offset }
    /// Whether every octet has been read.
    public var isAtEnd: Bool { remaining == 0 }

    /// One octet.
    /// - Throws: `truncated` at the end.
    public mutating func uint8() throws(WireError) -> UInt8 {
        let at = try take(1)
        return bytes[at]
    }

    /// Two octets in network byte order.
    /// - Throws: `truncated` when fewer are left.
    public mutating func uint16() throws(WireError) -> UInt16 {
        let at = try take(2)
        return UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }

    /// Four octets in network byte order.
    /// - Throws: `truncated` when fewer are left.
    public mutating func uint32() throws(WireError) -> UInt32 {
        let at = try take(4)
        return UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
    }

    /// Eight octets in network byte order.
    /// - Throws: `truncated` when fewer are left.
    public mutating func uint64() throws(WireError) -> UInt64 {
        guard remaining >= 8 else { throw .truncated(at: offset) }
        let high = try uint32()
        return UInt64(high) << 32 | UInt64(try uint32())
    }

    /// In the machine's own byte order, as netlink has it.
    public mutating func native16() throws(WireError) -> UInt16 { try uint16().bigEndian }
    /// In the machine's own byte order, as netlink has it.
    public mutating func native32() throws(WireError) -> UInt32 { try uint32().bigEndian }
    /// In the machine's own byte order, as netlink has it.
    public mutating func native64() throws(WireError) -> UInt64 { try uint64().bigEndian }

    /// The next `count` octets, copied.
    public mutating func array(_ count: Int) throws(WireError) -> [UInt8] {
        let at = try take(count)
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in at..<(at + count) { copy.append(bytes[index]) }
        return copy
    }

    /// The next `count` octets, borrowed.
    @_lifetime(copy self)
    public mutating func span(_ count: Int) throws(WireError) -> Span<UInt8> {
        let at = try take(count)
        return bytes.extracting(at..<(at + count))
    }

    /// A reader confined to the next `count` octets, which this one passes over.
    @_lifetime(copy self)
    public mutating func reader(_ count: Int) throws(WireError) -> ByteReader { ByteReader(try span(count)) }

    /// Passes over `count` octets.
    /// - Throws: `truncated` when fewer are left.
    public mutating func skip(_ count: Int) throws(WireError) { _ = try take(count) }

    /// Claims `count` octets and returns the offset of the first.
    private mutating func take(_ count: Int) throws(WireError) -> Int {
        guard count >= 0, remaining >= count else { throw .truncated(at: offset) }
        defer { offset += count }
        return offset
    }
}
