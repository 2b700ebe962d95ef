import Crypto
import Wire

/// Dead peer detection (RFC 3706). Each connection has its own intervals; connections with the same peer share the probes.
extension Engine {
    func beginLivenessChecks(_ pair: IPsecSA, _ rekeyPolicy: RekeyPolicy, _ now: UInt64) {
        guard rekeyPolicy.dpdDelay > 0 else { return }
        pair.liveness = PeerLiveness(checkAt: now + UInt64(rekeyPolicy.dpdDelay) * Limits.second, lastHeard: now)
    }

    /// Checks whether the peer of a pair is alive, and sends a probe after a time of silence.
    func checkLiveness(_ pair: IPsecSA, isEarly: Bool = false, _ context: inout EngineContext) {
        guard var liveness = pair.liveness, let sharedPolicy = connection(pair.connection)?.sharedPolicy,
            sharedPolicy.policy.rekeyPolicy.dpdDelay > 0
        else {
            pair.liveness = nil
            return
        }
        let policy = sharedPolicy.policy
        let delay = UInt64(policy.rekeyPolicy.dpdDelay) * Limits.second
        let timeout = max(UInt64(policy.rekeyPolicy.dpdTimeout) * Limits.second, delay + Limits.probeInterval)
        // The system was suspended. That time does not count as the peer's silence.
        if context.now > liveness.checkAt + Limits.probeInterval { liveness.lastHeard += context.now - liveness.checkAt }
        if hasCarried(pair) { liveness.lastHeard = context.now }
        let sas = isakmpSAs.filter { $0.isEstablished && $0.covers(pair) }
        for sa in sas { liveness.lastHeard = max(liveness.lastHeard, sa.lastHeard) }
        guard context.now < liveness.lastHeard + timeout else {
            giveUp(pair, sas, silence: (context.now - liveness.lastHeard) / Limits.second, policy, &context)
            return
        }
        if context.now < liveness.lastHeard + (isEarly ? min(delay, Limits.probeInterval) : delay) {
            liveness.checkAt = liveness.lastHeard + delay
        } else {
            liveness.checkAt = min(liveness.lastHeard + timeout, context.now + min(delay, max(Limits.probeInterval, timeout / 4)))
            if let sa = sas.last {
                guard sa.knowsDPD else {
                    pair.liveness = nil
                    return
                }
                probe(sa, &context)
            } else if policy.remote != nil, !isakmpSAs.contains(where: { $0.isInitiator && $0.isUnderWay(for: policy) }) {
                startMainMode(sharedPolicy, for: [], &context)
            }
        }
        pair.liveness = liveness
    }

    /// Whether packets of the pair's connection came in since the last call.
    func hasCarried(_ pair: IPsecSA) -> Bool {
        var hasCarried = false
        for same in ipsecSAs where same.connection == pair.connection && same.peer.address == pair.peer.address {
            let packets = traffic.packets(spi: same.inboundSPI, destination: same.local.address)
            if packets > same.packetsReceived { hasCarried = true }
            same.packetsReceived = packets
        }
        return hasCarried
    }

    /// Sends R-U-THERE, unless one was sent just now for another connection. Each has a new sequence number.
    private func probe(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard sa.ownProbe == 0 || context.now >= sa.probedAt + Limits.probeInterval / 2 else { return }
        // The first number is random, with room to count (RFC 3706 §6.2).
        sa.ownProbe = sa.ownProbe == 0 ? context.random.uint32() >> 1 | 1 : sa.ownProbe &+ 1
        sa.probedAt = context.now
        if sa.unansweredSince <= sa.lastHeard { sa.unansweredSince = context.now }
        if sa.messageIDs.areRunningOut, let due = sa.replaceAt, due > context.now + Limits.replaceAgain { sa.replaceAt = context.now }
        notify(sa, Notification(.areYouThere, .isakmp, spi: sa.cookies, data: octets(spi: sa.ownProbe)), &context)
    }

    /// Whether the peer of a pair has not answered a probe in time. Another peer wants its address. If no probe was sent yet, one
    /// is sent now.
    func hasFailedProbe(_ pair: IPsecSA, _ context: inout EngineContext) -> Bool {
        if hasCarried(pair) {
            pair.liveness?.lastHeard = context.now
            return false
        }
        guard let sa = isakmpSAs.last(where: { $0.isEstablished && $0.knowsDPD && $0.covers(pair) }) else { return false }
        guard sa.unansweredSince > sa.lastHeard else {
            probe(sa, &context)
            return false
        }
        return context.now >= sa.unansweredSince + Limits.probeTime
    }

    /// Accepts an acknowledgement of one of the last few probes. An older one may be a replay.
    func takeAcknowledgement(_ notification: Notification, _ sa: ISAKMPSA, _ now: UInt64) {
        guard notification.spi == sa.cookies, let number = number(spi: notification.data), sa.ownProbe != 0,
            sa.ownProbe &- number < 4
        else {
            counters.repeated += 1
            return
        }
        sa.lastHeard = now
    }

    /// Answers R-U-THERE (RFC 3706 §5.3). The peer's sequence numbers increase, so a smaller one is a replay.
    func acknowledge(_ notification: Notification, _ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard notification.spi == sa.cookies, let number = number(spi: notification.data) else { return }
        if let last = sa.lastProbe {
            guard number >= last else {
                counters.repeated += 1
                return
            }
            if number > last { sa.lastHeard = context.now }
        }
        sa.lastProbe = number
        notify(sa, Notification(.areYouThereAck, .isakmp, spi: sa.cookies, data: notification.data), &context)
    }

    /// The peer is dead: removes its SAs and carries out `dpdaction=`.
    private func giveUp(_ pair: IPsecSA, _ sas: [ISAKMPSA], silence: UInt64, _ policy: Policy, _ context: inout EngineContext) {
        context.say(
            pair.connection, pair.serial, 3, .warning,
            "the peer \(pair.peer.address) is dead: nothing came from it for \(silence) s", .peerDead)
        for sa in sas { remove(sa, notifiesPeer: false, "the peer is dead", &context) }
        let dead = ipsecSAs.filter { $0.connection == pair.connection && $0.peer.address == pair.peer.address }
        for same in dead { remove(same, notifiesPeer: false, "the peer is dead", &context) }
        guard let connection = connection(pair.connection) else { return }
        connection.failures = 0
        connection.retryAt = nil
        switch policy.rekeyPolicy.dpdAction {
        case .hold: connection.isWanted = false
        case .clear:
            connection.isWanted = false
            context.actions.append(.unroute(connection.policy.id))
        case .restart:
            connection.isWanted = true
            attempt(connection, &context)
        case .restartByPeer:
            connection.isWanted = true
            attempt(connection, &context)
            for other in connections where other !== connection { restart(other, with: pair.peer.address, &context) }
        }
    }

    /// Removes the dead peer's SAs of another connection, and negotiates that one again if it had or wants any.
    private func restart(_ connection: KeyingState, with peer: Address, _ context: inout EngineContext) {
        guard connection.policy.remote == peer else { return }
        let dead = ipsecSAs.filter { $0.connection == connection.policy.id && $0.peer.address == peer }
        guard connection.isWanted || !dead.isEmpty else { return }
        for pair in dead { remove(pair, notifiesPeer: false, "the peer is dead", &context) }
        connection.failures = 0
        connection.retryAt = nil
        connection.isWanted = true
        attempt(connection, &context)
    }
}
