import Wire

/// Changes an inner header's DSCP and ECN in place.
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
