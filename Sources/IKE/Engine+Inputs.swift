import Crypto
import Wire

/// What happens to a gateway. Each call gives the engine one event, and appends to `actions` what is to be done because of it.
extension Engine {
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
        if let connection = connection(id) { bringUp(connection, &context) }
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

    /// Whether a connection is to stand: asked for by `initiate` or `trigger`, and neither ended nor given up since.
    public func wants(_ id: ConnectionID) -> Bool { connection(id)?.isWanted ?? false }

    /// A datagram from port 500, or from 4500 with its non-ESP marker taken off.
    public func receive(
        _ datagram: Span<UInt8>, from peer: Endpoint, to local: Endpoint, now: UInt64, random: RandomSource,
        _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        dispatch(IncomingDatagram(datagram: datagram, peer: peer, local: local), &context)
        actions += context.actions
    }

    /// Whether `advance` may compute something for somebody who is not authenticated.
    public var hasWaiting: Bool { waitingTurn != nil }

    /// What the last `receive`, or `advance`, took of the processor, in nanoseconds: who is not authenticated has a share of it.
    public func took(_ time: UInt64) { strangersBudget.took(time) }

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
    public func installRefused(_ token: UInt64, now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        if let exchange = quickModes.first(where: { $0.isInstalling(token) }) {
            inboundRefused(exchange, &context)
        } else if let pair = ipsecSAs.first(where: { $0.outbound.isInstalling(token) }) {
            outboundRefused(pair, &context)
        }
        actions += context.actions
    }

    /// ESP of an SA that we do not have came from `peer`: one of us has forgotten what the other has not. Nobody
    /// authenticated it, so all that it does is to hurry what would be done anyway: the next question whether the peer lives,
    /// where nothing else comes from it, or the next attempt at a connection with it.
    ///
    /// - Returns: whether there is any pair or attempt to hurry; otherwise somebody may want to begin one.
    public func hurry(
        peer: Address, local: Address, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) -> Bool {
        guard hurryLimit.allows(now: now) else { return true }
        var context = EngineContext(now: now, random: random)
        var isKnown = false
        for pair in ipsecSAs where pair.peer.address == peer && pair.local.address == local {
            isKnown = true
            if pair.liveness != nil { checkLiveness(pair, isHurried: true, &context) }
        }
        if !isKnown {
            for connection in connections
            where connection.isWanted && connection.policy.remote == peer && connection.policy.local == local {
                isKnown = true
                if connection.retryAt != nil { connection.retryAt = now }
            }
        }
        actions += context.actions
        return isKnown
    }

    /// The plane says that an SA has carried nearly as much as its keys or its sequence numbers are good for.
    /// - Parameter hasEnded: the plane has it no more; the other half of its pair goes on.
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
                context.say(pair.connection, pair.serial, 3, .warning, "the kernel ended its SA: another one is negotiated\(code: .saLost)")
            } else {
                context.say(pair.connection, pair.serial, 2, .info, "its keys have carried much: they are replaced")
            }
            renew(pair, &context)
        }
        actions += context.actions
    }

    /// The plane has an SA no more and did not end it: somebody took it away, and its pair's other half can be no better.
    public func lost(
        spi: UInt32, destination: Address, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        if let pair = pair(spi, destination), !pair.isSuperseded {
            if !pair.hasNoOutboundSA {
                context.say(
                    pair.connection, pair.serial, 3, .warning, "the kernel no longer has its SA: a new one is negotiated\(code: .saLost)")
                // The peer is to forget it first: it may have made it just now, and take the next one for its rival.
                remove(pair, notifiesPeer: true, "it is lost", &context)
                renew(pair, &context)
            } else if !isNegotiating(pair.connection) {
                // What took its place came to nothing.
                renew(pair, &context)
            }
        }
        actions += context.actions
    }

    private func pair(_ spi: UInt32, _ destination: Address) -> IPsecSA? {
        ipsecSAs.first { $0.hasSA(spi, destination) }
    }

    /// Does what is due: retransmissions, time-outs, expiries, keepalives.
    public func advance(now: UInt64, random: RandomSource, _ actions: inout [Action]) {
        var context = EngineContext(now: now, random: random)
        runTimers(&context)
        actions += context.actions
    }
}
