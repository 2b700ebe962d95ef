import Crypto
import Wire

/// All of a gateway's IKE: values and events in, actions out. It reads no clock, no socket and no file, and makes no
/// random octets of its own, so whole lives of tunnels can be simulated.
///
/// Times are nanoseconds of one monotonic clock. Every call appends to `actions` what is to be done.
public final class Engine {
    /// Whether a peer that says it begins anew, or comes from another address, loses its older SAs (`uniqueids=`).
    public var uniqueIDs = true
    /// Nanoseconds between NAT keepalives while we are behind a NAT (`keep_alive=`); 0 sends none.
    public var keepaliveInterval: UInt64 = Limits.keepaliveInterval
    /// Sent also where the NAT is in front of the peer and not of us (`force_keepalive=`): ours may only have hidden itself.
    public var forcesKeepalives = false

    /// How much it keeps at most (`maxhalfopen=`, `maxstates=`).
    public var bounds = Bounds()

    /// Seconds since 1970, for the validity of certificates; set before each datagram.
    public var wallTime: Int64 = 0

    /// What peers may not claim as their own by `vhost:` or `vnet:`; kept up to date by the Gateway.
    public var reservedNetworks: [ReservedNetwork] = []

    /// Some connections name their peer by a host name, which may have got another address.
    public var hasNamedPeers = false

    /// What DPD looks at before it asks.
    public var traffic = TrafficCounter()

    var connections: [ConnectionState] = []
    var isakmpSAs = SATable<ISAKMPSA>()
    var quickModes = SATable<QuickMode>()
    var ipsecSAs = SATable<IPsecSA>()
    var keepalives: [NATKeepalive] = []
    /// Messages refused, by reason, since the start.
    public internal(set) var counters = Counters()
    var unauthenticatedLines = RateLimit(burst: Limits.strangerLines, interval: Limits.strangerLineInterval)
    var unauthenticatedReplies = RateLimit(burst: Limits.strangerReplies, interval: Limits.strangerReplyInterval)
    var hurryLimit = RateLimit(burst: Limits.hurries, interval: Limits.hurryInterval)
    var lookUps = RateLimit(burst: Limits.lookUps, interval: Limits.lookUpInterval)
    var strangersBudget = StrangersBudget()
    /// When the next of those who wait for their turn at Diffie-Hellman may have it; `nil` when nobody waits.
    var waitingTurn: UInt64?
    private var lastSerial: UInt64 = 0
    private var lastToken: UInt64 = 0

    /// An engine without connections.
    public init() {}

    func connection(_ id: ConnectionID) -> ConnectionState? { connections.first { $0.policy.id == id } }

    func nextSerial() -> UInt64 {
        lastSerial += 1
        return lastSerial
    }

    func nextToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }

    /// The ISAKMP SA with both cookies; its responder's may still be unknown to us as initiator.
    func isakmpSA(_ header: Header) -> ISAKMPSA? {
        isakmpSAs.first {
            $0.initiatorCookie == header.initiatorCookie
                && ($0.responderCookie == header.responderCookie || $0.state == .mainI1)
        }
    }
}
