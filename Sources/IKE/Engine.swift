import Crypto
import Wire

/// The IKE daemon without its I/O: values and events in, actions out. The engine reads no clock, no socket and no file, and takes
/// its random octets from the caller. So tests simulate whole lives of tunnels.
///
/// Times are nanoseconds of one monotonic clock.
public final class Engine {
    /// Whether a peer that sends INITIAL-CONTACT, or comes from another address, loses its older SAs (`uniqueids=`).
    public var uniqueIDs = true
    /// Nanoseconds between NAT keepalives while we are behind a NAT (`keep_alive=`); 0 sends none.
    public var keepaliveInterval: UInt64 = Limits.keepaliveInterval
    /// Whether keepalives are also sent when only the peer is behind a NAT (`force_keepalive=`). A NAT in front of us may not have
    /// been detected.
    public var forcesKeepalives = false

    /// The bounds on SAs and exchanges (`maxhalfopen=`, `maxstates=`).
    public var bounds = Bounds()

    /// Seconds since 1970, for the validity of certificates. The daemon sets it before each datagram.
    public var wallTime: Int64 = 0

    /// Networks that no peer may claim by `vhost:` or `vnet:`. The daemon keeps them up to date.
    public var reservedNetworks: [ReservedNetwork] = []

    /// Whether some connections name their peer by a host name, whose address may change.
    public var hasNamedPeers = false

    /// The data plane's packet counters, which DPD reads before it sends a probe.
    public var traffic = TrafficCounter()

    var connections: [KeyingState] = []
    var isakmpSAs = SATable<ISAKMPSA>()
    var quickModes = SATable<QuickMode>()
    var ipsecSAs = SATable<IPsecSA>()
    var keepalives: [NATKeepalive] = []
    /// Refused messages by cause, since the start.
    public internal(set) var counters = Counters()
    var unauthenticatedLines = RateLimit(burst: Limits.strangerLines, interval: Limits.strangerLineInterval)
    var unauthenticatedReplies = RateLimit(burst: Limits.strangerReplies, interval: Limits.strangerReplyInterval)
    var earlyProbeLimit = RateLimit(burst: Limits.earlyProbes, interval: Limits.earlyProbeInterval)
    var lookUps = RateLimit(burst: Limits.lookUps, interval: Limits.lookUpInterval)
    var strangersBudget = StrangersBudget()
    var reassembly = Reassembly()
    /// When the next waiting Diffie-Hellman computation may begin; `nil` when none waits.
    var waitingTurn: UInt64?
    private var lastSerial: UInt64 = 0
    private var lastToken: UInt64 = 0

    /// An engine without connections.
    public init() {}

    func connection(_ id: ConnectionID) -> KeyingState? { connections.first { $0.policy.id == id } }

    func nextSerial() -> UInt64 {
        lastSerial += 1
        return lastSerial
    }

    func nextToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }

    /// The ISAKMP SA with both cookies. As initiator we may not know the responder's cookie yet.
    func isakmpSA(_ header: Header) -> ISAKMPSA? {
        isakmpSAs.first {
            $0.initiatorCookie == header.initiatorCookie
                && ($0.responderCookie == header.responderCookie || $0.state == .mainI1)
        }
    }
}
