import Crypto
import Wire

/// The inputs of the engine. Each call is one event, and appends the actions that follow from it to `actions`.
extension Engine {
    /// Adds a connection, or replaces its policy. SAs stay until `forget` or `terminate`.
    public func add(_ policy: Policy) {
        if let known = connection(policy.id) {
            known.sharedPolicy = SharedPolicy(policy)
        } else {
            connections.append(KeyingState(policy))
        }
    }

    /// Ends every SA of a connection, notifies the peer, and removes the connection.
    public func forget(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        end(id, &context)
        connections.removeAll { $0.policy.id == id }
        actions += context.actions
    }

    /// Initiates a connection (`--up`), with as many tries as its policy allows. Does nothing if SAs are established.
    public func initiate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let connection = connection(id) { bringUp(connection, &context) }
        actions += context.actions
    }

    /// A packet needs an SA of the connection. Initiates, unless an attempt is under way or the pause after a failed one has not
    /// passed.
    public func trigger(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let connection = connection(id) { trigger(connection, &context) }
        actions += context.actions
    }

    /// The connection's peer sent ESP with an unknown SPI. Makes one attempt.
    public func tryOnce(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let connection = connection(id) { tryOnce(connection, &context) }
        actions += context.actions
    }

    /// Ends every SA and every attempt of a connection, and notifies the peer (`--down`).
    public func terminate(_ id: ConnectionID, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        end(id, &context)
        actions += context.actions
    }

    /// Whether the connection is wanted: `initiate` or `trigger` was called, and it was neither terminated nor given up since.
    public func wants(_ id: ConnectionID) -> Bool { connection(id)?.isWanted ?? false }

    /// Receives a datagram from port 500, or from port 4500 without its non-ESP marker.
    public func receive(
        _ datagram: Span<UInt8>, from peer: Endpoint, to local: Endpoint, now: UInt64, random: RandomSource,
        _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        dispatch(IncomingDatagram(datagram: datagram, peer: peer, local: local), &context)
        actions += context.actions
    }

    /// Charges the processor time of the last input, in nanoseconds, to the budget of unauthenticated peers if one caused it.
    public func took(_ time: UInt64) { strangersBudget.took(time) }

    /// Answers `needSPI`; `nil` if the data plane found no SPI.
    public func supply(
        _ spi: UInt32?, for request: SPIRequest, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.token == request.token }) { proceed(exchange, spi, &context) }
        actions += context.actions
    }

    /// Answers `needKeys`: the keys that the DNS has for the ID, in the order in which they are tried, or why there is none.
    public func keysFound(
        _ keys: [RSAPublicKey], problem: Sentence?, for token: UInt64, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        if let sa = isakmpSAs.first(where: { $0.awaitingKeys?.token == token }) {
            resume(sa, with: KeysFromDNS(keys: keys, problem: problem), &context)
        }
        actions += context.actions
    }

    /// Answers `installInbound` or `installOutbound`: the SA is installed. An unknown token is ignored.
    public func installed(_ token: UInt64, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.isInstalling(token) }) {
            inboundInstalled(exchange, &context)
        } else if let pair = ipsecSAs.first(where: { $0.outbound.isInstalling(token) }) {
            outboundInstalled(pair, &context)
        }
        actions += context.actions
    }

    /// Answers `installInbound` or `installOutbound`: the data plane refused the SA. The attempt fails, and the peer is notified.
    public func installRefused(_ token: UInt64, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.isInstalling(token) }) {
            inboundRefused(exchange, &context)
        } else if let pair = ipsecSAs.first(where: { $0.outbound.isInstalling(token) }) {
            outboundRefused(pair, &context)
        }
        actions += context.actions
    }

    /// ESP with an unknown SPI came from `peer`, whose port is 0 if the packet was not in UDP: one of the two gateways has lost its SAs,
    /// or a Delete payload was lost. The packet is not authenticated. It brings forward what is due anyway: the next DPD probe of a
    /// silent peer, or the next attempt. A peer with an ISAKMP SA is sent a Delete payload for the SPI.
    ///
    /// - Returns: whether a pair or an attempt with the peer exists. If not, the caller may initiate.
    public func receivedUnknownSPI(
        _ spi: UInt32, peer: Endpoint, local: Address, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) -> Bool {
        guard earlyProbeLimit.allows(now: now) else { return true }
        var context = EngineContext(now: now, random: random)
        var isKnown = false
        deleteUnknown(spi, peer: peer, local: local, &context)
        for pair in ipsecSAs where pair.peer.address == peer.address && pair.local.address == local {
            isKnown = true
            if pair.liveness != nil { checkLiveness(pair, isEarly: true, &context) }
        }
        if !isKnown {
            for connection in connections
            where connection.isWanted && connection.policy.remote == peer.address && connection.policy.local == local {
                isKnown = true
                if connection.retryAt != nil { connection.retryAt = now }
            }
        }
        actions += context.actions
        return isKnown
    }

    /// The data plane reports that an SA has nearly reached its limit of octets or of sequence numbers.
    /// - Parameter hasEnded: the data plane has removed the SA. The other SA of the pair stays.
    public func expiring(
        spi: UInt32, destination: Address, hasEnded: Bool, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        let pair = pair(spi, destination)
        if let pair, hasEnded, pair.outboundSPI == spi {
            pair.outbound = .ended
            useWaitingPairs(pair.connection, &context)
        }
        if let pair, !pair.isSuperseded {
            if hasEnded {
                context.say(pair.connection, pair.serial, 3, .warning, "the kernel ended its SA: a new one is negotiated", .saLost)
            } else {
                context.say(
                    pair.connection, pair.serial, 2, .info, "an SA has nearly reached its limit of packets or octets: it is replaced")
            }
            renew(pair, &context)
        }
        actions += context.actions
    }

    /// The data plane has lost an SA without having ended it: another program deleted it. The whole pair is replaced.
    public func lost(
        spi: UInt32, destination: Address, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        if let pair = pair(spi, destination), !pair.isSuperseded {
            if !pair.hasNoOutboundSA {
                context.say(
                    pair.connection, pair.serial, 3, .warning, "the kernel no longer has its SA: a new one is negotiated", .saLost)
                // The peer is told first. It may have made the pair just now, and would take the next one for a simultaneous one.
                remove(pair, notifiesPeer: true, "it is lost", &context)
                renew(pair, &context)
            } else if !isNegotiating(pair.connection) {
                // The negotiation of its replacement has failed.
                renew(pair, &context)
            }
        }
        actions += context.actions
    }

    private func pair(_ spi: UInt32, _ destination: Address) -> IPsecSA? {
        ipsecSAs.first { $0.hasSA(spi, destination) }
    }

    /// Does what is due: retransmissions, time limits, expiries, keepalives.
    public func advance(now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        runTimers(&context)
        actions += context.actions
    }
}
