import Crypto
import Wire

/// What happens when a pair of IPsec SAs is negotiated.
extension Engine {
    /// The pair is negotiated and its inbound SA is installed.
    func establish(
        _ exchange: QuickMode, _ chosen: Phase2Transform, lifetime: UInt32, outbound: SecurityAssociation,
        _ context: inout EngineContext
    ) {
        let sa = exchange.sa
        let id = exchange.policy.id
        let rivals = rivals(of: exchange)
        sa.refusals = 0
        sa.hasAgreed = true
        let same = ipsecSAs.filter { $0.connection == id && sa.covers($0) }
        if same.count >= Limits.ipsecSAsPerConnection {
            remove(same[0], notifiesPeer: true, "the peer made too many", &context)
        }
        let way: Sentence = sa.nat.found ? "in UDP to \(sa.peer)" : "to \(sa.peer.address)"
        let pfs: Sentence = chosen.group.map { "PFS \($0.word)" } ?? "no PFS"
        let words: Sentence =
            "{ESP=>\(hexSPI(exchange.peerSPI)) <\(hexSPI(exchange.ownSPI)) \(chosen.suite.words), \(pfs), \(exchange.localSelector)===\(exchange.remoteSelector), \(way)}"
        let pair = IPsecSA(exchange, chosen.suite, lifetime: lifetime, words: words, context)
        pair.outbound = .waiting(KeyedSA(outbound))
        ipsecSAs.append(pair)
        beginLivenessChecks(pair, exchange.policy.rekeyPolicy, context.now)
        supersede(rivals, by: pair, &context)
        if pair.isSuperseded {
            // The pair only receives.
            announce(pair, &context)
        } else if rivals.contains(where: { !$0.hasNoOutboundSA }) {
            if pair.isInitiator {
                pair.switchAt = context.now + Limits.switchTime
            } else {
                pair.switchAt = context.now + Limits.responderSwitchTime
                pair.firstPacketCheckAt = context.now + Limits.firstPacketCheckInterval
            }
            announce(pair, &context)
        } else {
            startSending(pair, &context)
        }
        refreshKeepalives(context.now)
    }

    /// Reports a pair as established, once.
    func announce(_ pair: IPsecSA, _ context: inout EngineContext) {
        guard !pair.isAnnounced else { return }
        let isFirst = !ipsecSAs.contains { $0.connection == pair.connection && $0.isAnnounced }
        pair.isAnnounced = true
        let state: StaticString = pair.isInitiator ? "STATE_QUICK_I2: sent QI2, " : "STATE_QUICK_R2: "
        context.say(pair.connection, pair.serial, 4, .info, "\(state)IPsec SA established \(pair.words)", .ipsecSAEstablished)
        if isFirst { context.actions.append(.established(pair.connection)) }
        guard let connection = connection(pair.connection) else { return }
        connection.retryAt = nil
        if !pair.isInitiator, !pair.isSuperseded, !pair.isNarrowed(connection) { endAttempt(pair.connection, &context) }
    }
}
