import Crypto
import Wire

/// Hands a Main Mode message to the step of its exchange (RFC 2409 §5): HDR SA, HDR SA, HDR KE Nonce, HDR KE Nonce, HDR* ID HASH,
/// HDR* ID HASH.
extension Engine {
    func receiveMainMode(_ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext) {
        guard header.messageID == 0 else {
            counters.malformed += 1
            return
        }
        if header.responderCookie == 0 {
            receiveFirst(header, incoming, &context)
            return
        }
        guard let sa = isakmpSA(header), sa.local.address == incoming.local.address else {
            counters.unknownCookies += 1
            return
        }
        if sa.last.isSame(incoming.datagram) {
            counters.repeated += 1
            answerAgain(sa, &context)
            return
        }
        if isAwaitingKeys(sa, incoming.datagram) { return }
        do throws(Refusal) {
            // Only the last two messages may come from other ports, if a NAT was detected.
            if sa.state != .mainR2, sa.state != .mainI3, incoming.peer != sa.peer {
                throw Refusal(.unauthenticated, nil, "it comes from another end than the exchange's")
            }
            switch sa.state {
            case .mainI1: try mainI1(sa, header, incoming, &context)
            case .mainI2: try mainI2(sa, header, incoming, &context)
            case .mainI3: try mainI3(sa, header, incoming, &context)
            case .mainR1: try mainR1(sa, header, incoming, &context)
            case .mainR2: try mainR2(sa, header, incoming, &context)
            case .mainI4, .mainR3: throw Refusal(.unauthenticated, nil, "its exchange is over")
            }
        } catch {
            if sa.state == .mainI3 { sa.refusal = error.reason }
            refuse(header, incoming, sa, error, &context)
        }
    }
}
