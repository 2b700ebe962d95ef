import Crypto
import Wire

/// A pair of ends between which a NAT forgets us unless we speak (RFC 3948 §4).
struct Keepalive {
    let local: Endpoint
    let peer: Endpoint
    var due: UInt64
}

/// Everything that happens because time passes.
extension Engine {
    /// When `advance` has something to do next, 0 for at once; `nil` for nothing.
    public var nextDeadline: UInt64? {
        var next = waitingTurn ?? UInt64.max
        for connection in connections { next = min(next, connection.retryAt ?? .max) }
        for sa in isakmpSAs {
            if mayGoOn(sa) { return 0 }
            next = min(next, sa.expires, sa.retransmission?.due ?? .max, sa.replaceAt ?? .max)
        }
        for exchange in quickModes { next = min(next, exchange.expires, exchange.retransmission?.due ?? .max) }
        for pair in ipsecSAs {
            next = min(next, pair.expires, pair.replaceAt ?? .max)
            next = min(next, pair.switchAt ?? .max, pair.listenAt ?? .max)
            next = min(next, pair.watch?.due ?? .max)
        }
        for keepalive in keepalives { next = min(next, keepalive.due) }
        return next == .max ? nil : next
    }

    func runTimers(_ turn: inout Turn) {
        if let due = waitingTurn, due <= turn.now { serveWaiting(&turn) }
        // Each step may change the tables, so each goes over what was there when it began.
        for sa in isakmpSAs { runTimers(sa, &turn) }
        for exchange in quickModes { runTimers(exchange, &turn) }
        for pair in ipsecSAs { runTimers(pair, &turn) }
        for connection in connections {
            guard let due = connection.retryAt, due <= turn.now else { continue }
            connection.retryAt = nil
            if connection.isWanted { attempt(connection, &turn) }
        }
        goOn(&turn)
        for index in keepalives.indices where keepalives[index].due <= turn.now {
            keepalives[index].due = turn.now + keepaliveInterval
            turn.actions.append(.keepalive(from: keepalives[index].local, to: keepalives[index].peer))
        }
    }

    private func runTimers(_ sa: ISAKMPSA, _ turn: inout Turn) {
        if let due = sa.retransmission?.due, due <= turn.now { retransmit(sa, &turn) }
        guard isakmpSAs.contains(where: { $0 === sa }) else { return }
        if let due = sa.replaceAt, due <= turn.now {
            sa.replaceAt = due + Limits.replaceAgain
            replace(sa, &turn)
        }
        guard sa.expires <= turn.now else { return }
        if sa.isEstablished {
            remove(sa, isTold: true, "expired", &turn)
        } else {
            isakmpSAs.removeAll { $0 === sa }
            stranger(
                "\(sa.state.name): given up, since \(sa.peer) went no further", connection: sa.policy.id, serial: sa.serial,
                code: 2, &turn)
        }
    }

    private func retransmit(_ sa: ISAKMPSA, _ turn: inout Turn) {
        guard let message = sa.retransmission?.message, let step = sa.retransmission?.step(now: turn.now) else { return }
        switch step {
        case .again(let seconds):
            turn.send(message, sa)
            turn.say(
                sa.policy.id, sa.serial, 10, .info,
                "\(sa.state.name): retransmission; will wait \(seconds)s for response")
        case .exhausted: fail(sa, 31, unanswered(sa), &turn)
        }
    }

    /// Why Main Mode got no further, as far as we can know.
    private func unanswered(_ sa: ISAKMPSA) -> Sentence {
        var text: Sentence = "too many retransmissions: "
        switch sa.state {
        case .mainI1: text += "no answer from \(sa.peer) to our first message"
        case .mainI2: text += "\(sa.peer) answered our first message and no further one"
        default:
            text +=
                "no acceptable answer from \(sa.peer) to our authentication: perhaps \(sa.method.doubt), or it expects another ID than \(sa.policy.localID.words)"
            text += lost(sa)
        }
        if let refusal = sa.refusal { text += "; the last answer was refused: \(refusal)" }
        if sa.sawUnreadable { text += "; it answers with what our keys do not open" }
        if let hint = sa.hint {
            text += "; unauthenticated, it says \(hint)"
            if sa.state == .mainI1 { text += explanation(hint, sa) }
        }
        return text
    }

