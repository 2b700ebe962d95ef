import Crypto
import Wire

/// Counting, logging and answering unauthenticated messages. The number of log lines and answers is bounded.
extension Engine {
    /// Logs a line about an unauthenticated message, within the limit. Its code is `message`, or else `unauthenticated`.
    func logUnauthenticated(
        _ text: Sentence, message: MessageCode? = nil, connection: ConnectionID? = nil, serial: UInt64? = nil, code: Int = 3,
        _ context: inout EngineContext
    ) {
        guard unauthenticatedLines.allows(now: context.now) else { return }
        let heldBack = unauthenticatedLines.takeHeldBack()
        let short = text.cut(to: Limits.strangerLine)
        var line = Progress(
            connection: connection, serial: serial, code: code, level: .notice,
            heldBack == 0 ? short : "\(short) (\(heldBack) more such messages were suppressed)", message: message ?? .unauthenticated)
        line.isStrangers = true
        context.actions.append(.say(line))
    }

    func count(_ kind: Refusal.Kind) {
        switch kind {
        case .malformed: counters.malformed += 1
        case .unauthenticated: counters.unauthenticated += 1
        case .disagreed: counters.disagreed += 1
        case .overLimit: counters.overLimit += 1
        }
    }

    /// Refuses an unauthenticated message: counts it, and logs and answers it within the limits.
    func refuse(
        _ header: Header, _ incoming: borrowing IncomingDatagram, _ sa: ISAKMPSA?, _ refusal: Refusal, _ context: inout EngineContext
    ) {
        count(refusal.kind)
        let exchange = header.exchange.name
        let peer = incoming.peer
        logUnauthenticated(
            "\(exchange) message from \(peer) refused: \(refusal.reason)", message: refusal.code, connection: sa?.policy.id,
            serial: sa?.serial,
            &context)
        guard let notify = refusal.notify else { return }
        answerUnauthenticated(header, notify, from: incoming.local, to: incoming.peer, atMost: incoming.datagram.count, &context)
    }

    /// Sends an error notification to an unauthenticated peer, within the limit. It is not longer than the message it answers, so
    /// that we amplify nothing.
    func answerUnauthenticated(
        _ header: Header, _ notify: NotifyType, from local: Endpoint, to peer: Endpoint, atMost length: Int, _ context: inout EngineContext
    ) {
        let reply = Header(
            header.initiatorCookie, header.responderCookie, .informational, messageID: context.random.uint32() | 1)
        let message = [Notification(notify, .isakmp).payload].message(reply)
        guard message.count <= length, unauthenticatedReplies.allows(now: context.now) else { return }
        context.actions.append(.send(message, from: local, to: peer))
    }
}
