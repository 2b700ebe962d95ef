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
            known.sharedPolicy = SharedPolicy(policy)
        } else {
            connections.append(ConnectionState(policy))
        }
    }

    /// Ends every SA of a connection, telling the peer, and forgets it.
    public func forget(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        end(id, &context)
        connections.removeAll { $0.policy.id == id }
        actions += context.actions
    }

    /// Begins to negotiate (`--up`), with as many attempts as the policy says. Nothing happens when SAs stand already.
    public func initiate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let connection = connection(id) { want(connection, &context) }
        actions += context.actions
    }

    /// A packet met the connection without an SA: begins to negotiate, unless an attempt is under way or the last one failed
    /// only just now.
    public func trigger(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let connection = connection(id) { trigger(connection, &context) }
        actions += context.actions
    }

    /// ESP of an SA that we do not have came from the connection's peer: one attempt, whatever becomes of it.
    public func tryOnce(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let connection = connection(id) { tryOnce(connection, &context) }
        actions += context.actions
    }

    /// Ends every SA and every attempt of a connection, telling the peer (`--down`).
    public func terminate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        end(id, &context)
        actions += context.actions
    }

    /// A datagram from port 500, or from 4500 with its non-ESP marker taken off.
    public func receive(
        _ datagram: Span<UInt8>, from peer: Endpoint, to local: Endpoint, now: UInt64, random: RandomSource,
        _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        dispatch(Incoming(datagram: datagram, peer: peer, local: local), &context)
        actions += context.actions
    }

    /// Whether `advance` may compute something for somebody who is not authenticated.
    public var hasWaiting: Bool { waitingTurn != nil }

    /// What the last `receive`, or `advance`, took of the processor, in nanoseconds: who is not authenticated has a share of it.
    public func took(_ time: UInt64) { strangersWork.took(time) }

    /// Answers a `needSPI`; `nil` when the plane could find none.
    public func supply(
        _ spi: UInt32?, for request: SPIRequest, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.token == request.token }) { proceed(exchange, spi, &context) }
        actions += context.actions
    }

    /// Answers an `installInbound` or `installOutbound`: the data plane has the SA. A token that nobody waits for any more
    /// changes nothing.
    public func installed(_ token: UInt64, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.isInstalling(token) }) {
            inboundInstalled(exchange, &context)
        } else if let pair = ipsecSAs.first(where: { $0.outbound.isInstalling(token) }) {
            outboundInstalled(pair, &context)
        }
        actions += context.actions
    }

    /// Answers an `installInbound` or `installOutbound`: the data plane refused the SA. The attempt has failed, and the peer is told.
    public func installFailed(_ token: UInt64, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.isInstalling(token) }) {
            inboundRefused(exchange, &context)
        } else if let pair = ipsecSAs.first(where: { $0.outbound.isInstalling(token) }) {
            outboundRefused(pair, &context)
        }
        actions += context.actions
    }

    /// Does what is due: retransmissions, time-outs, expiries, keepalives.
    public func advance(now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        runTimers(&context)
        actions += context.actions
    }

    /// What an ISAKMP message says it is, for the log; nothing of it is believed.
    public static func words(_ message: Span<UInt8>) -> Sentence { (try? Header(message))?.words ?? "no ISAKMP message" }

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
