import Crypto
import Wire

/// How a connection is kept alive: what ipsec.conf says about rekeying and dead peers.
public struct RekeyPolicy: Sendable {
    /// `dpdaction=`: what becomes of a connection whose peer is dead.
    public enum DeadPeerAction: UInt8, Sendable {
        /// Its traffic is held, and a packet begins a negotiation.
        case hold
        /// It is unrouted.
        case clear
        /// It is negotiated anew at once.
        case restart
        /// So is everything else that we have with the peer.
        case restartByPeer
    }

    /// Whether we negotiate anew before keys expire (`rekey=`). A peer may do so all the same.
    public var rekeys = true
    /// Seconds before the end of a key's life at which we begin to (`rekeymargin=`).
    public var rekeyMargin: UInt32 = 540
    /// By how many percent at most the margin is lengthened at random (`rekeyfuzz=`).
    public var rekeyFuzz: UInt32 = 100
    /// Seconds of silence after which we ask whether the peer is alive; 0 never asks.
    public var dpdDelay: UInt32 = 0
    /// Seconds of silence after which the peer counts as dead.
    public var dpdTimeout: UInt32 = 120
    /// What happens when the peer is dead (`dpdaction=`).
    public var dpdAction = DeadPeerAction.hold

    /// The defaults of ipsec.conf.
    public init() {}

    /// When an SA that lives from now on is to be replaced, if at all.
    ///
    /// The initiator does it first, at a moment that differs from SA to SA; the responder steps in when nothing came of
    /// that. Short lives are cut in half: a margin that leaves nothing of the life would have us negotiate without end.
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
