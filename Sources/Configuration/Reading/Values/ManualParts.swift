import Crypto
import Wire

/// The parameters of manual keying, as they were read.
final class ManualParts {
    struct Part {
        var spi: UInt32?
        var encryptionKey: Secret?
        var authenticationKey: Secret?
    }

    /// The values for both directions, which `left…` and `right…` override.
    var both = Part()
    /// `spibase=`
    var base: UInt32?
    var replayWindow: UInt32 = 0
    private var left = Part()
    private var right = Part()

    subscript(side: Side) -> Part {
        get { side == .left ? left : right }
        set { if side == .left { left = newValue } else { right = newValue } }
    }

    /// Whether there is an SPI, so that the conn is for `ipsec manual`.
    var isBegun: Bool { base != nil || both.spi != nil || left.spi != nil || right.spi != nil }

    /// The SPI of the SA whose destination is `side`. In tunnel mode FreeS/WAN used `spibase=` + 0 and + 1 for IP-in-IP.
    func spi(toward side: Side, isTunnel: Bool) -> UInt32? {
        self[side].spi ?? both.spi ?? base.map { $0 + (isTunnel ? 2 : 0) + (side == .left ? 1 : 0) }
    }
}
