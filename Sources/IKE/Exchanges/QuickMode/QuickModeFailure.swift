import Crypto
import Wire

/// What happens when Quick Mode fails, or the peer refuses it.
extension Engine {
    func fail(_ exchange: QuickMode, _ code: Int, _ reason: __owned Sentence, message: MessageCode? = nil, _ context: inout EngineContext) {
        quickModes.remove(exchange)
        if let prepared = exchange.prepared {
            context.remove(prepared.inbound.sa.spi, of: prepared.inbound.sa.destination, exchange.policy.id)
        }
        context.say(exchange.policy.id, exchange.serial, code, .warning, "\(exchange.state.name): \(reason)", message)
        if exchange.isInitiator {
            failed(exchange.policy.id, reason, message: message, &context)
            settleRefusals(exchange.sa, &context)
        }
    }

    /// Ends an exchange without counting a failure.
    func abandon(_ exchange: QuickMode, _ context: inout EngineContext) {
        quickModes.remove(exchange)
        if let prepared = exchange.prepared {
            context.remove(prepared.inbound.sa.spi, of: prepared.inbound.sa.destination, exchange.policy.id)
        }
    }

    /// Our Quick Modes within an SA that the peer has not answered.
    func unanswered(_ sa: ISAKMPSA) -> [QuickMode] {
        quickModes.filter { $0.sa === sa && $0.isInitiator && $0.state == .quickI1 }
    }

    /// A refusal without reference to an exchange may mean any of several. When as many have been refused as are unanswered, all of
    /// those are refused.
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
        fail(exchange, type.code, reason, message: .peerRefuses, &context)
        // NAT-D payloads of Main Mode are not authenticated. If they were damaged, the two ends disagree about encapsulation for
        // the whole life of the ISAKMP SA.
        sa.refusals += 1
        if sa.refusals >= Limits.refusals, !sa.hasAgreed { distrust(sa, "the peer refuses every Quick Mode within it", &context) }
    }

    /// Quick Modes of ours fail within an ISAKMP SA. The next one begins within a new one.
    ///
    /// Some peers delete IPsec SAs together with their ISAKMP SA. So an ISAKMP SA with IPsec SAs stays until its successor is
    /// established.
    func distrust(_ sa: ISAKMPSA, _ reason: StaticString, _ context: inout EngineContext) {
        guard !sa.isRemoved else { return }
        guard carries(sa) else {
            remove(sa, notifiesPeer: true, reason, &context)
            return
        }
        guard !sa.isDistrusted else { return }
        sa.isDistrusted = true
        context.say(
            sa.policy.id, sa.serial, 2, .info, "ISAKMP SA kept for its IPsec SAs (\(reason)): the next exchange uses a new ISAKMP SA")
        // Attempts that waited within it begin again.
        let pending = sa.pending
        sa.pending = []
        for id in pending { if let connection = connection(id) { attempt(connection, &context) } }
    }

    /// Whether the peer has an IPsec SA, or an exchange with it is under way.
    func carries(_ sa: ISAKMPSA) -> Bool {
        ipsecSAs.contains { sa.covers($0) } || quickModes.contains { $0.sa === sa && !$0.state.isDone }
    }
}
