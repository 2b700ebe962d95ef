import Crypto
import Wire

/// MI2 and MR2 as responder. The exchange waits for its turn at Diffie-Hellman, which usually comes at once.
extension Engine {
    /// MI2: the peer's Diffie-Hellman value.
    func mainR1(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        let contents = try clearContents(header, incoming.datagram)
        let values = try exchangeValues(sa, contents)
        guard sa.waiting == nil else { throw Refusal(.unauthenticated, nil, "another message of the same exchange waits to be processed") }
        let source = sa.peer.address.sourceNetwork
        var others = 0
        for other in isakmpSAs where other.waiting != nil && other.peer.address.sourceNetwork == source { others += 1 }
        guard others < Limits.waitingPerSource else {
            throw Refusal(.overLimit, nil, "its address has requested more Diffie-Hellman computations than are allowed at once")
        }
        sa.last.accepted(incoming.datagram)
        sa.initiatorPublic = values.publicValue
        sa.initiatorNonce = values.nonce
        detectNAT(sa, contents)
        // The message has our cookie, so its source address is genuine.
        sa.hasAnswered = true
        let isPeer = isPeer(sa.peer.address)
        sa.waiting = isPeer ? .peer : .stranger
        // No computation begins before that time.
        let from = strangersBudget.turn(sa.suite?.group ?? .modp8192, for: sa.peer.address, isPeer: isPeer).from
        waitingTurn = min(waitingTurn ?? from, from)
        if let due = waitingTurn, due <= context.now { serveWaiting(&context) }
    }

    /// Whether a proved address belongs to a peer of ours: one with an established SA, or one that a connection names.
    func isPeer(_ address: Address) -> Bool {
        isakmpSAs.contains { $0.isEstablished && $0.peer.address == address } || ipsecSAs.contains { $0.peer.address == address }
            || connections.contains { $0.policy.remote == address }
    }

    /// Does at most one Diffie-Hellman exchange, if the budget allows it: the cheapest of those that wait, and of several the one
    /// whose source has used least. So neither costly groups nor many sources delay a new peer. Packets of tunnels are handled
    /// between two exchanges.
    func serveWaiting(_ context: inout EngineContext) {
        var next: (sa: ISAKMPSA, group: Group, cost: UInt64, left: Int64)?
        var from: UInt64?
        var waiters = 0
        for sa in isakmpSAs {
            guard let waiting = sa.waiting, let group = sa.suite?.group else { continue }
            waiters += 1
            let (start, left) = strangersBudget.turn(group, for: sa.peer.address, isPeer: waiting == .peer)
            from = min(from ?? start, start)
            let cost = strangersBudget.cost(group)
            guard start <= context.now else { continue }
            if let best = next, best.cost < cost || best.cost == cost && best.left >= left { continue }
            next = (sa, group, cost, left)
        }
        waitingTurn = from
        guard let (sa, group, _, _) = next,
            strangersBudget.allows(group, for: sa.peer.address, isPeer: sa.waiting == .peer, now: context.now)
        else { return }
        // The budget does not know yet when the next computation may begin. The next call checks again.
        waitingTurn = waiters > 1 ? context.now : nil
        sa.waiting = nil
        do throws(Refusal) {
            try answerMI2(sa, group, &context)
        } catch {
            // One computation for each exchange: it costs us much, and the peer little.
            isakmpSAs.remove(sa)
            count(error.kind)
            logUnauthenticated(
                "Main Mode message from \(sa.peer) refused: \(error.reason)", message: error.code, connection: sa.policy.id,
                serial: sa.serial,
                &context)
            if let notify = error.notify {
                answerUnauthenticated(sa.header(.mainMode), notify, from: sa.local, to: sa.peer, atMost: .max, &context)
            }
        }
    }

    /// MR2: our Diffie-Hellman value.
    private func answerMI2(_ sa: ISAKMPSA, _ group: Group, _ context: inout EngineContext) throws(Refusal) {
        let ours = try makeDiffieHellman(group, context)
        let shared = try agree(ours, sa.initiatorPublic)
        sa.responderPublic = ours.publicValue
        sa.responderNonce = context.random.bytes(Limits.ownNonceOctets)
        guard (try? sa.derive(shared)) != nil else { return }
        sa.state = .mainR2
        let payloads = [
            OutgoingPayload(.keyExchange, sa.responderPublic), OutgoingPayload(.nonce, sa.responderNonce),
        ]
        answer((payloads + certificateRequests(sa) + natDetectionPayloads(sa)).message(sa.header(.mainMode)), sa, &context)
    }
}
