import Wire

/// The TCP or UDP checksum of a transport mode packet. A NAT has changed the addresses that the sender computed it with (RFC 3948 §3.1.2).
enum TransportChecksum {
    /// Computes it again. ESP's integrity check has shown that the packet is intact.
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
        // An IPv4 sender may omit UDP's checksum.
        if header.ipProtocol == NextHeader.udp, BigEndian.half(bytes, at: field) == 0 { return }
        BigEndian.put(UInt16(0), &bytes, at: field)
        let pseudo = Checksum.pseudoHeader(header.source, header.destination, header.ipProtocol, length: end - start)
        let sum = Checksum.folded(Checksum.sum(bytes, start..<end, pseudo))
        BigEndian.put(header.ipProtocol == NextHeader.udp && sum == 0 ? 0xffff : sum, &bytes, at: field)
    }
}
