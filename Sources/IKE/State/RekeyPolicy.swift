import Crypto
import Wire

/// The parameters of ipsec.conf for rekeying and dead peer detection.
public struct RekeyPolicy: Sendable {
    /// `dpdaction=`: what happens to a connection whose peer is dead.
    public enum DeadPeerAction: UInt8, Sendable {
        /// Its traffic is held, and the next packet triggers a negotiation.
        case hold
        /// It is unrouted.
        case clear
        /// It is negotiated again at once.
        case restart
        /// All connections with the peer are negotiated again.
        case restartByPeer
    }

    /// Whether we replace SAs before they expire (`rekey=`). The peer may do so anyway.
    public var rekeys = true
    /// Seconds before the end of an SA's lifetime at which its replacement begins (`rekeymargin=`).
    public var rekeyMargin: UInt32 = 540
    /// The percentage by which the margin is lengthened at random, at most (`rekeyfuzz=`).
    public var rekeyFuzz: UInt32 = 100
    /// Seconds of silence before a DPD probe is sent; 0 disables DPD.
    public var dpdDelay: UInt32 = 0
    /// Seconds of silence after which the peer is considered dead.
    public var dpdTimeout: UInt32 = 120
    /// What happens when the peer is dead (`dpdaction=`).
    public var dpdAction = DeadPeerAction.hold

    /// The defaults of ipsec.conf.
    public init() {}

    /// When an SA that begins now is to be replaced; `nil` for never.
    ///
    /// The initiator replaces it first, at a random time; the responder does so later if that failed. The margin is at most half
    /// the lifetime: a longer one would cause negotiations without end.
    func replaceAt(_ lifetime: UInt32, isInitiator: Bool, _ context: EngineContext) -> UInt64? {
        guard rekeys else { return nil }
        var margin = UInt64(rekeyMargin) * 1000
        if !isInitiator {
            margin /= 2
        } else if rekeyFuzz > 0 {
            margin += context.fraction(margin * UInt64(rekeyFuzz) / 100)
        }
        let life = UInt64(lifetime) * 1000
        return context.now + (life - min(margin, isInitiator ? life / 2 : life / 4)) * (Limits.second / 1000)
    }
}
