/// AES-GCM with a 16-octet tag (NIST SP 800-38D) as ESP uses it (RFC 4106). In place; allocates nothing after `init`.
///
/// Built here from AES and GHASH: mbedTLS's GCM links every cipher and processes one block at a time.
public final class GCM: @unchecked Sendable {
    /// Octets of the integrity check value.
    public static let tagLength = 16
    /// Octets of IV in each packet.
    public static let ivLength = 8
    private let aes: AES
    private let hash: GHASH
    private let salt: UInt32

    /// - Parameter salt: four octets, from the keying material behind the key (RFC 4106 §8.1).
    /// - Throws: `unsupported` for a cipher that is not AEAD, `badKeyLength`.
    public convenience init(_ cipher: Cipher, key: Span<UInt8>, salt: Span<UInt8>) throws(CryptoError) {
        try self.init(cipher, key: key, salt: salt, instructions: CPU.hasAES)
    }

    /// As `init(_:key:salt:)` for borrowed octets.
    public convenience init(_ cipher: Cipher, key: Secret, salt: Secret) throws(CryptoError) {
        try self.init(cipher, key: key.bytes, salt: salt.bytes)
    }

    init(_ cipher: Cipher, key: Span<UInt8>, salt: Span<UInt8>, instructions: Bool) throws(CryptoError) {
        guard cipher.isAEAD else { throw .unsupported }
        guard key.count == cipher.keyLength, salt.count == cipher.saltLength else { throw .badKeyLength }
        let aes = AES(key, .encrypt, instructions: instructions)
        self.aes = aes
        // GHASH's key is a block of zeros, encrypted.
        hash = unsafe withScratch { scratch in
            unsafe aes.encrypt(scratch)
            return unsafe GHASH(key: scratch, instructions: instructions)
        }
        self.salt = UInt32(salt[0]) << 24 | UInt32(salt[1]) << 16 | UInt32(salt[2]) << 8 | UInt32(salt[3])
    }

    deinit {
        aes.release()
        hash.release()
    }

