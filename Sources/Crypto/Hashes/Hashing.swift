/// A running hash. It wipes itself.
public struct Hashing: ~Copyable {
    private let state: HashState

    /// Begins an empty message.
    public init(_ hash: Hash) { state = HashState(hash) }

    deinit { state.release() }

    /// Appends octets to the message.
    public mutating func update(_ bytes: Span<UInt8>) { state.update(bytes) }
    /// Appends octets to the message.
    public mutating func update(_ bytes: [UInt8]) { state.update(bytes.span) }

    /// The hash of all that was given, `Hash.length` octets. The next message then begins.
    public mutating func finish() -> [UInt8] {
        let result = unsafe withScratch { scratch in
            unsafe state.finish(scratch)
            return unsafe [UInt8](UnsafeBufferPointer(start: scratch, count: state.hash.length))
        }
        state.start()
        return result
    }
}

extension Hash {
    /// The hash of a message that is in memory as a whole.
    public func callAsFunction(_ bytes: Span<UInt8>) -> [UInt8] {
        var hashing = Hashing(self)
        hashing.update(bytes)
        return hashing.finish()
    }

    /// The hash of a message that is in memory as a whole.
    public func callAsFunction(_ bytes: [UInt8]) -> [UInt8] { self(bytes.span) }
}
