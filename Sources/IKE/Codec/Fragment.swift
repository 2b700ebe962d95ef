import Wire

/// A fragment of an ISAKMP message: the Fragment payload of [MS-IKEE] 2.2.3.1, which Cisco introduced.
///
/// A message that is complete, and encrypted if it has to be, is cut into pieces. Each piece travels in an ISAKMP message of its own,
/// and is its only payload. Fragments are neither encrypted nor authenticated.
struct Fragment {
    /// Octets in front of the data: the ISAKMP header and the header of the payload.
    static let overhead = Header.length + 8

    /// The same for all fragments of one message.
    let id: UInt16
    /// 1 to `Limits.fragments`.
    let number: Int
    let isLast: Bool
    let data: [UInt8]

    /// - Parameter message: with a valid ISAKMP header that names a Fragment payload.
    init(_ message: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(message)
        try reader.skip(Header.length)
        guard try reader.uint8() == 0 else { throw .malformed(at: Header.length) }
        try reader.skip(1)
        guard Int(try reader.uint16()) == message.count - Header.length else { throw .malformed(at: Header.length + 2) }
        id = try reader.uint16()
        number = Int(try reader.uint8())
        isLast = try reader.uint8() & 1 != 0
        data = try reader.array(reader.remaining)
        guard number >= 1, number <= Limits.fragments, !data.isEmpty else { throw .malformed(at: Header.length + 6) }
    }

    /// Cuts a message into datagrams of at most `size` octets of data each. They have the message's cookies, exchange type and
    /// message ID.
    static func cut(_ message: [UInt8], id: UInt16, size: Int) -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        var start = 0
        while start < message.count {
            let end = min(start + size, message.count)
            var head = Array(message[0..<24])
            head[16] = PayloadType.fragment.rawValue
            head[19] = 0
            let length = overhead + end - start
            head += [0, 0, UInt8(length >> 8), UInt8(length & 255)]
            let payload = length - Header.length
            head += [0, 0, UInt8(payload >> 8), UInt8(payload & 255), UInt8(id >> 8), UInt8(id & 255)]
            head += [UInt8(datagrams.count + 1), end == message.count ? 1 : 0]
            datagrams.append(head + message[start..<end])
            start = end
        }
        return datagrams
    }
}
