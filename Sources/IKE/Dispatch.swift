import Crypto
import Wire

/// From a datagram to its exchange.
extension Engine {
    /// Nothing before this has looked at the datagram; nothing after it sees one whose header is wrong.
    func dispatch(_ incoming: borrowing Incoming, _ context: inout EngineContext) {
        guard incoming.datagram.count <= Limits.messageOctets else {
            tally.overLimit += 1
            return
        }
        guard let header = try? Header(incoming.datagram) else {
            tally.malformed += 1
            return
        }
        guard header.version >> 4 == 1 else {
            tally.unsupported += 1
            stranger(
                "a message of IKE version \(header.version >> 4) from \(incoming.peer): we speak IKEv1 alone", &context)
            return
        }
        guard UInt64(header.messageLength) == UInt64(incoming.datagram.count), header.initiatorCookie != 0 else {
            tally.malformed += 1
            return
        }
        if incoming.local.port != 500, incoming.peer.port != 500, let sa = isakmpSA(header), sa.peer.address == incoming.peer.address {
            sa.heardOnNATPort = true
        }
        switch header.exchange {
        case .mainMode: receiveMainMode(header, incoming, &context)
        case .quickMode: receiveQuickMode(header, incoming, &context)
        case .informational: receiveInformational(header, incoming, &context)
        default:
            tally.unsupported += 1
            stranger(
                "an exchange we do not have from \(incoming.peer): \(header.exchange.name) (\(header.exchange.rawValue))",
                &context)
        }
    }

    /// The ISAKMP SA with both cookies; its responder's may still be unknown to us as initiator.
    func isakmpSA(_ header: Header) -> ISAKMPSA? {
        isakmpSAs.first {
            $0.initiatorCookie == header.initiatorCookie
                && ($0.responderCookie == header.responderCookie || $0.state == .mainI1)
        }
    }

    /// A line about something that nobody authenticated, if it is not one too many.
    func stranger(
        _ text: Sentence, connection: ConnectionID? = nil, serial: UInt64? = nil, code number: Int = 3,
        _ context: inout EngineContext
    ) {
        guard strangerLines.allows(now: context.now) else { return }
        let heldBack = strangerLines.takeHeldBack()
        let code: Sentence = "\(code: .unauthenticated)"
        let short = text.cut(to: Limits.strangerLine - code.octets.count)
        var line = Progress(
            connection: connection, serial: serial, code: number, level: .notice,
            heldBack == 0 ? "\(short)\(code)" : "\(short) (\(heldBack) lines like this held back)\(code)")
        line.isStrangers = true
        context.actions.append(.say(line))
    }

    func count(_ kind: Refusal.Kind) {
        switch kind {
        case .malformed: tally.malformed += 1
        case .unauthenticated: tally.unauthenticated += 1
        case .disagreed: tally.disagreed += 1
        case .overLimit: tally.overLimit += 1
        }
    }

    /// Refuses a message that nobody authenticated: counts it, says so and answers, all within bounds.
    func refuse(_ header: Header, _ incoming: borrowing Incoming, _ sa: ISAKMPSA?, _ refusal: Refusal, _ context: inout EngineContext) {
        count(refusal.kind)
        let exchange = header.exchange.name
        let peer = incoming.peer
        stranger(
            "\(exchange) message from \(peer) refused: \(refusal.reason)", connection: sa?.policy.id, serial: sa?.serial,
            &context)
        guard let notify = refusal.notify else { return }
        answerStranger(header, notify, from: incoming.local, to: incoming.peer, atMost: incoming.datagram.count, &context)
    }

    /// Tells a stranger why, if it is not one answer too many, nor longer than what he sent: we are no amplifier.
    func answerStranger(
        _ header: Header, _ notify: NotifyType, from local: Endpoint, to peer: Endpoint, atMost length: Int, _ context: inout EngineContext
    ) {
        let reply = Header(
            header.initiatorCookie, header.responderCookie, .informational, messageID: context.random.uint32() | 1)
        let message = [Notification(notify, .isakmp).payload].message(reply)
        guard message.count <= length, strangerReplies.allows(now: context.now) else { return }
        context.actions.append(.send(message, from: local, to: peer))
    }
}
