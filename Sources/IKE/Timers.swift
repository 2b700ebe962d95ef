import Crypto
import Wire

/// What the engine does when time passes.
extension Engine {
    /// When `advance` has something to do next: 0 for at once, `nil` for nothing.
    public var nextDeadline: UInt64? {
        var next = min(waitingTurn ?? UInt64.max, reassembly.nextDeadline)
        for connection in connections { next = min(next, connection.retryAt ?? .max) }
        for sa in isakmpSAs {
            if canStartPendingQuickMode(sa) { return 0 }
            // While it waits for the DNS, nothing is sent again.
            next = min(next, sa.expires, sa.awaitingKeys?.due ?? sa.retransmission?.due ?? .max, sa.replaceAt ?? .max)
        }
        for exchange in quickModes { next = min(next, exchange.expires, exchange.retransmission?.due ?? .max) }
        for pair in ipsecSAs {
            next = min(next, pair.expires, pair.replaceAt ?? .max)
            next = min(next, pair.switchAt ?? .max, pair.firstPacketCheckAt ?? .max)
            next = min(next, pair.liveness?.checkAt ?? .max)
        }
        for keepalive in keepalives { next = min(next, keepalive.due) }
        return next == .max ? nil : next
    }

    func runTimers(_ context: inout EngineContext) {
        if let due = waitingTurn, due <= context.now { serveWaiting(&context) }
        for sa in isakmpSAs { runTimers(sa, &context) }
        for exchange in quickModes { runTimers(exchange, &context) }
        for pair in ipsecSAs { runTimers(pair, &context) }
        for connection in connections {
            guard let due = connection.retryAt, due <= context.now else { continue }
            connection.retryAt = nil
            if connection.isWanted { attempt(connection, &context) }
        }
        startPendingQuickModes(&context)
        reassembly.removeExpired(now: context.now)
        for index in keepalives.indices where keepalives[index].due <= context.now {
            keepalives[index].due = context.now + keepaliveInterval
            context.actions.append(.keepalive(from: keepalives[index].local, to: keepalives[index].peer))
        }
    }

    private func runTimers(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        if let due = sa.awaitingKeys?.due, due <= context.now {
            resume(sa, with: KeysFromDNS(keys: [], problem: "no answer came in time"), &context)
        }
        if sa.awaitingKeys == nil, let due = sa.retransmission?.due, due <= context.now { retransmit(sa, &context) }
        guard !sa.isRemoved else { return }
        if let due = sa.replaceAt, due <= context.now {
            sa.replaceAt = due + Limits.replaceAgain
            replace(sa, &context)
        }
        guard sa.expires <= context.now else { return }
        if sa.isEstablished {
            remove(sa, notifiesPeer: true, "expired", &context)
        } else {
            isakmpSAs.remove(sa)
            logUnauthenticated(
                "\(sa.state.name): given up: \(sa.peer) sent no further message", connection: sa.policy.id, serial: sa.serial,
                code: 2, &context)
        }
    }

    private func retransmit(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard let message = sa.retransmission?.message, let step = sa.retransmission?.step(now: context.now) else { return }
        switch step {
        case .again(let seconds):
            sa.send(message, &context)
            context.say(
                sa.policy.id, sa.serial, 10, .info,
                "\(sa.state.name): retransmission; will wait \(seconds)s for response")
        // From the third message on, a wrong key is the likely cause.
        case .exhausted: fail(sa, 31, unanswered(sa), message: sa.state == .mainI3 ? .keysDiffer : nil, &context)
        }
    }

    /// The likely reason why Main Mode got no answer.
    private func unanswered(_ sa: ISAKMPSA) -> Sentence {
        var text: Sentence = "too many retransmissions: "
        switch sa.state {
        case .mainI1: text += "no answer from \(sa.peer) to our first message"
        case .mainI2: text += "\(sa.peer) answered our first message, and not the second"
        default:
            text +=
                "no acceptable answer from \(sa.peer) to our authentication: perhaps \(sa.method.likelyFault), or it expects another ID than \(sa.policy.localID.words)"
            text += possibleLoss(sa)
        }
        if let refusal = sa.refusal { text += "; the last answer was refused: \(refusal)" }
        if sa.sawUnreadable { text += "; our keys do not decrypt its answers" }
        if let hint = sa.claimedError {
            text += "; unauthenticated, it says \(hint)"
            if sa.state == .mainI1 { text += explanation(hint, sa) }
        }
        return text
    }

