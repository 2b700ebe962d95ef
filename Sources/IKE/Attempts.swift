import Crypto
import Wire

/// Attempts: from the wish that a connection stand to SAs, or to the end of its tries.
extension Engine {
    /// Whether a connection is to stand: asked for by `initiate` or `trigger`, and neither ended nor given up since.
    public func wants(_ id: ConnectionID) -> Bool { connection(id)?.isWanted ?? false }

    /// `--up`.
    func want(_ connection: ConnectionState, _ context: inout EngineContext) {
        let policy = connection.policy
        connection.isWanted = true
        if let pair = ipsecSAs.last(where: { $0.connection == policy.id && !$0.isSuperseded }) {
            context.say(policy.id, pair.serial, 0, .info, "its IPsec SA stands already \(pair.words)")
            return
        }
        connection.failures = 0
        connection.retryAt = nil
        attempt(connection, &context)
    }

    /// A packet asks for SAs. Traffic neither hurries attempts nor has their number forgotten.
    func trigger(_ connection: ConnectionState, _ context: inout EngineContext) {
        guard connection.failures == 0 || context.now >= connection.restsUntil,
            !ipsecSAs.contains(where: { $0.connection == connection.policy.id && !$0.isSuperseded })
        else { return }
        connection.isWanted = true
        connection.retryAt = nil
        attempt(connection, &context)
    }

    /// Somebody sends what belongs to an SA that we do not have. Nobody authenticated it: it is worth one attempt, which tells a
    /// peer that has such an SA to forget it, and not the wish that the connection stand.
    func tryOnce(_ connection: ConnectionState, _ context: inout EngineContext) {
        guard !connection.isWanted, connection.failures == 0 || context.now >= connection.restsUntil,
            !ipsecSAs.contains(where: { $0.connection == connection.policy.id && !$0.isSuperseded })
        else { return }
        attempt(connection, &context)
    }

    /// Begins an attempt unless one is under way.
    func attempt(_ connection: ConnectionState, _ context: inout EngineContext) {
        let policy = connection.policy
        guard !isNegotiating(policy.id) else { return }
        guard policy.remote != nil else {
            giveUp(connection, "its peer may be anywhere (%any): it can only be answered", &context)
            return
        }
        guard !policy.methods.isEmpty else {
            giveUp(connection, "there is no pre-shared key or RSA key for it in ipsec.secrets", &context)
            return
        }
        if let sa = standing(policy) {
            startQuickModeInTurn(connection, sa, &context)
        } else if let sa = isakmpSAs.first(where: { $0.isInitiator && !$0.isEstablished && $0.isUnderWay(for: policy) }) {
            sa.pending.append(policy.id)
            context.say(policy.id, sa.serial, 2, .info, "waiting for ISAKMP SA #\(sa.serial) with the same peer")
        } else {
            startMainMode(connection.sharedPolicy, for: [policy.id], &context)
        }
    }

    /// Begins Quick Mode, at once or when others that we began within the ISAKMP SA have ended.
    func startQuickModeInTurn(_ connection: ConnectionState, _ sa: ISAKMPSA, _ context: inout EngineContext) {
        if hasRoom(sa) { startQuickMode(connection, sa, &context) } else { sa.pending.append(connection.policy.id) }
    }

    /// Whether another Quick Mode of ours may begin within an ISAKMP SA.
    private func hasRoom(_ sa: ISAKMPSA) -> Bool {
        quickModes.count { $0.sa === sa && $0.isInitiator && !$0.state.isDone } < Limits.quickModesBegun
    }

    /// Whether somebody's turn has come within an ISAKMP SA that stands.
    func mayGoOn(_ sa: ISAKMPSA) -> Bool { sa.isEstablished && !sa.pending.isEmpty && hasRoom(sa) }

    /// Begins the Quick Modes whose turn has come.
    func goOn(_ context: inout EngineContext) {
        for sa in isakmpSAs {
            while mayGoOn(sa) {
                guard let connection = connection(sa.pending.removeFirst()) else { continue }
                if sa.serves(connection.policy) { startQuickMode(connection, sa, &context) } else { attempt(connection, &context) }
            }
        }
    }

    /// Whether an attempt of ours is under way.
    func isNegotiating(_ id: ConnectionID) -> Bool {
        isakmpSAs.contains { $0.pending.contains(id) }
            || quickModes.contains { $0.isInitiator && !$0.state.isDone && $0.policy.id == id }
    }

    /// The newest ISAKMP SA that `policy` can use for a new exchange.
    func standing(_ policy: Policy) -> ISAKMPSA? {
        isakmpSAs.last { $0.isEstablished && !$0.isDistrusted && $0.serves(policy) }
    }

    /// Quick Modes of ours fail within an ISAKMP SA: the next one begins within another.
    ///
    /// Some peers end every IPsec SA with its ISAKMP SA, so one that carries others is not deleted before its successor
    /// stands.
    func distrust(_ sa: ISAKMPSA, _ reason: StaticString, _ context: inout EngineContext) {
        guard !sa.isRemoved else { return }
        guard carries(sa) else {
            remove(sa, isTold: true, reason, &context)
            return
        }
        guard !sa.isDistrusted else { return }
        sa.isDistrusted = true
        context.say(
            sa.policy.id, sa.serial, 2, .info, "ISAKMP SA kept for the IPsec SAs that stand (\(reason)): the next exchange has a new one")
        // Those that waited for their turn within it are next.
        let pending = sa.pending
        sa.pending = []
        for id in pending { if let connection = connection(id) { attempt(connection, &context) } }
    }

