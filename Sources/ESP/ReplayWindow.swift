/// Which of an SA's latest sequence numbers were received (RFC 4303 §3.4.3).
///
/// A ring of 64-bit blocks, so that moving the window clears whole blocks and shifts nothing (RFC 6479).
public struct ReplayWindow: Sendable {
    /// The largest window; it costs 1 KiB an SA.
    public static let limit = 4096
    /// RFC 4303 §3.4.3 asks every implementation for this much.
    public static let minimum = 32

    /// Whether a sequence number is new, was received before, or is behind the window.
    public enum Verdict: Sendable { case fresh, replayed, tooOld }

    /// Packets that may arrive out of order; 0 when everything is taken.
    public let size: Int
    /// The highest sequence number received.
    public private(set) var top: UInt64 = 0
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

    /// The extended sequence number of which a packet shows `low`: of all that end so the one between the window's lower
    /// edge and 2^32 numbers above it (RFC 4303 app. A2.2). `nil` when that would be before the first.
    ///
    /// The window must not be of size 0. A sender who is more than 2^32 packets ahead is not found again.
    public func whole(_ low: UInt32) -> UInt64? {
        // Below zero while the window is not full yet.
        let bottom = top &- UInt64(size - 1)
        let whole = bottom &+ UInt64(low &- UInt32(truncatingIfNeeded: bottom))
        return whole < 1 << 63 ? whole : nil
    }

    /// What `sequence` would be taken for. Changes nothing: the packet is not believed yet.
    public func verdict(_ sequence: UInt64) -> Verdict {
        guard size > 0 else { return .fresh }
        // The first packet has number 1 (§3.3.3); with a window a 0 was never sent.
        guard sequence > 0 else { return .tooOld }
        if sequence > top { return .fresh }
        guard top - sequence < UInt64(size) else { return .tooOld }
        return blocks[block(sequence)] & bit(sequence) == 0 ? .fresh : .replayed
    }

    /// Notes a packet that proved authentic and whose `verdict` was `fresh`.
    public mutating func record(_ sequence: UInt64) {
        guard size > 0 else { return }
        if sequence > top {
            let from = top >> 6
            let ahead = min((sequence >> 6) - from, UInt64(blocks.count))
            var step: UInt64 = 1
            while step <= ahead {
                blocks[block((from &+ step) << 6)] = 0
                step += 1
            }
            top = sequence
        }
        blocks[block(sequence)] |= bit(sequence)
    }

    private func block(_ sequence: UInt64) -> Int { Int(truncatingIfNeeded: sequence >> 6) & (blocks.count - 1) }
    private func bit(_ sequence: UInt64) -> UInt64 { 1 << (sequence & 63) }
}
