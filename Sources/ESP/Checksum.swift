import Crypto
import Wire

/// The Internet checksum (RFC 1071).
enum Checksum {
    /// The sum of `range` read as 16-bit words, added to `sum`; an odd last octet is the high half of a word.
    static func sum(_ bytes: borrowing MutableSpan<UInt8>, _ range: Range<Int>, _ sum: UInt64 = 0) -> UInt64 {
        sum &+ UInt64(InternetChecksum.sum(bytes.span, range))
    }

    /// The pseudo-header of RFC 793 and RFC 8200 §8.1.
    static func pseudoHeader(_ source: Address, _ destination: Address, _ ipProtocol: UInt8, length: Int) -> UInt64 {
        halves(source.high) + halves(source.low) + halves(destination.high) + halves(destination.low)
            + UInt64(ipProtocol) + UInt64(length)
    }

    private static func halves(_ value: UInt64) -> UInt64 { (value >> 32) + (value & 0xffff_ffff) }

    /// Folds a sum to 16 bits, as in a header.
    static func folded(_ sum: UInt64) -> UInt16 {
        var sum = sum
        while sum > 0xffff { sum = (sum & 0xffff) &+ (sum >> 16) }
        return ~UInt16(truncatingIfNeeded: sum)
    }

    /// The checksum of a header after one of its words has changed (RFC 1624).
    static func adjusted(_ checksum: UInt16, from old: UInt16, to new: UInt16) -> UInt16 {
        folded(UInt64(~checksum) + UInt64(~old) + UInt64(new))
    }
}
