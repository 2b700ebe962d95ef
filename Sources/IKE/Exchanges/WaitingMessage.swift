import Crypto
import Wire

/// The message that waited for keys from the DNS, when they are there.
extension Engine {
    /// Reads the message that waited.
    func resume(_ sa: ISAKMPSA, with answer: KeysFromDNS, _ context: inout EngineContext) {
        guard let awaiting = sa.awaitingKeys, let header = try? Header(awaiting.datagram.span) else { return }
        sa.awaitingKeys = nil
        sa.keysFromDNS = answer
        // It is the same signature as before.
        sa.signaturesSeen -= 1
        receiveMainMode(header, IncomingDatagram(datagram: awaiting.datagram.span, peer: awaiting.peer, local: awaiting.local), &context)
        sa.keysFromDNS = nil
    }
}
