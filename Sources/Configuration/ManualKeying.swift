import Crypto
import Wire

/// A manually keyed conn: what IKE would have negotiated, written down. Lengths fit the algorithms, of which none is AEAD.
public struct ManualKeying: Sendable {
    /// One of the two SAs.
    public struct Direction: Sendable {
        /// 0x100 to 0xfff.
        public var spi: UInt32
        /// Key of the suite's cipher.
        public var encryptionKey: Secret
        /// Key of the suite's integrity algorithm.
        public var authenticationKey: Secret
    }

    /// The algorithms of both SAs.
    public var suite: ESPSuite
    /// The SA whose destination is `left`.
    public var leftward: Direction
    /// The SA whose destination is `right`.
    public var rightward: Direction
    /// Packets; 0 is no check, which is all that two hosts with fixed keys can keep up over a restart.
    public var replayWindow: UInt32

    /// The SA whose packets arrive at `side`.
    public func toward(_ side: Side) -> Direction { side == .left ? leftward : rightward }
}
