import Crypto
import Wire

/// Replaces pairs of IPsec SAs before they expire. `PairSwitching.swift` decides which pair sends meanwhile.
extension Engine {
    /// Negotiates a replacement for a pair that is about to expire.
    func renew(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.replaceAt = nil
        guard let connection = connection(pair.connection) else { return }
        guard connection.policy.remote != nil else {
            // A peer without a fixed address is reached through its ISAKMP SA, if there is one.
            let sas = isakmpSAs.filter { $0.isEstablished && $0.covers(pair) }
            if let sa = sas.last(where: { !$0.isDistrusted }) ?? sas.last {
                let traffic = TrafficSelectors(local: pair.localSelector, remote: pair.remoteSelector)
                startQuickMode(connection, sa, for: traffic, asked: pair.asked, &context)
            }
            return
        }
        guard !pair.isNarrowed(connection) else { return }
        connection.isWanted = true
        connection.failures = 0
        attempt(connection, &context)
    }

    /// Tells the peer that a pair is deleted, and stops sending by it. What the peer sent before is accepted for some time, even
    /// after the end of the pair's lifetime: the peer's lifetime began later than ours.
    func announceDeletion(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.isDeletionSent = true
        forgetExchange(of: pair)
        pair.expires = context.now + Limits.deletionGraceTime
        sendDeletion(pair, &context)
        context.remove(pair.outboundSPI, of: pair.peer.address, pair.connection)
    }
}
