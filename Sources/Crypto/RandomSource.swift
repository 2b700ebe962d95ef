/// Where random octets come from. Handed in as a parameter wherever they are needed, so that tests can replay them.
///
/// Subclassed: `SystemRandom` asks the kernel, tests count or replay.
open class RandomSource {
    public init() {}

    /// Fills `bytes` whole. Every subclass overrides it.
    open func fill(_ bytes: inout MutableSpan<UInt8>) { fatalError("RandomSource.fill is abstract") }

    /// Whether `fill` would return at once: at an early boot the kernel has nothing to give.
    open func canFill() -> Bool { true }
}

extension RandomSource {
    public func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        fill(&span)
        return bytes
    }

    public func secret(_ count: Int) -> Secret {
        let secret = Secret(count: count)
        secret.withMutableBytes { fill(&$0) }
        return secret
    }

    public func uint32() -> UInt32 { bytes(4).reduce(0) { $0 << 8 | UInt32($1) } }
}
