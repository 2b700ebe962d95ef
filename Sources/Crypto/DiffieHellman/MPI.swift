import CMbedTLS

/// A big non-negative integer. It wipes itself.
@safe struct MPI: ~Copyable {
    let pointer: UnsafeMutablePointer<mbedtls_mpi>

    /// Zero.
    init() {
        unsafe pointer = .allocate(capacity: 1)
        unsafe mbedtls_mpi_init(pointer)
    }

    /// From octets in network order.
    init(_ bytes: Span<UInt8>) throws(CryptoError) {
        self.init()
        let status = unsafe bytes.withUnsafeBufferPointer {
            unsafe mbedtls_mpi_read_binary(pointer, $0.baseAddress, $0.count)
        }
        guard status == 0 else { throw .failed }
    }

    init(_ bytes: [UInt8]) throws(CryptoError) { try self.init(bytes.span) }

    /// From octets with the lowest first, as Curve25519 has them.
    init(littleEndian bytes: Span<UInt8>) throws(CryptoError) {
        self.init()
        let status = unsafe bytes.withUnsafeBufferPointer {
            unsafe mbedtls_mpi_read_binary_le(pointer, $0.baseAddress, $0.count)
        }
        guard status == 0 else { throw .failed }
    }

    deinit {
        unsafe mbedtls_mpi_free(pointer)
        unsafe pointer.deallocate()
    }

    /// Writes it in network order over the whole of `out`, zeros in front.
    func write(into out: inout MutableSpan<UInt8>) throws(CryptoError) {
        let status = unsafe out.withUnsafeMutableBufferPointer {
            unsafe mbedtls_mpi_write_binary(pointer, $0.baseAddress, $0.count)
        }
        guard status == 0 else { throw .failed }
    }
}
