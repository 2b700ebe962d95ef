import Wire

/// The ICMP messages that tell a packet's sender why it was not carried: it is too large, and what would fit (RFC 1191 §4, RFC 4443 §3.2),
/// or it is administratively prohibited (RFC 1812 §5.2.7.1, RFC 4443 §3.1). The caller limits their rate.
public enum PacketTooBig {
    /// Octets of the longest reply: every IPv4 host and every IPv6 link accepts as many.
    public static let limit = Layout.minimumIPv6MTU
    private static let ipv4Limit = 576

    /// Writes the reply to `packet` at the start of `out`, which has at least `limit` octets.
    ///
    /// Its source is the address that the packet was for. A packet from one of the gateway's own addresses that arrives through a tunnel's
    /// device would be refused, and senders only examine the quoted packet.
    ///
    /// - Parameter mtu: octets that fit; the reply never says less than 68 (IPv4) or 1280 (IPv6), which every link carries.
    /// - Returns: its length, or `nil` if RFC 1122 §3.2.2 and RFC 4443 §2.4 forbid a reply.
    public static func answer(
        to packet: Span<UInt8>, header: IPHeader, mtu: Int, into out: inout MutableSpan<UInt8>
    ) -> Int? {
        guard header.totalLength <= packet.count, out.count >= limit, mayAnswer(packet, header) else { return nil }
        return header.source.family == .ipv4
            ? ipv4(packet, header, 3, 4, UInt32(max(min(mtu, 65_535), 68)), &out)
            : ipv6(packet, header, 2, 0, UInt32(clamping: max(mtu, Layout.minimumIPv6MTU)), &out)
    }

    /// As above, for a packet that is administratively prohibited.
    public static func prohibition(
        of packet: Span<UInt8>, header: IPHeader, into out: inout MutableSpan<UInt8>
    ) -> Int? {
        guard header.totalLength <= packet.count, out.count >= limit, mayAnswer(packet, header) else { return nil }
        return header.source.family == .ipv4
            ? ipv4(packet, header, 3, 13, 0, &out) : ipv6(packet, header, 1, 1, 0, &out)
    }

    private static func mayAnswer(_ packet: Span<UInt8>, _ header: IPHeader) -> Bool {
        guard isOneHost(header.source), isOneHost(header.destination) else { return false }
        if header.source.family == .ipv4 {
            // Later fragments and ICMP errors get no reply.
            guard packet[6] & 0x1f == 0, packet[7] == 0 else { return false }
            guard header.ipProtocol == NextHeader.icmp else { return true }
            return header.sourcePort == 0 || header.sourcePort == 8 || (13...18).contains(header.sourcePort)
        }
        return header.ipProtocol != NextHeader.icmpv6 || header.sourcePort >= 128
    }

    /// Whether it is a host's address: not multicast, broadcast, loopback or unspecified.
    private static func isOneHost(_ address: Address) -> Bool {
        if address.isAny { return false }
        if address.family == .ipv4 {
            let first = address.low >> 24
            return first != 0 && first != 127 && first < 224
        }
        return address.high >> 56 != 0xff && !(address.high == 0 && address.low == 1)
    }

    private static func ipv4(
        _ packet: Span<UInt8>, _ header: IPHeader, _ type: UInt8, _ code: UInt8, _ word: UInt32,
        _ out: inout MutableSpan<UInt8>
    ) -> Int {
        let quoted = min(header.totalLength, ipv4Limit - 28)
        let total = 28 + quoted
        for index in 0..<28 { out[index] = 0 }
        out[0] = 0x45
        out[1] = 0xc0 // internetwork control (RFC 1812 §4.3.2.5)
        BigEndian.put(UInt16(truncatingIfNeeded: total), &out, at: 2)
        out[8] = 64
        out[9] = NextHeader.icmp
        BigEndian.put(header.destination, &out, at: 12)
        BigEndian.put(header.source, &out, at: 16)
        BigEndian.put(Checksum.folded(Checksum.sum(out, 0..<20)), &out, at: 10)
        out[20] = type
        out[21] = code
        BigEndian.put(word, &out, at: 24)
        for index in 0..<quoted { out[28 + index] = packet[index] }
        BigEndian.put(Checksum.folded(Checksum.sum(out, 20..<total)), &out, at: 22)
        return total
    }

    private static func ipv6(
        _ packet: Span<UInt8>, _ header: IPHeader, _ type: UInt8, _ code: UInt8, _ word: UInt32,
        _ out: inout MutableSpan<UInt8>
    ) -> Int {
        let quoted = min(header.totalLength, limit - 48)
        let total = 48 + quoted
        for index in 0..<48 { out[index] = 0 }
        out[0] = 0x60
        BigEndian.put(UInt16(truncatingIfNeeded: total - 40), &out, at: 4)
        out[6] = NextHeader.icmpv6
        out[7] = 64
        BigEndian.put(header.destination, &out, at: 8)
        BigEndian.put(header.source, &out, at: 24)
        out[40] = type
        out[41] = code
        BigEndian.put(word, &out, at: 44)
        for index in 0..<quoted { out[48 + index] = packet[index] }
        let pseudo = Checksum.pseudoHeader(
            header.destination, header.source, NextHeader.icmpv6, length: total - 40)
        BigEndian.put(Checksum.folded(Checksum.sum(out, 40..<total, pseudo)), &out, at: 42)
        return total
    }
}
