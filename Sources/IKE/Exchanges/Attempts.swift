import Crypto
import Wire

/// Attempts: from the wish that a connection stand to SAs, or to the end of its tries.
extension Engine {
    /// `--up`.
    func bringUp(_ connection: ConnectionState, _ context: inout EngineContext) {
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

    /// A packet asks for SAs. Traffic neither hastens attempts nor resets their number.
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
    func canStartPendingQuickMode(_ sa: ISAKMPSA) -> Bool { sa.isEstablished && !sa.pending.isEmpty && hasRoom(sa) }

    /// Begins the Quick Modes whose turn has come.
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
}
