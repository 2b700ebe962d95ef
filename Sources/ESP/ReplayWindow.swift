/// Which of an SA's latest sequence numbers were received (RFC 4303 §3.4.3).
///
/// A ring of 64-bit blocks, so that moving the window clears whole blocks and shifts nothing (RFC 6479).
public struct ReplayWindow: Sendable {
    /// The largest window; it costs 1 KiB an SA.
    public static let limit = 4096
    /// RFC 4303 §3.4.3 asks every implementation for this much.
    public static let minimum = 32

    public enum Verdict: Sendable { case fresh, replayed, tooOld }

    /// Packets that may arrive out of order; 0 when everything is taken.
    public let size: Int
    /// The highest sequence number received.
    public private(set) var top: UInt32 = 0
    private var blocks: [UInt64]

    /// - Parameter size: 0 switches the check off; other values are brought between `minimum` and `limit`.
    public init(size: Int) {
        self.size = size <= 0 ? 0 : min(max(size, Self.minimum), Self.limit)
        // One block more than the window fills, since its ends need not meet block boundaries; a power of two, so that
        // a block is found by masking.
        var count = 1
        while count < self.size / 64 + 2 { count *= 2 }
        blocks = [UInt64](repeating: 0, count: self.size == 0 ? 0 : count)
    }

    /// What `sequence` would be taken for. Changes nothing: the packet is not believed yet.
    public func verdict(_ sequence: UInt32) -> Verdict {
        guard size > 0 else { return .fresh }
        // The first packet has number 1 (§3.3.3); with a window a 0 was never sent.
        guard sequence > 0 else { return .tooOld }
        if sequence > top { return .fresh }
        guard Int64(top) - Int64(sequence) < Int64(size) else { return .tooOld }
        return blocks[block(sequence)] & bit(sequence) == 0 ? .fresh : .replayed
    }

    /// Notes a packet that proved authentic and whose `verdict` was `fresh`.
    public mutating func record(_ sequence: UInt32) {
        guard size > 0 else { return }
        if sequence > top {
            let from = top >> 6
            let ahead = min((sequence >> 6) - from, UInt32(blocks.count))
            var step: UInt32 = 1
            while step <= ahead {
                blocks[Int((from &+ step) & mask)] = 0
                step += 1
            }
            top = sequence
        }
        blocks[block(sequence)] |= bit(sequence)
    }

    private var mask: UInt32 { UInt32(truncatingIfNeeded: blocks.count - 1) }
    private func block(_ sequence: UInt32) -> Int { Int((sequence >> 6) & mask) }
    private func bit(_ sequence: UInt32) -> UInt64 { 1 << UInt64(sequence & 63) }
}