    /// Encrypts `bytes[text]` and writes the tag behind it, at `bytes[text.upperBound ..< text.upperBound + 16]`.
    ///
    /// - Parameters:
    ///   - aad: what is authenticated but not encrypted: ESP's SPI and sequence number.
    ///   - high: the upper half of an extended sequence number, authenticated between SPI and lower half (RFC 4106 §5).
    ///   - ivAt: offset of the packet's IV, 8 octets, which must never repeat under one key. With the salt it makes the nonce.
    /// - Throws: `badLength` when a range reaches past the bytes.
    public func seal(
        _ bytes: inout MutableSpan<UInt8>, aad: Range<Int>, high: UInt32? = nil, ivAt: Int, text: Range<Int>
    ) throws(CryptoError) {
        try check(bytes.count, aad, ivAt, text)
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress!
            unsafe crypt(base, ivAt, text)
            unsafe tag(base, aad, high, ivAt, text, base + text.upperBound)
        }
    }

    /// Checks the tag behind `bytes[text]` and then decrypts it.
    ///
    /// - Throws: `authenticationFailed`, with nothing decrypted; `badLength`.
    public func open(
        _ bytes: inout MutableSpan<UInt8>, aad: Range<Int>, high: UInt32? = nil, ivAt: Int, text: Range<Int>
    ) throws(CryptoError) {
        try check(bytes.count, aad, ivAt, text)
        let matches = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress!
            let matches = unsafe withScratch { scratch in
                unsafe tag(base, aad, high, ivAt, text, scratch)
                var difference: UInt8 = 0
                for index in 0..<Self.tagLength { unsafe difference |= scratch[index] ^ base[text.upperBound + index] }
                return difference == 0
            }
            if matches { unsafe crypt(base, ivAt, text) }
            return matches
        }
        guard matches else { throw .authenticationFailed }
    }

    private func check(_ count: Int, _ aad: Range<Int>, _ ivAt: Int, _ text: Range<Int>) throws(CryptoError) {
        guard aad.lowerBound >= 0, aad.upperBound <= count, ivAt >= 0, ivAt <= count - Self.ivLength,
            text.lowerBound >= 0, text.upperBound <= count - Self.tagLength
        else { throw .badLength }
    }

    /// Writes the packet's counter block: salt, IV, counter. Counter 1 is for the tag, 2 and up for the text.
    private func write(_ number: UInt32, _ iv: UnsafePointer<UInt8>, _ counter: UnsafeMutablePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(counter)
        unsafe raw.storeBytes(of: salt.bigEndian, as: UInt32.self)
        unsafe (raw + 4).copyMemory(from: iv, byteCount: Self.ivLength)
        unsafe raw.storeBytes(of: number.bigEndian, toByteOffset: 12, as: UInt32.self)
    }

    private func tag(
        _ base: UnsafePointer<UInt8>, _ aad: Range<Int>, _ high: UInt32?, _ ivAt: Int, _ text: Range<Int>,
        _ out: UnsafeMutablePointer<UInt8>
    ) {
        unsafe withScratch { scratch in
            // The sum, a block to fill up, the counter block.
            let (sum, block, counter) = unsafe (scratch, scratch + 16, scratch + 32)
            var aadLength = aad.count
            if let high {
                let raw = UnsafeMutableRawPointer(block)
                unsafe raw.copyMemory(from: base + aad.lowerBound, byteCount: 4)
                unsafe raw.storeBytes(of: high.bigEndian, toByteOffset: 4, as: UInt32.self)
                unsafe (raw + 8).copyMemory(from: base + aad.lowerBound + 4, byteCount: 4)
                unsafe raw.storeBytes(of: 0, toByteOffset: 12, as: UInt32.self)
                unsafe hash.update(sum, block, blocks: 1)
                aadLength += 4
            } else {
                unsafe update(sum, base + aad.lowerBound, aad.count, block)
            }
            unsafe update(sum, base + text.lowerBound, text.count, block)
            let lengths = UnsafeMutableRawPointer(block)
            unsafe lengths.storeBytes(of: (UInt64(aadLength) * 8).bigEndian, as: UInt64.self)
            unsafe lengths.storeBytes(of: (UInt64(text.count) * 8).bigEndian, toByteOffset: 8, as: UInt64.self)
            unsafe hash.update(sum, block, blocks: 1)
            unsafe write(1, base + ivAt, counter)
            unsafe aes.encrypt(counter)
            for index in 0..<Self.tagLength { unsafe out[index] = sum[index] ^ counter[index] }
        }
    }

    /// Hashes `count` octets, padded with zeros to whole blocks. `block` is scratch space of one block.
    private func update(
        _ sum: UnsafeMutablePointer<UInt8>, _ bytes: UnsafePointer<UInt8>, _ count: Int,
        _ block: UnsafeMutablePointer<UInt8>
    ) {
        unsafe hash.update(sum, bytes, blocks: count / 16)
        let rest = count % 16
        guard rest > 0 else { return }
        for index in 0..<16 { unsafe block[index] = index < rest ? bytes[count - rest + index] : 0 }
        unsafe hash.update(sum, block, blocks: 1)
    }

    /// Counter mode, the same both ways.
    private func crypt(_ base: UnsafeMutablePointer<UInt8>, _ ivAt: Int, _ text: Range<Int>) {
        unsafe withScratch { scratch in
            let blocks = text.count / 16
            unsafe write(2, base + ivAt, scratch)
            unsafe aes.count(scratch, base + text.lowerBound, blocks: blocks)
            let rest = text.count % 16
            guard rest > 0 else { return }
            unsafe write(2 &+ UInt32(truncatingIfNeeded: blocks), base + ivAt, scratch)
            unsafe aes.encrypt(scratch)
            let last = unsafe base + text.upperBound - rest
            for index in 0..<rest { unsafe last[index] ^= scratch[index] }
        }
    }
}
