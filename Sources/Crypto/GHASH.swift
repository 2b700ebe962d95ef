/// GCM's hash (NIST SP 800-38D §6.4) under one key: multiplication in GF(2^128).
///
/// Carry-less multiplication out of ordinary ones: of every four bits three are masked away, so that what a column of
/// partial products sums to cannot reach the next bit kept. No table, so no trace of the key in the cache, and no branch
/// on a secret.
struct GHASH {
    // The key's low, high and added halves, and the same with their bits in the opposite order: a product's upper half is
    // the lower half of the reversed operands' product, reversed.
    private let low, high, both: UInt64
    private let lowReversed, highReversed, bothReversed: UInt64

    /// `key` holds 16 octets.
    init(key: UnsafePointer<UInt8>) {
        high = unsafe Self.word(key)
        low = unsafe Self.word(key + 8)
        both = low ^ high
        lowReversed = Self.reversed(low)
        highReversed = Self.reversed(high)
        bothReversed = lowReversed ^ highReversed
    }

    /// What was hashed so far.
    struct Sum {
        var high: UInt64 = 0
        var low: UInt64 = 0
    }

    /// Hashes `count` octets, with zeros up to a whole block.
    func update(_ sum: inout Sum, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
        var next = unsafe bytes
        for _ in 0..<(count / 16) {
            unsafe add(&sum, high: Self.word(next), low: Self.word(next + 8))
            unsafe next += 16
        }
        let rest = count % 16
        guard rest > 0 else { return }
        unsafe withScratch { scratch in
            for index in 0..<rest { unsafe scratch[index] = next[index] }
            unsafe add(&sum, high: Self.word(scratch), low: Self.word(scratch + 8))
        }
    }

    /// Hashes the last block, both lengths in bits.
    func finish(_ sum: inout Sum, additional: Int, text: Int) {
        add(&sum, high: UInt64(additional) * 8, low: UInt64(text) * 8)
    }

    private func add(_ sum: inout Sum, high blockHigh: UInt64, low blockLow: UInt64) {
        let y1 = sum.high ^ blockHigh
        let y0 = sum.low ^ blockLow
        let y1r = Self.reversed(y1)
        let y0r = Self.reversed(y0)
        // Karatsuba: three products of halves make the whole, each with its lower and upper 64 bits.
        let z0 = Self.product(y0, low)
        let z1 = Self.product(y1, high)
        let z2 = Self.product(y0 ^ y1, both) ^ z0 ^ z1
        let z0r = Self.product(y0r, lowReversed)
        let z1r = Self.product(y1r, highReversed)
        let z2r = Self.product(y0r ^ y1r, bothReversed) ^ z0r ^ z1r
        let z0h = Self.reversed(z0r) >> 1
        let z1h = Self.reversed(z1r) >> 1
        let z2h = Self.reversed(z2r) >> 1
        // 255 bits, moved up by one, since GCM writes its polynomials with the lowest power first.
        var v3 = z1h << 1 | (z1 ^ z2h) >> 63
        var v2 = (z1 ^ z2h) << 1 | (z0h ^ z2) >> 63
        var v1 = (z0h ^ z2) << 1 | z0 >> 63
        let v0 = z0 << 1
        // Modulo x^128 + x^7 + x^2 + x + 1.
        v2 ^= v0 ^ v0 >> 1 ^ v0 >> 2 ^ v0 >> 7
        v1 ^= v0 << 63 ^ v0 << 62 ^ v0 << 57
        v3 ^= v1 ^ v1 >> 1 ^ v1 >> 2 ^ v1 >> 7
        v2 ^= v1 << 63 ^ v1 << 62 ^ v1 << 57
        sum.low = v2
        sum.high = v3
    }

    /// The lower 64 bits of a carry-less product.
    @inline(__always)
    private static func product(_ x: UInt64, _ y: UInt64) -> UInt64 {
        let mask0: UInt64 = 0x1111_1111_1111_1111
        let mask1 = mask0 << 1
        let mask2 = mask0 << 2
        let mask3 = mask0 << 3
        let (x0, x1, x2, x3) = (x & mask0, x & mask1, x & mask2, x & mask3)
        let (y0, y1, y2, y3) = (y & mask0, y & mask1, y & mask2, y & mask3)
        let z0 = x0 &* y0 ^ x1 &* y3 ^ x2 &* y2 ^ x3 &* y1
        let z1 = x0 &* y1 ^ x1 &* y0 ^ x2 &* y3 ^ x3 &* y2
        let z2 = x0 &* y2 ^ x1 &* y1 ^ x2 &* y0 ^ x3 &* y3
        let z3 = x0 &* y3 ^ x1 &* y2 ^ x2 &* y1 ^ x3 &* y0
        return z0 & mask0 | z1 & mask1 | z2 & mask2 | z3 & mask3
    }

    @inline(__always)
    private static func reversed(_ value: UInt64) -> UInt64 {
        var x = value
        x = (x & 0x5555_5555_5555_5555) << 1 | x >> 1 & 0x5555_5555_5555_5555
        x = (x & 0x3333_3333_3333_3333) << 2 | x >> 2 & 0x3333_3333_3333_3333
        x = (x & 0x0f0f_0f0f_0f0f_0f0f) << 4 | x >> 4 & 0x0f0f_0f0f_0f0f_0f0f
        return x.byteSwapped
    }

    @inline(__always)
    private static func word(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UInt64(bigEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
    }
}
