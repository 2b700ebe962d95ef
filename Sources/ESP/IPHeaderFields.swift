import Wire

/// An inner header's DSCP and ECN, changed in place.
enum TrafficClass {
    static func set(_ value: UInt8, _ bytes: inout MutableSpan<UInt8>, at offset: Int) {
        if bytes[offset] >> 4 == 4 {
            let old = BigEndian.half(bytes, at: offset)
            bytes[offset + 1] = value
            let sum = Checksum.adjusted(BigEndian.half(bytes, at: offset + 10), from: old, to: BigEndian.half(bytes, at: offset))
            BigEndian.put(sum, &bytes, at: offset + 10)
        } else {
            bytes[offset] = 0x60 | value >> 4
            bytes[offset + 1] = value << 4 | bytes[offset + 1] & 0x0f
        }
    }
}

/// The IP header that a transport mode packet had before ESP took its place, as far as its outer header shows.
enum IPHeaderFields {
    /// Writes it over the start of `packet`; false when the families differ or the packet is longer than IP has.
    static func put(
        _ outer: InboundSA.Outer, ipProtocol: UInt8, _ bytes: inout MutableSpan<UInt8>, _ packet: Range<Int>
    ) -> Bool {
        let at = packet.lowerBound
        guard outer.source.family == outer.destination.family else { return false }
        if outer.source.family == .ipv4 {
            guard let total = UInt16(exactly: packet.count) else { return false }
            bytes[at] = 0x45
            bytes[at + 1] = outer.trafficClass
            BigEndian.put(total, &bytes, at: at + 2)
            BigEndian.put(UInt32(0), &bytes, at: at + 4)
            bytes[at + 8] = outer.hopLimit
            bytes[at + 9] = ipProtocol
            BigEndian.put(UInt16(0), &bytes, at: at + 10)
            BigEndian.put(outer.source, &bytes, at: at + 12)
            BigEndian.put(outer.destination, &bytes, at: at + 16)
            BigEndian.put(Checksum.folded(Checksum.sum(bytes, at..<at + 20)), &bytes, at: at + 10)
        } else {
            guard let length = UInt16(exactly: packet.count - 40) else { return false }
            BigEndian.put(0x6000_0000 | UInt32(outer.trafficClass) << 20, &bytes, at: at)
            BigEndian.put(length, &bytes, at: at + 4)
            bytes[at + 6] = ipProtocol
            bytes[at + 7] = outer.hopLimit
            BigEndian.put(outer.source, &bytes, at: at + 8)
            BigEndian.put(outer.destination, &bytes, at: at + 24)
        }
        return true
    }
}

/// A transport mode packet's TCP or UDP checksum, made with addresses that a NAT has since rewritten (RFC 3948 §3.1.2).
enum TransportChecksum {
    /// Makes it anew; ESP's own check has shown that the packet is whole.
    static func renew(_ bytes: inout MutableSpan<UInt8>, _ at: Int, _ header: IPHeader) {
        let start = at + header.headerLength
        let end = at + header.totalLength
        let field: Int
        switch header.ipProtocol {
        case NextHeader.tcp: field = start + 16
        case NextHeader.udp: field = start + 6
        default: return
        }
        guard field + 2 <= end, !header.isFragment else { return }
        // An IPv4 sender may leave UDP's out, and then it stays out.
        if header.ipProtocol == NextHeader.udp, BigEndian.half(bytes, at: field) == 0 { return }
        BigEndian.put(UInt16(0), &bytes, at: field)
        let pseudo = Checksum.pseudoHeader(header.source, header.destination, header.ipProtocol, length: end - start)
        let sum = Checksum.folded(Checksum.sum(bytes, start..<end, pseudo))
        BigEndian.put(header.ipProtocol == NextHeader.udp && sum == 0 ? 0xffff : sum, &bytes, at: field)
    }
}
