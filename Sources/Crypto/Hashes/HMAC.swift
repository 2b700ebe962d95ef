/// HMAC (RFC 2104), and IKE's pseudo-random function (RFC 2409 §4). Finishing returns it to the keyed state, which is kept, so that
/// one instance computes many MACs and hashes the padded key only once.
///
/// `update`, `finish(into:at:count:)` and `verify` allocate nothing.
public final class HMAC: @unchecked Sendable {
    private let inner: HashState
    private let outer: HashState
    private let running: HashState

    /// The hash that HMAC uses.
    public var hash: Hash { running.hash }

    /// A MAC under this key.
    /// - Parameter key: of any length; one longer than the hash's block is hashed first.
    public init(_ hash: Hash, key: Span<UInt8>) {
        inner = HashState(hash)
        outer = HashState(hash)
        running = HashState(hash)
        let pad = Secret(count: hash.blockLength)
        if key.count > hash.blockLength {
            running.update(key)
            unsafe withScratch { scratch in
                unsafe running.finish(scratch)
                pad.withMutableBytes { pad in
                    for index in 0..<hash.length { unsafe pad[index] = scratch[index] }
                }
            }
        } else {
            pad.withMutableBytes { pad in
                for index in key.indices { pad[index] = key[index] }
            }
        }
        pad.withMutableBytes { pad in
            for index in pad.indices { pad[index] ^= 0x36 }
        }
        inner.update(pad.bytes)
        pad.withMutableBytes { pad in
            for index in pad.indices { pad[index] ^= 0x36 ^ 0x5c }
        }
        outer.update(pad.bytes)
        running.copy(from: inner)
    }

    /// As `init(_:key:)` for borrowed octets. The key may have any length.
    public convenience init(_ hash: Hash, key: Secret) { self.init(hash, key: key.bytes) }

    deinit {
        inner.release()
        outer.release()
        running.release()
    }

    /// Appends octets to the message.
    public func update(_ bytes: Span<UInt8>) { running.update(bytes) }
    /// Appends octets to the message.
    public func update(_ bytes: [UInt8]) { running.update(bytes.span) }
    /// Appends a secret's octets to the message.
    public func update(_ secret: Secret) { running.update(secret.bytes) }

    /// The MAC of all that was given, `hash.length` octets.
    public func finish() -> [UInt8] {
        unsafe withScratch { scratch in
            unsafe finish(scratch)
            return unsafe [UInt8](UnsafeBufferPointer(start: scratch, count: hash.length))
        }
    }

    /// The MAC in memory that wipes itself, for results that are keys.
    public func finishSecret() -> Secret {
        unsafe withScratch { scratch in
            unsafe finish(scratch)
            return unsafe Secret(Span(_unsafeStart: scratch, count: hash.length))
        }
    }

    /// Writes the first `count` octets of the MAC at `offset`. `count` is at most `hash.length`; the octets must lie
    /// inside `out`.
    public func finish(into out: inout MutableSpan<UInt8>, at offset: Int, count: Int) {
        precondition(count <= hash.length)
        unsafe withScratch { scratch in
            unsafe finish(scratch)
            for index in 0..<count { unsafe out[offset + index] = scratch[index] }
        }
    }

    /// Whether the MAC begins with `expected`, compared in constant time. An empty or overlong `expected` never matches.
    public func verify(_ expected: Span<UInt8>) -> Bool {
        unsafe withScratch { scratch in
            unsafe finish(scratch)
            guard !expected.isEmpty, expected.count <= hash.length else { return false }
            var difference: UInt8 = 0
            for index in expected.indices { unsafe difference |= expected[index] ^ scratch[index] }
            return difference == 0
        }
    }

    /// As `verify(_:)` for borrowed octets.
    public func verify(_ expected: [UInt8]) -> Bool { verify(expected.span) }

    /// `out` has room for 64 octets.
    private func finish(_ out: UnsafeMutablePointer<UInt8>) {
        unsafe running.finish(out)
        running.copy(from: outer)
        unsafe running.update(out, hash.length)
        unsafe running.finish(out)
        running.copy(from: inner)
    }
}
