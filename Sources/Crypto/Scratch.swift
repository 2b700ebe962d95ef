import CLinux

/// Passes 64 octets of stack to `body` and wipes them afterwards: for a hash's result, a pad or a block.
@inline(__always)
func withScratch<R, E: Error>(_ body: (UnsafeMutablePointer<UInt8>) throws(E) -> R) throws(E) -> R {
    var octets: InlineArray<8, UInt64> = .init(repeating: 0)
    var span = octets.mutableSpan
    defer { unsafe span.withUnsafeMutableBytes { unsafe clinux_wipe($0.baseAddress!, $0.count) } }
    return try unsafe span.withUnsafeMutableBytes { (bytes) throws(E) -> R in
        try unsafe body(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self))
    }
}
