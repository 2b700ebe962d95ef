import Crypto
import Wire

/// The SPIs and keys of a manually keyed conn. Their lengths fit the algorithms, none of which is AEAD.
public struct ManualKeying: Sendable {
    /// One of the two SAs.
    public struct Direction: Sendable {
        /// SPI, 0x100 to 0xfff.
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
    /// Size of the anti-replay window in packets. 0 is no check: after a restart sequence numbers begin at 1 again.
    public var replayWindow: UInt32

    /// The SA whose packets arrive at `side`.
    public func toward(_ side: Side) -> Direction { side == .left ? leftward : rightward }
}
