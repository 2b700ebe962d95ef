/// The fields of an IPv4 or IPv6 packet that decide which tunnel it belongs to and how it is treated there.
public struct IPHeader: Sendable {
    /// The sender's address.
    public let source: Address
    /// The receiver's address; IPv6 routing headers are not followed.
    public let destination: Address
    /// The payload's protocol, behind IPv6 extension headers; set in later fragments, too.
    public let ipProtocol: UInt8
    /// TCP, UDP, SCTP, UDP-Lite and DCCP ports; ICMP's type as source port and code as destination port; otherwise 0.
    public let sourcePort: UInt16
    /// As `sourcePort`.
    public let destinationPort: UInt16
    /// Octets of the packet as its header says; never more than there are.
    public private(set) var totalLength: Int
    /// Octets before the payload, extension headers included.
    public let headerLength: Int
    /// DSCP and ECN: IPv4's TOS, IPv6's Traffic Class.
    public let trafficClass: UInt8
    /// IPv4's DF; always true for IPv6, whose routers never fragment.
    public let dontFragment: Bool
    /// Whether the packet is a fragment, also if it is the first.
    public let isFragment: Bool

    /// Reads the header of a packet.
    /// - Throws: `truncated` when the packet is shorter than its header says; `malformed` for another IP version or an impossible
    /// length.
    public init(_ packet: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(packet)
        switch try reader.uint8() >> 4 {
        case 4: try self.init(ipv4: packet)
        case 6: try self.init(ipv6: packet)
        default: throw .malformed(at: 0)
        }
    }

    /// The header of a packet that differs in its length alone, such as a segment of a larger one.
    public func resized(to totalLength: Int) -> IPHeader {
        var header = self
        header.totalLength = totalLength
        return header
    }

    private init(ipv4 packet: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(packet)
        let length = Int(try reader.uint8() & 15) * 4
        trafficClass = try reader.uint8()
        let total = Int(try reader.uint16())
        guard length >= 20, total >= length else { throw .malformed(at: 0) }
        guard total <= packet.count else { throw .truncated(at: 2) }
        try reader.skip(2)
        let flags = try reader.uint16()
        try reader.skip(1)
        ipProtocol = try reader.uint8()
        try reader.skip(2)
        source = Address(ipv4: try reader.uint32())
        destination = Address(ipv4: try reader.uint32())
        totalLength = total
        headerLength = length
        dontFragment = flags & 0x4000 != 0
        isFragment = flags & 0x3fff != 0
        let ports = flags & 0x1fff == 0 ? Self.ports(packet, at: length, upTo: total, ipProtocol) : (0, 0)
        (sourcePort, destinationPort) = ports
    }

    private init(ipv6 packet: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(packet)
        trafficClass = UInt8(truncatingIfNeeded: try reader.uint32() >> 20)
        let total = Int(try reader.uint16()) + 40
        var next = try reader.uint8()
        try reader.skip(1)
        source = Address(ipv6High: try reader.uint64(), low: try reader.uint64())
        destination = Address(ipv6High: try reader.uint64(), low: try reader.uint64())
        guard total <= packet.count else { throw .truncated(at: 4) }
        var fragment = false
        var first = true
        // Hop-by-hop, routing, destination options and fragment headers may stand before the payload (RFC 8200 §4.1).
        while next == 0 || next == 43 || next == 60 || next == 44, first {
            let at = reader.offset
            let following = try reader.uint8()
            let length = try reader.uint8()
            if next == 44 {
                fragment = true
                first = try reader.uint16() & 0xfff8 == 0
                try reader.skip(4)
            } else {
                try reader.skip(Int(length) * 8 + 6)
            }
            guard reader.offset <= total else { throw .truncated(at: at) }
            next = following
        }
        ipProtocol = next
        totalLength = total
        headerLength = reader.offset
        dontFragment = true
        isFragment = fragment
        (sourcePort, destinationPort) = first ? Self.ports(packet, at: reader.offset, upTo: total, next) : (0, 0)
    }

    /// The ports of the payload; 0 where it has none or is too short.
    private static func ports(
        _ packet: Span<UInt8>, at offset: Int, upTo end: Int, _ ipProtocol: UInt8
    ) -> (UInt16, UInt16) {
        guard offset + 4 <= end else { return (0, 0) }
        switch ipProtocol {
        case 6, 17, 33, 132, 136:
            return (
                UInt16(packet[offset]) << 8 | UInt16(packet[offset + 1]),
                UInt16(packet[offset + 2]) << 8 | UInt16(packet[offset + 3])
            )
        case 1, 58: return (UInt16(packet[offset]), UInt16(packet[offset + 1]))
        default: return (0, 0)
        }
    }
}