    /// Whether an IPsec SA of the peer stands, or an exchange with it is under way.
    func carries(_ sa: ISAKMPSA) -> Bool {
        ipsecSAs.contains { sa.covers($0) } || quickModes.contains { $0.sa === sa && !$0.state.isDone }
    }

    /// A successor stands: what is distrusted ends once the peer has had time to move its IPsec SAs over.
    func retireDistrusted(_ successor: ISAKMPSA, _ now: UInt64) {
        for sa in isakmpSAs where sa.isDistrusted && sa !== successor && sa.isBetween(successor.policy) {
            sa.replaceAt = nil
            sa.expires = min(sa.expires, now + Limits.handoverTime)
        }
    }

    /// An exchange of ours within an ISAKMP SA, or the SA itself before it stood, came to nothing.
    func fail(_ sa: ISAKMPSA, _ code: Int, _ reason: __owned Sentence, _ context: inout EngineContext) {
        isakmpSAs.remove(sa)
        let pending = sa.pending
        sa.pending = []
        context.say(sa.policy.id, sa.serial, code, .warning, "\(sa.state.name): \(reason)")
        for id in pending { failed(id, reason, &context) }
        refreshKeepalives(context.now)
    }

    func fail(_ exchange: QuickMode, _ code: Int, _ reason: __owned Sentence, _ context: inout EngineContext) {
        quickModes.remove(exchange)
        if let prepared = exchange.prepared {
            context.remove(prepared.inbound.sa.spi, of: prepared.inbound.sa.destination, exchange.policy.id)
        }
        context.say(exchange.policy.id, exchange.serial, code, .warning, "\(exchange.state.name): \(reason)")
        if exchange.isInitiator {
            failed(exchange.policy.id, reason, &context)
            settleRefusals(exchange.sa, &context)
        }
    }

    /// A whole attempt came to nothing.
    func failed(_ id: ConnectionID, _ reason: __owned Sentence, _ context: inout EngineContext) {
        guard let connection = connection(id) else { return }
        connection.failures += connection.failures == .max ? 0 : 1
        connection.restsUntil = context.now + pause(connection.failures, context)
        let tries = connection.policy.keyingTries
        let isFinal = !connection.isWanted || tries != 0 && connection.failures >= tries
        if isFinal {
            connection.isWanted = false
            connection.retryAt = nil
        } else {
            connection.retryAt = connection.restsUntil
        }
        context.actions.append(.attemptFailed(id, reason: reason, final: isFinal))
    }

    /// What cannot succeed as it is configured is not tried.
    private func giveUp(_ connection: ConnectionState, _ reason: __owned Sentence, _ context: inout EngineContext) {
        connection.isWanted = false
        connection.retryAt = nil
        connection.failures = max(connection.failures, 1)
        connection.restsUntil = context.now + Limits.pause[Limits.pause.count - 1]
        context.say(connection.policy.id, nil, 22, .error, "cannot initiate: \(reason)")
        context.actions.append(.attemptFailed(connection.policy.id, reason: reason, final: true))
    }

    /// The peer made the pair that an attempt of ours was to make: no Quick Mode follows. A first message of Main Mode that nobody
    /// answered is not sent again; one that was answered leads to an ISAKMP SA that both ends have.
    func endAttempt(_ id: ConnectionID, _ context: inout EngineContext) {
        for sa in isakmpSAs where sa.pending.contains(id) {
            sa.pending.removeAll { $0 == id }
            guard sa.pending.isEmpty, sa.state == .mainI1 else { continue }
            isakmpSAs.remove(sa)
            context.say(id, sa.serial, 2, .info, "\(sa.state.name): attempt ended, since the peer began its own")
        }
    }

    /// `--down`: every SA and every attempt of a connection ends.
    func end(_ id: ConnectionID, _ context: inout EngineContext) {
        if let connection = connection(id) {
            connection.isWanted = false
            connection.retryAt = nil
            connection.failures = 0
        }
        for exchange in quickModes where exchange.policy.id == id { abandon(exchange, &context) }
        let ending = ipsecSAs.filter { $0.connection == id }
        for sa in ending { remove(sa, isTold: true, "terminated", &context) }
        for sa in isakmpSAs { sa.pending.removeAll { $0 == id } }
        // An ISAKMP SA goes with the last connection that needs it.
        let idle = isakmpSAs.filter { sa in
            (sa.policy.id == id || ending.contains { sa.covers($0) }) && sa.pending.isEmpty
                && !ipsecSAs.contains { sa.covers($0) }
                && !quickModes.contains { $0.sa === sa && !$0.state.isDone }
        }
        for sa in idle { remove(sa, isTold: true, "terminated", &context) }
    }

    /// An exchange ends without counting as a failure.
    func abandon(_ exchange: QuickMode, _ context: inout EngineContext) {
        quickModes.remove(exchange)
        if let prepared = exchange.prepared {
            context.remove(prepared.inbound.sa.spi, of: prepared.inbound.sa.destination, exchange.policy.id)
        }
    }
}

extension ISAKMPSA {
    /// Whether an exchange of ours that still goes on will give `policy` what it needs.
    func isUnderWay(for policy: Policy) -> Bool {
        isBetween(policy) && self.policy.ikeSuites.allSatisfy { policy.accepts($0) }
    }

    /// Whether an IPsec SA is of this SA's peer.
    func covers(_ pair: IPsecSA) -> Bool {
        guard pair.peer.address == peer.address, pair.local.address == local.address else { return false }
        guard let peerID, let other = pair.peerID else { return true }
        return peerID.isSame(as: other)
    }
}
