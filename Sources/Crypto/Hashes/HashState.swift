import CLinux
import CMbedTLS

/// One running hash of any kind in mbedTLS's context. The owner must call `release()`. A copy of `HashState` refers to the same
/// state; `copy(from:)` copies the state.
///
/// mbedTLS's software contexts hold no pointers, so copying their octets clones them.
@safe struct HashState {
    let hash: Hash
    private let hasInstructions: Bool
    private let context: UnsafeMutableRawPointer
    /// Octets of the largest context.
    private static var size: Int { MemoryLayout<mbedtls_sha512_context>.size }

    init(_ hash: Hash, instructions: Bool = CPU.hasSHA) {
        self.hash = hash
        hasInstructions = instructions
        unsafe context = .allocate(byteCount: Self.size, alignment: 16)
        unsafe context.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size)
        start()
    }

    func release() {
        unsafe clinux_wipe(context, Self.size)
        unsafe context.deallocate()
    }

    func copy(from other: HashState) { unsafe context.copyMemory(from: other.context, byteCount: Self.size) }

    private var md5: UnsafeMutablePointer<mbedtls_md5_context> {
        unsafe context.assumingMemoryBound(to: mbedtls_md5_context.self)
    }
    private var sha1: UnsafeMutablePointer<mbedtls_sha1_context> {
        unsafe context.assumingMemoryBound(to: mbedtls_sha1_context.self)
    }
    private var sha256: UnsafeMutablePointer<mbedtls_sha256_context> {
        unsafe context.assumingMemoryBound(to: mbedtls_sha256_context.self)
    }
    private var sha512: UnsafeMutablePointer<mbedtls_sha512_context> {
        unsafe context.assumingMemoryBound(to: mbedtls_sha512_context.self)
    }

    // The results of mbedTLS below are for hardware that fails; in software they are always 0.

    func start() {
        switch hash {
        case .md5: unsafe _ = cmbedtls_md5_starts(md5)
        case .sha1: unsafe _ = cmbedtls_sha1_starts(sha1)
        case .sha256: unsafe _ = cmbedtls_sha256_starts(sha256)
        case .sha384: unsafe _ = cmbedtls_sha512_starts(sha512, 1)
        case .sha512: unsafe _ = cmbedtls_sha512_starts(sha512, 0)
        }
    }

    func update(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
        guard count > 0, let bytes = unsafe bytes else { return }
        var done = 0
        if hasInstructions {
            // Whole blocks, where none is begun; what is left goes the ordinary way.
            switch hash {
            case .sha1 where unsafe cmbedtls_sha1_is_whole(sha1) != 0:
                unsafe cmbedtls_sha1_blocks(sha1, bytes, count / 64)
                done = count / 64 * 64
            case .sha256 where unsafe cmbedtls_sha256_is_whole(sha256) != 0:
                unsafe cmbedtls_sha256_blocks(sha256, bytes, count / 64)
                done = count / 64 * 64
            default: break
            }
            guard done < count else { return }
        }
        unsafe updateSoftware(bytes + done, count - done)
    }

    private func updateSoftware(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        switch hash {
        case .md5: unsafe _ = cmbedtls_md5_update(md5, bytes, count)
        case .sha1: unsafe _ = cmbedtls_sha1_update(sha1, bytes, count)
        case .sha256: unsafe _ = cmbedtls_sha256_update(sha256, bytes, count)
        case .sha384, .sha512: unsafe _ = cmbedtls_sha512_update(sha512, bytes, count)
        }
    }

    func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe update($0.baseAddress, $0.count) }
    }

    /// Writes the result, `hash.length` octets. `out` must have room for 64.
    func finish(_ out: UnsafeMutablePointer<UInt8>) {
        switch hash {
        case .sha1 where hasInstructions: unsafe cmbedtls_sha1_last(sha1, out)
        case .sha256 where hasInstructions: unsafe cmbedtls_sha256_last(sha256, out)
        case .md5: unsafe _ = cmbedtls_md5_finish(md5, out)
        case .sha1: unsafe _ = cmbedtls_sha1_finish(sha1, out)
        case .sha256: unsafe _ = cmbedtls_sha256_finish(sha256, out)
        case .sha384, .sha512: unsafe _ = cmbedtls_sha512_finish(sha512, out)
        }
    }
}
