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
