import Wire

/// Fragments of ISAKMP messages. They are not authenticated: a wrong one is counted and dropped, and nothing is sent in answer.
extension Engine {
    /// Adds a fragment to the message that it belongs to.
    ///
    /// - Returns: the message, once it is complete.
    func reassemble(_ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext) -> [UInt8]? {
        guard let fragment = try? Fragment(incoming.datagram) else {
            counters.malformed += 1
            return nil
        }
        guard header.responderCookie != 0, let sa = isakmpSA(header), sa.local.address == incoming.local.address else {
            counters.unknownCookies += 1
            return nil
        }
        // Only the last two messages of Main Mode may come from another port, if a NAT was detected.
        let isFromPeer =
            sa.state == .mainR2 || sa.state == .mainI3 ? sa.peer.address == incoming.peer.address : sa.peer == incoming.peer
        guard isFromPeer, sa.takesFragments, sa.state != .mainR1, sa.state != .mainI1 else {
            counters.unauthenticated += 1
            return nil
        }
        let isStranger = sa.isHalfOpen && !isPeer(sa.peer.address)
        switch reassembly.add(
            fragment, of: sa, header.responderCookie, from: incoming.peer, isStranger: isStranger, room: bounds.fragmentOctets,
            now: context.now)
        {
        case .waiting: return nil
        case .repeated: counters.repeated += 1
        case .full: counters.overLimit += 1
        case .tooLong:
            counters.overLimit += 1
            logUnauthenticated(
                "received fragments exceed \(Limits.messageOctets) octets", connection: sa.policy.id, serial: sa.serial, &context)
        case .complete(let message, let count):
            guard let whole = try? Header(message.span), whole.initiatorCookie == header.initiatorCookie,
                whole.responderCookie == header.responderCookie
            else {
                counters.malformed += 1
                return nil
            }
            context.say(sa.policy.id, sa.serial, 2, .debug, "a message of \(message.count) octets came in \(count) fragments")
            return message
        }
        return nil
    }
}
