import CMbedTLS

/// An AES key schedule for one direction. The owner must call `release()`.
@safe struct AES {
    /// Allocated, because mbedTLS's context points into itself and must not move.
    private let schedule: UnsafeMutablePointer<mbedtls_aes_context>
    private let direction: CBC.Direction
    private let hasInstructions: Bool

    /// `key` is 16, 24 or 32 octets.
    init(_ key: Span<UInt8>, _ direction: CBC.Direction, instructions: Bool) {
        unsafe schedule = .allocate(capacity: 1)
        unsafe mbedtls_aes_init(schedule)
        self.direction = direction
        hasInstructions = instructions
        let bits = UInt32(key.count) * 8
        let schedule = unsafe schedule
        unsafe key.withUnsafeBufferPointer { key in
            _ =
                direction == .encrypt
                ? unsafe mbedtls_aes_setkey_enc(schedule, key.baseAddress, bits)
                : unsafe mbedtls_aes_setkey_dec(schedule, key.baseAddress, bits)
        }
    }

    func release() {
        unsafe mbedtls_aes_free(schedule)
        unsafe schedule.deallocate()
    }

    /// Encrypts 16 octets in place.
    func encrypt(_ block: UnsafeMutablePointer<UInt8>) {
        if hasInstructions {
            unsafe cmbedtls_aes_encrypt(schedule, block)
            return
        }
        unsafe _ = mbedtls_aes_crypt_ecb(schedule, MBEDTLS_AES_ENCRYPT, block, block)
    }

    /// CBC over `count` octets, whole blocks. What `iv` holds afterwards is undefined.
    func chain(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ iv: UnsafeMutablePointer<UInt8>) {
        switch (hasInstructions, direction) {
        case (true, .encrypt): unsafe cmbedtls_aes_cbc_encrypt(schedule, iv, bytes, count / 16)
        case (true, .decrypt): unsafe cmbedtls_aes_cbc_decrypt(schedule, iv, bytes, count / 16)
        case (false, .encrypt):
            unsafe _ = mbedtls_aes_crypt_cbc(schedule, MBEDTLS_AES_ENCRYPT, count, iv, bytes, bytes)
        case (false, .decrypt):
            unsafe _ = mbedtls_aes_crypt_cbc(schedule, MBEDTLS_AES_DECRYPT, count, iv, bytes, bytes)
        }
    }

    /// XORs the key stream to `blocks` blocks. `counter` is that of the first, its last 32 bits count; what it holds
    /// afterwards is undefined. The 16 octets behind it are scratch.
    func count(
        _ counter: UnsafeMutablePointer<UInt8>, _ bytes: UnsafeMutablePointer<UInt8>, blocks: Int
    ) {
        if hasInstructions {
            unsafe cmbedtls_aes_ctr(schedule, counter, bytes, blocks)
            return
        }
        let stream = unsafe UnsafeMutableRawPointer(counter + 16)
        var number = unsafe UInt32(bigEndian: UnsafeRawPointer(counter).load(fromByteOffset: 12, as: UInt32.self))
        for block in 0..<blocks {
            unsafe UnsafeMutableRawPointer(counter).storeBytes(of: number.bigEndian, toByteOffset: 12, as: UInt32.self)
            number &+= 1
            unsafe _ = mbedtls_aes_crypt_ecb(schedule, MBEDTLS_AES_ENCRYPT, counter, counter + 16)
            let text = unsafe UnsafeMutableRawPointer(bytes + 16 * block)
            let high = unsafe text.loadUnaligned(as: UInt64.self) ^ stream.load(as: UInt64.self)
            let low =
                unsafe text.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                ^ stream.load(fromByteOffset: 8, as: UInt64.self)
            unsafe text.storeBytes(of: high, as: UInt64.self)
            unsafe text.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
        }
    }
}