    /// What may have kept our authentication, or its answer, on the way: where something answered, nothing did.
    private func lost(_ sa: ISAKMPSA) -> Sentence {
        guard !sa.sawUnreadable, sa.refusal == nil, sa.hint == nil else { return "" }
        var text: Sentence = ""
        let count = sa.retransmission?.message.count ?? 0
        if count > Limits.unfragmentedOctets {
            text += "; or our message of \(count) octets, which travels in fragments, was dropped on the way"
        }
        if sa.peer.port != 500, !sa.heardOnNATPort {
            text += "; or UDP port 4500 is blocked between us, for nothing ever came from it"
        }
        return text
    }

    private func runTimers(_ exchange: QuickMode, _ turn: inout Turn) {
        guard quickModes.contains(where: { $0 === exchange }) else { return }
        if let due = exchange.retransmission?.due, due <= turn.now { retransmit(exchange, &turn) }
        guard exchange.expires <= turn.now, quickModes.contains(where: { $0 === exchange }) else { return }
        if exchange.state.isDone {
            quickModes.removeAll { $0 === exchange }
        } else {
            fail(exchange, 34, "the data plane found no SPI in time", &turn)
        }
    }

    private func retransmit(_ exchange: QuickMode, _ turn: inout Turn) {
        let sa = exchange.sa
        guard let message = exchange.retransmission?.message, let step = exchange.retransmission?.step(now: turn.now)
        else { return }
        switch step {
        case .again(let seconds):
            turn.send(message, sa)
            // What the peer refused before, it refuses again now.
            sa.unnamedRefusals = []
            turn.say(
                exchange.policy.id, exchange.serial, 10, .info,
                "\(exchange.state.name): retransmission; will wait \(seconds)s for response")
        case .exhausted:
            fail(exchange, 31, "too many retransmissions: no answer from \(sa.peer) in Quick Mode", &turn)
            // The peer may have forgotten the ISAKMP SA, and would never answer within it: the next attempt makes a new one.
            if exchange.isInitiator { distrust(sa, "the peer does not answer", &turn) }
        }
    }

    private func runTimers(_ pair: IPsecSA, _ turn: inout Turn) {
        guard ipsecSAs.contains(where: { $0 === pair }) else { return }
        if let due = pair.replaceAt, due <= turn.now { renew(pair, &turn) }
        if let due = pair.switchAt, due <= turn.now { use(pair, &turn) }
        if let due = pair.listenAt, due <= turn.now { listen(pair, &turn) }
        if let due = pair.watch?.due, due <= turn.now { look(pair, &turn) }
        guard pair.expires <= turn.now, ipsecSAs.contains(where: { $0 === pair }) else { return }
        if pair.isSuperseded, !pair.isOver {
            bidFarewell(pair, &turn)
        } else {
            remove(pair, isTold: true, pair.isSuperseded ? "replaced" : "expired", &turn)
        }
    }

    /// Before an ISAKMP SA ends that IPsec SAs depend on, and no other one took its place, another one is made.
    private func replace(_ sa: ISAKMPSA, _ turn: inout Turn) {
        guard let policy = connection(sa.policy.id)?.policy, policy.remote != nil,
            ipsecSAs.contains(where: { sa.covers($0) }),
            !isakmpSAs.contains(where: { $0 !== sa && $0.created > sa.created && $0.isBetween(policy) })
        else { return }
        startMainMode(policy, for: [], &turn)
    }

    /// Makes the list of keepalives what the SAs that stand need.
    func refreshKeepalives(_ now: UInt64) {
        var wanted: [Keepalive] = []
        func want(_ local: Endpoint, _ peer: Endpoint) {
            guard keepaliveInterval > 0, !wanted.contains(where: { $0.local == local && $0.peer == peer }) else { return }
            let known = keepalives.first { $0.local == local && $0.peer == peer }
            wanted.append(known ?? Keepalive(local: local, peer: peer, due: now + keepaliveInterval))
        }
        for sa in isakmpSAs where sa.isEstablished && (sa.nat.isLocalTranslated || forcesKeepalives && sa.nat.found) {
            want(sa.local, sa.peer)
        }
        // Port 500 knows no keepalives.
        for pair in ipsecSAs where pair.isBehindNAT || forcesKeepalives && pair.local.port != 500 { want(pair.local, pair.peer) }
        keepalives = wanted
    }
}
