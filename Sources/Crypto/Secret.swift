import CLinux

/// Octets that are wiped when the last reference is released: a key, a shared secret, a passphrase.
///
/// A class, because arrays and tables hold it, which cannot hold noncopyable values. It has no description, so that none reaches a
/// log by accident.
@safe public final class Secret: @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<UInt8>

    /// `count` zeros, to be filled through `withMutableBytes`.
    public init(count: Int) {
        unsafe storage = .allocate(capacity: count)
        unsafe storage.initialize(repeating: 0)
    }

    /// A copy of `bytes`, which the caller must wipe.
    public convenience init(_ bytes: Span<UInt8>) {
        self.init(count: bytes.count)
        for index in bytes.indices { unsafe storage[index] = bytes[index] }
    }

    /// A copy of these octets; the array itself is not wiped.
    public convenience init(_ bytes: [UInt8]) { self.init(bytes.span) }

    /// Three parts one after another: a text with a new middle.
    public convenience init(_ first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>) {
        self.init(count: first.count + second.count + third.count)
        put(first, at: 0)
        put(second, at: first.count)
        put(third, at: first.count + second.count)
    }

    private func put(_ bytes: Span<UInt8>, at place: Int) {
        for index in 0..<bytes.count { unsafe storage[place + index] = bytes[index] }
    }

    deinit {
        unsafe storage.baseAddress.map { unsafe clinux_wipe($0, storage.count) }
        unsafe storage.deallocate()
    }

    /// Octets held.
    public var count: Int { unsafe storage.count }

    /// The octets, borrowed.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(storage))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Passes the octets to `body` for writing.
    public func withMutableBytes<E: Error>(_ body: (inout MutableSpan<UInt8>) throws(E) -> Void) throws(E) {
        var span = unsafe MutableSpan(_unsafeElements: storage)
        try body(&span)
    }

    /// A copy of a part. `range` must lie inside.
    public func slice(_ range: Range<Int>) -> Secret { Secret(bytes.extracting(range)) }

    /// Compares in a time that depends only on the lengths.
    public func equals(_ other: Secret) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<count { unsafe difference |= storage[index] ^ other.storage[index] }
        return difference == 0
    }
}
