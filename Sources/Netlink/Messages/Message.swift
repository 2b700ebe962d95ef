import Wire

/// The header of a message of the kernel (struct nlmsghdr), without its length.
public struct MessageHeader: Hashable, Sendable {
    /// RTM_…, XFRM_MSG_…, or subsystem and message of nfnetlink.
    public let type: UInt16
    /// NLM_F_….
    public let flags: UInt16
    /// Sequence number of the request that this answers; 0 in notifications.
    public let sequence: UInt32

    /// NLMSG_ERROR and NLMSG_DONE
    static let error: UInt16 = 2, done: UInt16 = 3
    /// NLM_F_DUMP_INTR: the table changed during the dump.
    var isInterrupted: Bool { flags & 0x10 != 0 }

    /// Splits a datagram into messages.
    /// - Throws: `truncated` or `malformed` for a message that reaches past the end or is shorter than its header. Earlier messages
    ///   have been passed to `each` by then.
    public static func read(
        _ datagram: Span<UInt8>, _ each: (MessageHeader, Span<UInt8>) throws(WireError) -> Void
    ) throws(WireError) {
        var reader = ByteReader(datagram)
        while !reader.isAtEnd {
            let start = reader.offset
            // On a 32-bit machine a length above 2^31 becomes negative, and so is refused below.
            let length = Int(truncatingIfNeeded: try reader.native32())
            let header = MessageHeader(
                type: try reader.native16(), flags: try reader.native16(), sequence: try reader.native32())
            try reader.skip(4)
            guard length >= 16 else { throw .malformed(at: start) }
            try each(header, try reader.span(length - 16))
            try reader.skip(min(reader.remaining, (4 - length % 4) % 4))
        }
    }
}

/// The attributes (struct nlattr) at the end of a message.
enum Attributes {
    /// Passes each attribute's type, without the flags in its upper bits, and its payload to `each`.
    static func read(
        _ bytes: Span<UInt8>, _ each: (UInt16, inout ByteReader) throws(WireError) -> Void
    ) throws(WireError) {
        var reader = ByteReader(bytes)
        while !reader.isAtEnd {
            let start = reader.offset
            let length = Int(try reader.native16())
            let type = try reader.native16() & 0x3fff
            guard length >= 4 else { throw .malformed(at: start) }
            var payload = try reader.reader(length - 4)
            try each(type, &payload)
            try reader.skip(min(reader.remaining, (4 - length % 4) % 4))
        }
    }
}

extension ByteReader {
    /// The octets not read yet.
    @_lifetime(copy self)
    mutating func rest() throws(WireError) -> Span<UInt8> { try span(remaining) }

    /// The whole payload of an attribute that holds an address.
    mutating func address() throws(WireError) -> Address {
        let at = offset
        guard let address = Address(try rest()) else { throw .malformed(at: at) }
        return address
    }

    /// Text up to its final zero.
    mutating func name() throws(WireError) -> Name {
        let octets = try array(remaining)
        return Name(Array(octets.prefix { $0 != 0 }))
    }

    /// AF_INET or AF_INET6; `nil` for another.
    mutating func family8() throws(WireError) -> Address.Family? { Address.Family(kernel: UInt16(try uint8())) }
}

extension Address.Family {
    /// AF_INET, AF_INET6
    var kernel: UInt8 { self == .ipv4 ? 2 : 10 }

    init?(kernel: UInt16) {
        switch kernel {
        case 2: self = .ipv4
        case 10: self = .ipv6
        default: return nil
        }
    }
}
