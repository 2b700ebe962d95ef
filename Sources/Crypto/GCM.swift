import CLinux
import CMbedTLS

/// AES-GCM with a 16-octet tag (NIST SP 800-38D) as ESP uses it (RFC 4106). In place; allocates nothing after `init`.
///
/// Composed here from AES blocks and GHASH: mbedTLS's own brings every cipher it has along.
@safe public final class GCM: @unchecked Sendable {
    public static let tagLength = 16
    /// Octets of IV in each packet.
    public static let ivLength = 8
    private let schedule: UnsafeMutablePointer<mbedtls_aes_context>
    private let salt: UInt32
    private let hash: UnsafeMutablePointer<GHASH>

    /// - Parameter salt: four octets, from the keying material behind the key (RFC 4106 §8.1).
    /// - Throws: `unsupported` for a cipher that is not AEAD, `badKeyLength`.
    public init(_ cipher: Cipher, key: Span<UInt8>, salt: Span<UInt8>) throws(CryptoError) {
        guard cipher.isAEAD else { throw .unsupported }
        guard key.count == cipher.keyLength, salt.count == cipher.saltLength else { throw .badKeyLength }
        unsafe schedule = aesSchedule(key, .encrypt)
        self.salt = UInt32(salt[0]) << 24 | UInt32(salt[1]) << 16 | UInt32(salt[2]) << 8 | UInt32(salt[3])
        unsafe hash = .allocate(capacity: 1)
        // GHASH's key is a block of zeros, encrypted.
        unsafe withScratch { scratch in
            unsafe _ = mbedtls_aes_crypt_ecb(schedule, MBEDTLS_AES_ENCRYPT, scratch, scratch)
            unsafe hash.initialize(to: GHASH(key: scratch))
        }
    }

    public convenience init(_ cipher: Cipher, key: Secret, salt: Secret) throws(CryptoError) {
        try self.init(cipher, key: key.bytes, salt: salt.bytes)
    }

    deinit {
        unsafe releaseAES(schedule)
        unsafe clinux_wipe(hash, MemoryLayout<GHASH>.size)
        unsafe hash.deallocate()
    }

    /// Encrypts `bytes[text]` and writes the tag behind it, at `bytes[text.upperBound ..< text.upperBound + 16]`.
    ///
    /// - Parameters:
    ///   - aad: what is authenticated but not encrypted: ESP's SPI and sequence number.
    ///   - ivAt: where the packet's 8 octets of IV begin; they and the salt make the nonce. Never the same twice.
    /// - Throws: `badLength` when a range reaches past the bytes.
    public func seal(
        _ bytes: inout MutableSpan<UInt8>, aad: Range<Int>, ivAt: Int, text: Range<Int>
    ) throws(CryptoError) {
        try check(bytes.count, aad, ivAt, text)
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress!
            unsafe crypt(base, ivAt, text)
            unsafe tag(base, aad, ivAt, text, base + text.upperBound)
        }
    }

    /// Checks the tag behind `bytes[text]` and then decrypts it.
    ///
    /// - Throws: `authenticationFailed`, and then nothing was decrypted; `badLength`.
    public func open(
        _ bytes: inout MutableSpan<UInt8>, aad: Range<Int>, ivAt: Int, text: Range<Int>
    ) throws(CryptoError) {
        try check(bytes.count, aad, ivAt, text)
        let matches = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress!
            let matches = unsafe withScratch { scratch in
                unsafe tag(base, aad, ivAt, text, scratch)
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

    /// Writes the nonce with counter 1: counters from 2 encrypt the text, 1 the tag.
    private func begin(_ counter: UnsafeMutablePointer<UInt8>, _ iv: UnsafePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(counter)
        unsafe raw.storeBytes(of: salt.bigEndian, as: UInt32.self)
        unsafe raw.storeBytes(of: UnsafeRawPointer(iv).loadUnaligned(as: UInt64.self), toByteOffset: 4, as: UInt64.self)
        unsafe raw.storeBytes(of: UInt32(1).bigEndian, toByteOffset: 12, as: UInt32.self)
    }

    private func tag(
        _ base: UnsafePointer<UInt8>, _ aad: Range<Int>, _ ivAt: Int, _ text: Range<Int>,
        _ out: UnsafeMutablePointer<UInt8>
    ) {
        var sum = GHASH.Sum()
        unsafe hash.pointee.update(&sum, base + aad.lowerBound, aad.count)
        unsafe hash.pointee.update(&sum, base + text.lowerBound, text.count)
        unsafe hash.pointee.finish(&sum, additional: aad.count, text: text.count)
        unsafe withScratch { scratch in
            unsafe begin(scratch, base + ivAt)
            unsafe _ = mbedtls_aes_crypt_ecb(schedule, MBEDTLS_AES_ENCRYPT, scratch, scratch)
            let mask = UnsafeMutableRawPointer(scratch)
            let to = UnsafeMutableRawPointer(out)
            unsafe to.storeBytes(of: sum.high.bigEndian ^ mask.load(as: UInt64.self), as: UInt64.self)
            unsafe to.storeBytes(
                of: sum.low.bigEndian ^ mask.load(fromByteOffset: 8, as: UInt64.self), toByteOffset: 8, as: UInt64.self)
        }
    }

    /// Counter mode, the same both ways.
    private func crypt(_ base: UnsafeMutablePointer<UInt8>, _ ivAt: Int, _ text: Range<Int>) {
        unsafe withScratch { scratch in
            // The counter block, and behind it the block of key stream.
            unsafe begin(scratch, base + ivAt)
            let counter = UnsafeMutableRawPointer(scratch)
            let stream = unsafe UnsafeMutableRawPointer(scratch + 16)
            var next = unsafe UnsafeMutableRawPointer(base + text.lowerBound)
            var left = text.count
            var number: UInt32 = 1
            while left > 0 {
                number &+= 1
                unsafe counter.storeBytes(of: number.bigEndian, toByteOffset: 12, as: UInt32.self)
                unsafe _ = mbedtls_aes_crypt_ecb(schedule, MBEDTLS_AES_ENCRYPT, scratch, scratch + 16)
                if left < 16 {
                    for index in 0..<left {
                        let octet = unsafe next.load(fromByteOffset: index, as: UInt8.self) ^ scratch[16 + index]
                        unsafe next.storeBytes(of: octet, toByteOffset: index, as: UInt8.self)
                    }
                    return
                }
                let high = unsafe next.loadUnaligned(as: UInt64.self) ^ stream.load(as: UInt64.self)
                let low = unsafe next.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                    ^ stream.load(fromByteOffset: 8, as: UInt64.self)
                unsafe next.storeBytes(of: high, as: UInt64.self)
                unsafe next.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
                unsafe next += 16
                left -= 16
            }
        }
    }
}
