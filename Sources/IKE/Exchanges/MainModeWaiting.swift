import Crypto
import Wire

/// Main Mode's second pair of messages as responder: whoever sends its first half waits for his turn at Diffie-Hellman, which
/// mostly is at once.
extension Engine {
    /// MI2: the peer's Diffie-Hellman value.
    func mainR1(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        let contents = try clearContents(header, incoming.datagram)
        let values = try exchangeValues(sa, contents)
        guard sa.waiting == nil else { throw Refusal(.unauthenticated, nil, "another one like it waits for its turn") }
        let source = sa.peer.address.sourceNetwork
        var others = 0
        for other in isakmpSAs where other.waiting != nil && other.peer.address.sourceNetwork == source { others += 1 }
        guard others < Limits.waitingPerSource else {
            throw Refusal(.overLimit, nil, "its address wants more Diffie-Hellman than we do at once; it may come again")
        }
        sa.last.accepted(incoming.datagram)
        sa.initiatorPublic = values.publicValue
        sa.initiatorNonce = values.nonce
        detectNAT(sa, contents)
        // Who sends this has our cookie, and so is where he says.
        sa.hasAnswered = true
        let isPeer = isPeer(sa.peer.address)
        sa.waiting = isPeer ? .peer : .stranger
        // Where nobody's turn has come, there is no need to look whose is next.
        let from = strangersBudget.turn(sa.suite?.group ?? .modp8192, for: sa.peer.address, isPeer: isPeer).from
        waitingTurn = min(waitingTurn ?? from, from)
        if let due = waitingTurn, due <= context.now { serveWaiting(&context) }
    }

    /// Whether an address, from which somebody answered, is that of a peer of ours: one that stands, or one that a connection
    /// names.
    func isPeer(_ address: Address) -> Bool {
        isakmpSAs.contains { $0.isEstablished && $0.peer.address == address } || ipsecSAs.contains { $0.peer.address == address }
            || connections.contains { $0.policy.remote == address }
    }

    /// Does one Diffie-Hellman exchange, if there is time for one: of those who wait, the cheapest, and of several the one whose
    /// source has used least. So neither dear groups nor many sources keep somebody new waiting. One at a time: packets of
    /// tunnels come between.
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
        // What it took is not known yet: the next one looks again.
        waitingTurn = waiters > 1 ? context.now : nil
        sa.waiting = nil
        do throws(Refusal) {
            try answerMI2(sa, group, &context)
        } catch {
            // One try an exchange: each costs us as much as it costs him little.
            isakmpSAs.remove(sa)
            count(error.kind)
            logUnauthenticated(
                "Main Mode message from \(sa.peer) refused: \(error.reason)", connection: sa.policy.id, serial: sa.serial, &context)
            if let notify = error.notify {
                answerUnauthenticated(sa.header(.mainMode), notify, from: sa.local, to: sa.peer, atMost: .max, &context)
            }
        }
    }

    /// MR2: our Diffie-Hellman value in answer.
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
