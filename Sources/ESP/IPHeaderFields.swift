import Wire

/// The IP header of a transport mode packet before ESP was added, as far as its outer header shows it.
enum IPHeaderFields {
    /// Writes it over the start of `packet`. False if the families differ or the packet is longer than IP allows.
    static func put(
        _ outer: OuterHeader, ipProtocol: UInt8, _ bytes: inout MutableSpan<UInt8>, _ packet: Range<Int>
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
