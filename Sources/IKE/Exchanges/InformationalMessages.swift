import Crypto
import Wire

/// Messages of ours in Informational exchanges (RFC 2409 §5.7), protected by an ISAKMP SA.
extension Engine {
    /// Sends payloads protected by the ISAKMP SA, in an exchange of their own.
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

    /// A random message ID, not 0, that no exchange of the SA had. From now on it is used.
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
