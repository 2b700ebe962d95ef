import Crypto
import Wire

/// Attempts: which exchange begins when a connection is to be established.
extension Engine {
    /// Initiates a connection (`--up`).
    func bringUp(_ connection: KeyingState, _ context: inout EngineContext) {
        let policy = connection.policy
        connection.isWanted = true
        if let pair = ipsecSAs.last(where: { $0.connection == policy.id && !$0.isSuperseded }) {
            context.say(policy.id, pair.serial, 0, .info, "it already has an IPsec SA \(pair.words)")
            return
        }
        connection.failures = 0
        connection.retryAt = nil
        attempt(connection, &context)
    }

    /// A packet needs an SA. Packets neither shorten the pause after a failure nor reset the number of failures.
    func trigger(_ connection: KeyingState, _ context: inout EngineContext) {
        guard connection.failures == 0 || context.now >= connection.restsUntil,
            !ipsecSAs.contains(where: { $0.connection == connection.policy.id && !$0.isSuperseded })
        else { return }
        connection.isWanted = true
        connection.retryAt = nil
        attempt(connection, &context)
    }

    /// ESP with an unknown SPI came. It is not authenticated, so it causes one attempt, which makes the peer delete a stale SA. The
    /// connection does not become wanted.
    func tryOnce(_ connection: KeyingState, _ context: inout EngineContext) {
        guard !connection.isWanted, connection.failures == 0 || context.now >= connection.restsUntil,
            !ipsecSAs.contains(where: { $0.connection == connection.policy.id && !$0.isSuperseded })
        else { return }
        attempt(connection, &context)
    }

    /// Begins an attempt unless one is under way.
    func attempt(_ connection: KeyingState, _ context: inout EngineContext) {
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

    /// Begins Quick Mode at once, or when others within the ISAKMP SA have ended.
    func startQuickModeInTurn(_ connection: KeyingState, _ sa: ISAKMPSA, _ context: inout EngineContext) {
        if hasRoom(sa) { startQuickMode(connection, sa, &context) } else { sa.pending.append(connection.policy.id) }
    }

    /// Whether another Quick Mode of ours may begin within an ISAKMP SA.
    private func hasRoom(_ sa: ISAKMPSA) -> Bool {
        quickModes.count { $0.sa === sa && $0.isInitiator && !$0.state.isDone } < Limits.quickModesBegun
    }

    /// Whether a waiting Quick Mode may begin within an established ISAKMP SA.
    func canStartPendingQuickMode(_ sa: ISAKMPSA) -> Bool { sa.isEstablished && !sa.pending.isEmpty && hasRoom(sa) }

    /// Begins the waiting Quick Modes that may begin.
    func startPendingQuickModes(_ context: inout EngineContext) {
        for sa in isakmpSAs {
            while canStartPendingQuickMode(sa) {
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

    /// Gives up a connection that cannot succeed as it is configured.
    private func giveUp(_ connection: KeyingState, _ reason: __owned Sentence, _ context: inout EngineContext) {
        connection.isWanted = false
        connection.retryAt = nil
        connection.failures = max(connection.failures, 1)
        connection.restsUntil = context.now + Limits.pause[Limits.pause.count - 1]
        context.say(connection.policy.id, nil, 22, .error, "cannot initiate: \(reason)")
        context.actions.append(.attemptFailed(connection.policy.id, reason: reason, nil, final: true))
    }

    /// The peer established the pair, so our attempt ends without Quick Mode. An unanswered MI1 is not retransmitted. An answered
    /// one leads to an ISAKMP SA that both ends have, and goes on.
    func endAttempt(_ id: ConnectionID, _ context: inout EngineContext) {
        for sa in isakmpSAs where sa.pending.contains(id) {
            sa.pending.removeAll { $0 == id }
            guard sa.pending.isEmpty, sa.state == .mainI1 else { continue }
            isakmpSAs.remove(sa)
            context.say(id, sa.serial, 2, .info, "\(sa.state.name): attempt ended, since the peer began its own")
        }
    }
}