    /// Why our authentication or its answer may have been lost on the way. Empty if the peer answered something.
    private func possibleLoss(_ sa: ISAKMPSA) -> Sentence {
        guard !sa.sawUnreadable, sa.refusal == nil, sa.claimedError == nil else { return "" }
        var text: Sentence = ""
        let count = sa.retransmission?.message.count ?? 0
        if count > Limits.unfragmentedOctets {
            text +=
                "; or our message of \(count) octets, which travels in \(sa.sendsFragments ? "" : "IP ")fragments, was dropped on the way"
            if !sa.sendsFragments {
                text +=
                    sa.fragmentation == .yes
                    ? " (the peer does not announce IKE fragmentation)" : " (fragmentation= allows no IKE fragments)"
            }
        }
        if sa.peer.port != 500, !sa.heardOnNATPort {
            text += "; or UDP port 4500 is blocked between us, for nothing ever came from it"
        }
        return text
    }

    private func runTimers(_ exchange: QuickMode, _ context: inout EngineContext) {
        if let due = exchange.retransmission?.due, due <= context.now { retransmit(exchange, &context) }
        guard exchange.expires <= context.now, !exchange.isRemoved else { return }
        if exchange.state.isDone {
            quickModes.remove(exchange)
        } else {
            let isInstalling = exchange.isInstalling(exchange.token)
            fail(
                exchange, 34, isInstalling ? "the data plane did not answer in time" : "the data plane found no SPI in time", &context)
        }
    }

    private func retransmit(_ exchange: QuickMode, _ context: inout EngineContext) {
        let sa = exchange.sa
        guard let message = exchange.retransmission?.message, let step = exchange.retransmission?.step(now: context.now)
        else { return }
        switch step {
        case .again(let seconds):
            sa.send(message, &context)
            // What the peer refused before, it refuses again now.
            sa.unnamedRefusals = []
            context.say(
                exchange.policy.id, exchange.serial, 10, .info,
                "\(exchange.state.name): retransmission; will wait \(seconds)s for response")
        case .exhausted:
            if !exchange.isInitiator, let spi = exchange.prepared?.inbound.sa.spi { deleteUnconfirmed(spi, sa, &context) }
            fail(exchange, 31, "too many retransmissions: no answer from \(sa.peer) in Quick Mode", &context)
            // The peer may have lost the ISAKMP SA. Then it never answers within it, so the next attempt makes a new one.
            if exchange.isInitiator { distrust(sa, "the peer does not answer", &context) }
        }
    }

    private func runTimers(_ pair: IPsecSA, _ context: inout EngineContext) {
        if let due = pair.replaceAt, due <= context.now { renew(pair, &context) }
        if let due = pair.switchAt, due <= context.now { startSending(pair, &context) }
        if let due = pair.firstPacketCheckAt, due <= context.now { checkFirstPacket(pair, &context) }
        if let due = pair.liveness?.checkAt, due <= context.now { checkLiveness(pair, &context) }
        guard pair.expires <= context.now, !pair.isRemoved else { return }
        if pair.isSuperseded, !pair.isDeletionSent {
            announceDeletion(pair, &context)
        } else {
            remove(pair, notifiesPeer: true, pair.isSuperseded ? "replaced" : "expired", &context)
        }
    }

    /// Replaces an ISAKMP SA before it expires, if IPsec SAs depend on it and no newer ISAKMP SA exists.
    private func replace(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard let shared = connection(sa.policy.id)?.sharedPolicy, shared.policy.remote != nil,
            ipsecSAs.contains(where: { sa.covers($0) }),
            !isakmpSAs.contains(where: { $0 !== sa && $0.created > sa.created && $0.isBetween(shared.policy) })
        else { return }
        startMainMode(shared, for: [], &context)
    }
}
