import Crypto
import Wire

/// A Quick Mode fails, or the peer refuses it.
extension Engine {
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

    /// An exchange ends without counting as a failure.
    func abandon(_ exchange: QuickMode, _ context: inout EngineContext) {
        quickModes.remove(exchange)
        if let prepared = exchange.prepared {
            context.remove(prepared.inbound.sa.spi, of: prepared.inbound.sa.destination, exchange.policy.id)
        }
    }

    /// Quick Modes of ours within an SA that the peer has not answered.
    func unanswered(_ sa: ISAKMPSA) -> [QuickMode] {
        quickModes.filter { $0.sa === sa && $0.isInitiator && $0.state == .quickI1 }
    }

    /// A refusal that names no exchange has a message ID of its own: with several exchanges under way it could mean each. As
    /// soon as no more of them are unanswered than were refused, they are the ones.
    func settleRefusals(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        let open = unanswered(sa)
        let types = sa.unnamedRefusals
        guard !types.isEmpty, types.count >= open.count else { return }
        sa.unnamedRefusals = []
        for (exchange, type) in zip(open, types) where !exchange.isRemoved {
            refused(exchange, type, &context)
        }
    }

    func refused(_ exchange: QuickMode, _ type: NotifyType, _ context: inout EngineContext) {
        let policy = exchange.policy
        let sa = exchange.sa
        var reason: Sentence = "the peer refuses with \(type)"
        switch type {
        case .noProposalChosen:
            let pfs: Sentence = exchange.pfsGroup.map { "PFS in \($0.word)" } ?? "no PFS"
            reason +=
                ": it accepts none of \(list(policy.espSuites.map { $0.words })) with \(pfs), or not their lifetime of \(policy.espLifetime) s (keylife=)"
        case .invalidIDInformation:
            reason += ": it has no connection for \(exchange.localSelector)===\(exchange.remoteSelector)"
        default: break
        }
        fail(exchange, type.code, "\(reason)\(code: .peerRefuses)", &context)
        // Main Mode's NAT-D payloads are not authenticated: where they were damaged, the two ends differ for good about what may
        // be proposed here.
        sa.refusals += 1
        if sa.refusals >= Limits.refusals, !sa.hasAgreed { distrust(sa, "the peer refuses all within it", &context) }
    }

    /// Quick Modes of ours fail within an ISAKMP SA: the next one begins within another.
    ///
    /// Some peers end every IPsec SA with its ISAKMP SA, so one that carries others is not deleted before its successor
    /// stands.
    func distrust(_ sa: ISAKMPSA, _ reason: StaticString, _ context: inout EngineContext) {
        guard !sa.isRemoved else { return }
        guard carries(sa) else {
            remove(sa, notifiesPeer: true, reason, &context)
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
}
