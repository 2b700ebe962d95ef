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
    var isakmpSAs: [ISAKMPSA] = []
    var quickModes: [QuickMode] = []
    var ipsecSAs: [IPsecSA] = []
    var keepalives: [Keepalive] = []
    var tally = Counters()
    var strangerLines = RateLimit(burst: Limits.strangerLines, interval: Limits.strangerLineInterval)
    var strangerReplies = RateLimit(burst: Limits.strangerReplies, interval: Limits.strangerReplyInterval)
    var hurries = RateLimit(burst: Limits.hurries, interval: Limits.hurryInterval)
    var lookUps = RateLimit(burst: Limits.lookUps, interval: Limits.lookUpInterval)
    var strangersWork = StrangersWork()
    /// When the next of those who wait for their turn at Diffie-Hellman may have it; `nil` when nobody waits.
    var waitingTurn: UInt64?
    private var lastSerial: UInt64 = 0
    private var lastToken: UInt64 = 0

    /// An engine without connections.
    public init() {}

    /// Makes a connection known, or replaces what was known of it (its SAs stay until `forget` or `terminate`).
    public func add(_ policy: Policy) {
        if let known = connection(policy.id) {
            known.policy = Terms(policy)
        } else {
            connections.append(ConnectionState(policy))
        }
    }

    /// Ends every SA of a connection, telling the peer, and forgets it.
    public func forget(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var turn = Turn(now: now, random: random)
        end(id, &turn)
        connections.removeAll { $0.policy.id == id }
        actions += turn.actions
    }

    /// Begins to negotiate (`--up`), with as many attempts as the policy says. Nothing happens when SAs stand already.
    public func initiate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var turn = Turn(now: now, random: random)
        if let connection = connection(id) { want(connection, &turn) }
        actions += turn.actions
    }

    /// A packet met the connection without an SA: begins to negotiate, unless an attempt is under way or the last one failed
    /// only just now.
    public func trigger(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var turn = Turn(now: now, random: random)
        if let connection = connection(id) { trigger(connection, &turn) }
        actions += turn.actions
    }

    /// ESP of an SA that we do not have came from the connection's peer: one attempt, whatever becomes of it.
    public func tryOnce(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var turn = Turn(now: now, random: random)
        if let connection = connection(id) { tryOnce(connection, &turn) }
        actions += turn.actions
    }

    /// Ends every SA and every attempt of a connection, telling the peer (`--down`).
    public func terminate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var turn = Turn(now: now, random: random)
        end(id, &turn)
        actions += turn.actions
    }

    /// A datagram from port 500, or from 4500 with its non-ESP marker taken off.
    public func receive(
        _ datagram: Span<UInt8>, from peer: Endpoint, to local: Endpoint, now: UInt64, random: RandomSource,
        _ actions: inout [Action]
    ) {
        var turn = Turn(now: now, random: random)
        dispatch(Incoming(datagram: datagram, peer: peer, local: local), &turn)
        actions += turn.actions
    }

    /// Whether `advance` may compute something for somebody who is not authenticated.
    public var hasWaiting: Bool { waitingTurn != nil }

    /// What the last `receive`, or `advance`, took of the processor, in nanoseconds: who is not authenticated has a share of it.
    public func took(_ time: UInt64) { strangersWork.took(time) }

    /// Answers a `needSPI`; `nil` when the plane could find none.
    public func supply(
        _ spi: UInt32?, for request: SPIRequest, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var turn = Turn(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.token == request.token }) { proceed(exchange, spi, &turn) }
        actions += turn.actions
    }

    /// The plane would not take an SA of a connection: that attempt has failed. The peer is told.
    public func installFailed(
        _ spi: UInt32, _ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var turn = Turn(now: now, random: random)
        drop(spi, id, &turn)
        actions += turn.actions
    }

    /// Does what is due: retransmissions, time-outs, expiries, keepalives.
    public func advance(now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var turn = Turn(now: now, random: random)
        runTimers(&turn)
        actions += turn.actions
    }

    /// Messages refused, by reason, since the start.
    public var counters: Counters { tally }

    func connection(_ id: ConnectionID) -> ConnectionState? { connections.first { $0.policy.id == id } }

    func nextSerial() -> UInt64 {
        lastSerial += 1
        return lastSerial
    }

    func nextToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }
}

/// One ISAKMP or IPsec SA as `--status` shows it.
public struct StateStatus: Sendable {
    /// `#1`, counting from the start.
    public var serial: UInt64
    /// The connection; `nil` while it is not known, as for a responder before authentication.
    public var connection: ConnectionID?
    /// `STATE_MAIN_I4`, `STATE_QUICK_R2` and so on.
    public var name: StaticString
    /// "ISAKMP SA established" and the like, with suite and SPIs but never a key.
    public var text: Sentence
    /// The peer's address and port.
    public var peer: Endpoint
    /// Seconds until it expires or is given up.
    public var remaining: UInt64
    /// Whether it is an IPsec SA or Quick Mode, not an ISAKMP SA or Main Mode.
    public var isPhase2: Bool
    /// Whether the negotiation is complete.
    public var isEstablished: Bool

    /// The status of one SA.
    public init(
        serial: UInt64, connection: ConnectionID?, name: StaticString, text: Sentence, peer: Endpoint, remaining: UInt64,
        isPhase2: Bool, isEstablished: Bool
    ) {
        self.serial = serial
        self.connection = connection
        self.name = name
        self.text = text
        self.peer = peer
        self.remaining = remaining
        self.isPhase2 = isPhase2
        self.isEstablished = isEstablished
    }
}

/// What came in and was not believed.
public struct Counters: Sendable {
    /// Of wrong form.
    public var malformed: UInt64 = 0
    /// Belonging to no ISAKMP SA, or to none any more.
    public var unknownCookies: UInt64 = 0
    /// Forged, damaged, out of order, or made with another secret.
    public var unauthenticated: UInt64 = 0
    /// Past a limit.
    public var overLimit: UInt64 = 0
    /// Of another version (IKEv2) or an exchange that we do not have.
    public var unsupported: UInt64 = 0
    /// The same once more: answered again or passed over.
    public var repeated: UInt64 = 0
    /// Well formed, and not what we agree to.
    public var disagreed: UInt64 = 0
    /// All counters 0.
    public init() {}
}
