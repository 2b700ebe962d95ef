import Crypto
import Wire

/// Pairs of IPsec SAs that take the place of others, without a packet lost: a new pair's inbound half stands before the
/// peer can know of it, its outbound half is used once the peer has it, and the old pair answers until its end.
extension Engine {
    /// Negotiates a pair in the place of one that nears its end.
    func renew(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.replaceAt = nil
        guard let connection = connection(pair.connection) else { return }
        guard connection.policy.remote != nil else {
            // A peer that may be anywhere is at the other end of its ISAKMP SA, while that stands.
            let sas = isakmpSAs.filter { $0.isEstablished && $0.covers(pair) }
            if let sa = sas.last(where: { !$0.isDistrusted }) ?? sas.last {
                let traffic = Traffic(local: pair.localSelector, remote: pair.remoteSelector)
                startQuickMode(connection, sa, for: traffic, asked: pair.asked, &context)
            }
            return
        }
        guard !pair.isNarrowed(connection) else { return }
        connection.isWanted = true
        connection.failures = 0
        attempt(connection, &context)
    }

    /// Tells the peer that a pair is over, and sends no more by it. What the peer sent before it hears of that is
    /// still taken for a while, also past the end of the pair's life: the peer's clock began after ours.
    func announceDeletion(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.isDeletionSent = true
        forgetExchange(of: pair)
        pair.expires = context.now + Limits.deletionGraceTime
        sendDeletion(pair, &context)
        context.remove(pair.outboundSPI, of: pair.peer.address, pair.connection)
    }
}
