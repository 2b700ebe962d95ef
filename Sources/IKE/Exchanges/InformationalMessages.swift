import Crypto
import Wire

/// Informational messages that we send within an ISAKMP SA (RFC 2409 §5.7).
extension Engine {
    /// Sends payloads in an Informational exchange, protected by the ISAKMP SA.
    func inform(_ sa: ISAKMPSA, _ payloads: [OutgoingPayload], _ context: inout EngineContext) {
        guard let keys = sa.keys, let cipher = sa.cipher else { return }
        let messageID = newMessageID(sa, context)
        let hash = keys.messageHash([octets(spi: messageID), payloads.octets])
        var iv = keys.phase2IV(after: sa.iv, messageID: messageID)
        let message = cipher.seal(
            sa.header(.informational, messageID: messageID), [OutgoingPayload(.hash, hash)] + payloads, iv: &iv)
        sa.send(message, &context)
    }

    func notify(_ sa: ISAKMPSA, _ notification: Notification, _ context: inout EngineContext) {
        inform(sa, [notification.payload], &context)
    }

    /// A random message ID other than 0 that the SA has not used. It is recorded as used.
    func newMessageID(_ sa: ISAKMPSA, _ context: EngineContext) -> UInt32 {
        while true {
            let id = context.random.uint32()
            if id != 0, !sa.messageIDs.contains(id) {
                sa.messageIDs.insert(id)
                return id
            }
        }
    }
}
