import CMbedTLS

/// AES or Triple DES in CBC mode (RFC 3602, 2451) under one key, in one direction. In place; allocates nothing after
/// `init`. Padding is the caller's.
public final class CBC: @unchecked Sendable {
    /// The direction of an instance: the key schedules of the two differ.
    public enum Direction: Sendable { case encrypt, decrypt }

    /// The cipher that the instance was made for.
    public let cipher: Cipher
    private let direction: Direction
    private let schedule: Schedule

    @safe private enum Schedule {
        case aes(AES)
        case tripleDES(UnsafeMutablePointer<mbedtls_des3_context>)
    }

    /// - Throws: `unsupported` for an AEAD cipher, `badKeyLength`.
    public convenience init(_ cipher: Cipher, key: Span<UInt8>, _ direction: Direction) throws(CryptoError) {
        try self.init(cipher, key: key, direction, instructions: CPU.hasAES)
    }

    /// As `init(_:key:_:)` for borrowed octets.
    public convenience init(_ cipher: Cipher, key: Secret, _ direction: Direction) throws(CryptoError) {
        try self.init(cipher, key: key.bytes, direction)
    }

    init(_ cipher: Cipher, key: Span<UInt8>, _ direction: Direction, instructions: Bool) throws(CryptoError) {
        guard !cipher.isAEAD else { throw .unsupported }
        guard key.count == cipher.keyLength else { throw .badKeyLength }
        self.cipher = cipher
        self.direction = direction
        if cipher == .tripleDESCBC {
            let context = UnsafeMutablePointer<mbedtls_des3_context>.allocate(capacity: 1)
            unsafe mbedtls_des3_init(context)
            unsafe key.withUnsafeBufferPointer { key in
                _ =
                    direction == .encrypt
                    ? unsafe mbedtls_des3_set3key_enc(context, key.baseAddress)
                    : unsafe mbedtls_des3_set3key_dec(context, key.baseAddress)
            }
            unsafe schedule = .tripleDES(context)
        } else {
            schedule = .aes(AES(key, direction, instructions: instructions))
        }
    }

    deinit {
        switch schedule {
        case .aes(let aes): aes.release()
        case .tripleDES(let context):
            unsafe mbedtls_des3_free(context)
            unsafe context.deallocate()
        }
    }

    /// Encrypts or decrypts `bytes[range]` with an IV from elsewhere. `iv` is not changed: a caller that chains messages keeps the
    /// last ciphertext block.
    ///
    /// - Throws: `badLength` when `range` is not whole blocks inside `bytes`, or `iv` not one block.
    public func apply(_ bytes: inout MutableSpan<UInt8>, range: Range<Int>, iv: Span<UInt8>) throws(CryptoError) {
        guard iv.count == cipher.blockLength else { throw .badLength }
        try check(range, in: bytes.count)
        unsafe withScratch { scratch in
            for index in iv.indices { unsafe scratch[index] = iv[index] }
            unsafe run(&bytes, range, scratch)
        }
    }

    /// Encrypts or decrypts `bytes[range]` with the IV at `ivAt` in `bytes`, as in an ESP packet.
    ///
    /// - Throws: `badLength` as `apply(_:range:iv:)`.
    public func apply(_ bytes: inout MutableSpan<UInt8>, range: Range<Int>, ivAt: Int) throws(CryptoError) {
        try check(range, in: bytes.count)
        guard ivAt >= 0, ivAt <= bytes.count - cipher.blockLength else { throw .badLength }
        unsafe withScratch { scratch in
            for index in 0..<cipher.blockLength { unsafe scratch[index] = bytes[ivAt + index] }
            unsafe run(&bytes, range, scratch)
        }
    }

    private func check(_ range: Range<Int>, in count: Int) throws(CryptoError) {
        guard range.lowerBound >= 0, range.upperBound <= count, range.count % cipher.blockLength == 0
        else { throw .badLength }
    }

    private func run(_ bytes: inout MutableSpan<UInt8>, _ range: Range<Int>, _ iv: UnsafeMutablePointer<UInt8>) {
        guard !range.isEmpty else { return }
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            let text = unsafe buffer.baseAddress! + range.lowerBound
            switch schedule {
            case .aes(let aes): unsafe aes.chain(text, range.count, iv)
            case .tripleDES(let context):
                let mode = direction == .encrypt ? MBEDTLS_DES_ENCRYPT : MBEDTLS_DES_DECRYPT
                unsafe _ = mbedtls_des3_crypt_cbc(context, mode, range.count, iv, text, text)
            }
        }
    }
}
