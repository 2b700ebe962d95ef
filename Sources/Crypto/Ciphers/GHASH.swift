import CLinux
import CMbedTLS

/// GCM's hash (NIST SP 800-38D §6.4) under one key: multiplication in GF(2^128). The owner must call `release()`.
///
/// Without a CPU instruction, carry-less multiplication uses ordinary multiplications: three of every four bits are masked off, so
/// that the carries of a column of partial products never reach the next bit that is kept. It uses no table, which would leave
/// traces of the key in the cache, and no branch on a secret.
@safe struct GHASH {
    /// Powers of the key for the CPU's instructions, or `Halves`.
    private let key: UnsafeMutableRawPointer
    private let hasInstructions: Bool
    private static var size: Int { 64 }

    /// The key's low, high and added halves, and the same with their bits in the opposite order: a product's upper half is
    /// the lower half of the reversed operands' product, reversed.
    private struct Halves {
        var low, high, both: UInt64
        var lowReversed, highReversed, bothReversed: UInt64

        init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
            both = low ^ high
            lowReversed = GHASH.reversed(low)
            highReversed = GHASH.reversed(high)
            bothReversed = lowReversed ^ highReversed
        }
    }

    /// `key` holds 16 octets.
    init(key octets: UnsafePointer<UInt8>, instructions: Bool) {
        unsafe key = .allocate(byteCount: Self.size, alignment: 16)
        hasInstructions = instructions
        if instructions {
            unsafe cmbedtls_ghash_start(octets, key.assumingMemoryBound(to: UInt8.self))
        } else {
            let halves = unsafe Halves(low: Self.word(octets + 8), high: Self.word(octets))
            unsafe key.initializeMemory(as: Halves.self, to: halves)
        }
    }

    func release() {
        unsafe clinux_wipe(key, Self.size)
        unsafe key.deallocate()
    }

    /// Hashes `blocks` blocks into `sum`, 16 octets in network order that were zeros at first.
    func update(_ sum: UnsafeMutablePointer<UInt8>, _ bytes: UnsafePointer<UInt8>, blocks: Int) {
        if hasInstructions {
            unsafe cmbedtls_ghash(sum, key.assumingMemoryBound(to: UInt8.self), bytes, blocks)
            return
        }
        let halves = unsafe key.assumingMemoryBound(to: Halves.self)
        var high = unsafe Self.word(sum)
        var low = unsafe Self.word(sum + 8)
        for block in 0..<blocks {
            let next = unsafe bytes + 16 * block
            unsafe Self.multiply(&high, &low, high: Self.word(next), low: Self.word(next + 8), by: halves.pointee)
        }
        unsafe UnsafeMutableRawPointer(sum).storeBytes(of: high.bigEndian, as: UInt64.self)
        unsafe UnsafeMutableRawPointer(sum).storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// Adds a block to the sum and multiplies that by the key.
    private static func multiply(
        _ sumHigh: inout UInt64, _ sumLow: inout UInt64, high: UInt64, low: UInt64, by key: Halves
    ) {
        let y1 = sumHigh ^ high
        let y0 = sumLow ^ low
        let y1r = reversed(y1)
        let y0r = reversed(y0)
        // Karatsuba: three products of halves make the whole, each with its lower and upper 64 bits.
        let z0 = product(y0, key.low)
        let z1 = product(y1, key.high)
        let z2 = product(y0 ^ y1, key.both) ^ z0 ^ z1
        let z0r = product(y0r, key.lowReversed)
        let z1r = product(y1r, key.highReversed)
        let z2r = product(y0r ^ y1r, key.bothReversed) ^ z0r ^ z1r
        let z0h = reversed(z0r) >> 1
        let z1h = reversed(z1r) >> 1
        let z2h = reversed(z2r) >> 1
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
        sumLow = v2
        sumHigh = v3
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
