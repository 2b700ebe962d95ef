/// A source of random octets. It is a parameter wherever they are needed, so that tests can replay them.
///
/// Subclasses: `SystemRandom` asks the kernel; tests count or replay.
open class RandomSource {
    /// For subclasses.
    public init() {}

    /// Fills all of `bytes`. Every subclass overrides it.
    open func fill(_ bytes: inout MutableSpan<UInt8>) { fatalError("RandomSource.fill is abstract") }

    /// Whether `fill` would return at once. Early after boot the kernel's generator may not be seeded.
    open func canFill() -> Bool { true }
}

extension RandomSource {
    /// `count` random octets, for values that are not secret: cookies, SPIs, nonces.
    public func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        fill(&span)
        return bytes
    }

    /// `count` random octets in memory that wipes itself.
    public func secret(_ count: Int) -> Secret {
        let secret = Secret(count: count)
        secret.withMutableBytes { fill(&$0) }
        return secret
    }

    /// A random number, for values that are not secret.
    public func uint32() -> UInt32 { bytes(4).reduce(0) { $0 << 8 | UInt32($1) } }
}
