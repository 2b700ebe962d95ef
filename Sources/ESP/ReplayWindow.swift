/// The sequence numbers that an SA has recently received (RFC 4303 §3.4.3).
///
/// It is a ring of 64-bit blocks: moving the window clears whole blocks and shifts nothing (RFC 6479).
public struct ReplayWindow: Sendable {
    /// The largest window; it takes 1 KiB for each SA.
    public static let limit = 4096
    /// The minimum that RFC 4303 §3.4.3 requires of implementations.
    public static let minimum = 32

    /// Whether a sequence number is new, was received before, or is behind the window.
    public enum Verdict: Sendable { case fresh, replayed, tooOld }

    /// Number of packets that may arrive out of order; 0 if there is no check.
    public let size: Int
    /// The highest sequence number received.
    public private(set) var top: UInt64 = 0
    private var blocks: [UInt64]

    /// - Parameter size: 0 switches the check off; other values are limited to `minimum` to `limit`.
    public init(size: Int) {
        self.size = size <= 0 ? 0 : min(max(size, Self.minimum), Self.limit)
        // One block more than the window needs, because its ends may be inside blocks; a power of two, so that a mask gives the block.
        var count = 1
        while count < self.size / 64 + 2 { count *= 2 }
        blocks = [UInt64](repeating: 0, count: self.size == 0 ? 0 : count)
    }

    /// The extended sequence number of a packet with these lower 32 bits: the one from the window's lower edge to 2^32 - 1 above it (RFC
    /// 4303 app. A2.2). `nil` if that would be negative.
    ///
    /// The window must not be of size 0. If the sender is more than 2^32 packets ahead, the result is wrong.
    public func whole(_ low: UInt32) -> UInt64? {
        // Negative while the window is not full.
        let bottom = top &- UInt64(size - 1)
        let whole = bottom &+ UInt64(low &- UInt32(truncatingIfNeeded: bottom))
        return whole < 1 << 63 ? whole : nil
    }

    /// The verdict on `sequence`. Nothing changes, because the packet is not authenticated yet.
    public func verdict(_ sequence: UInt64) -> Verdict {
        guard size > 0 else { return .fresh }
        // The first packet has number 1 (§3.3.3). With a window, 0 is never sent.
        guard sequence > 0 else { return .tooOld }
        if sequence > top { return .fresh }
        guard top - sequence < UInt64(size) else { return .tooOld }
        return blocks[block(sequence)] & bit(sequence) == 0 ? .fresh : .replayed
    }

    /// Records an authentic packet whose `verdict` was `fresh`.
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
