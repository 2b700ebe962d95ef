/// The sum of the Internet checksum (RFC 1071), eight octets at a time: the data path sums every octet that it segments or joins.
public enum InternetChecksum {
    /// The sum of `range` read as 16-bit words in network order, folded to 16 bits and not complemented. An odd last octet counts
    /// as the high half of a word.
    public static func sum(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt16 {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        guard !range.isEmpty else { return 0 }
        let sum = unsafe bytes.withUnsafeBytes { unsafe native($0.baseAddress! + range.lowerBound, range.count) }
        return UInt16(bigEndian: folded(sum))
    }

    /// Copies `range` of `source` to `destination[at...]`, which has room for it.
    public static func copy(
        _ source: Span<UInt8>, _ range: Range<Int>, to destination: inout MutableSpan<UInt8>, at offset: Int
    ) {
        precondition(range.lowerBound >= 0 && range.upperBound <= source.count)
        precondition(offset >= 0 && range.count <= destination.count - offset)
        guard !range.isEmpty else { return }
        unsafe source.withUnsafeBytes { from in
            unsafe destination.withUnsafeMutableBytes { to in
                unsafe (to.baseAddress! + offset).copyMemory(from: from.baseAddress! + range.lowerBound, byteCount: range.count)
            }
        }
    }

    /// The sum of words in the machine's own order: the octets of the result are those of the network's (RFC 1071 §2 (B)).
    private static func native(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var sum: UInt64 = 0
        var index = 0
        while index <= count - 8 {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            sum &+= (word & 0xffff_ffff) &+ (word >> 32)
            index += 8
        }
        while index <= count - 2 {
            sum &+= UInt64(unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt16.self))
            index += 2
        }
        if index < count { sum &+= UInt64(UInt16(littleEndian: UInt16(unsafe bytes.load(fromByteOffset: index, as: UInt8.self)))) }
        return sum
    }

    private static func folded(_ sum: UInt64) -> UInt16 {
        var sum = (sum & 0xffff_ffff) &+ (sum >> 32)
        while sum > 0xffff { sum = (sum & 0xffff) &+ (sum >> 16) }
        return UInt16(truncatingIfNeeded: sum)
    }
}
