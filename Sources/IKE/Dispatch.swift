import Crypto
import Wire

/// Checks the header of a datagram and hands the datagram to its exchange.
extension Engine {
    /// The first function that reads a datagram. The exchanges see only messages with a valid header.
    ///
    /// - Parameter isReassembled: whether it came in fragments. Then it must not be a fragment itself.
    func dispatch(_ incoming: borrowing IncomingDatagram, isReassembled: Bool = false, _ context: inout EngineContext) {
        guard incoming.datagram.count <= Limits.messageOctets else {
            counters.overLimit += 1
            return
        }
        guard let header = try? Header(incoming.datagram) else {
            counters.malformed += 1
            return
        }
        guard header.version >> 4 == 1 else {
            counters.unsupported += 1
            logUnauthenticated(
                "a message of IKE version \(header.version >> 4) from \(incoming.peer): only IKEv1 is supported", &context)
            return
        }
        guard UInt64(header.messageLength) == UInt64(incoming.datagram.count), header.initiatorCookie != 0 else {
            counters.malformed += 1
            return
        }
        if incoming.local.port != 500, incoming.peer.port != 500, let sa = isakmpSA(header), sa.peer.address == incoming.peer.address {
            sa.heardOnNATPort = true
        }
        if header.nextPayload == .fragment {
            if isReassembled {
                counters.malformed += 1
            } else if let message = reassemble(header, incoming, &context) {
                let whole = IncomingDatagram(datagram: message.span, peer: incoming.peer, local: incoming.local)
                dispatch(whole, isReassembled: true, &context)
            }
            return
        }
        switch header.exchange {
        case .mainMode: receiveMainMode(header, incoming, &context)
        case .quickMode: receiveQuickMode(header, incoming, &context)
        case .informational: receiveInformational(header, incoming, &context)
        default:
            counters.unsupported += 1
            logUnauthenticated(
                "an exchange we do not have from \(incoming.peer): \(header.exchange.name) (\(header.exchange.rawValue))",
                &context)
        }
    }
}
