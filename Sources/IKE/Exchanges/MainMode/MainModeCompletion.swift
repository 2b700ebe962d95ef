import Crypto
import Wire

/// What happens when an ISAKMP SA is established: it replaces older ones.
extension Engine {
    /// The ISAKMP SA is established.
    func establish(_ sa: ISAKMPSA, _ peerID: Identity, _ context: inout EngineContext) {
        sa.peerID = peerID
        sa.established = context.now
        sa.state = sa.isInitiator ? .mainI4 : .mainR3
        sa.retransmission = nil
        sa.forgetExchange()
        reassembly.forget(sa)
        sa.expires = context.now + UInt64(sa.lifetime) * Limits.second
        sa.replaceAt = sa.policy.rekeyPolicy.replaceAt(sa.lifetime, isInitiator: sa.isInitiator, context)
        sa.lastHeard = context.now
        // Several peers behind one NAT may share an ID. The port tells them apart.
        for pair in ipsecSAs where sa.covers(pair) && pair.peer == sa.peer { pair.parent = sa.serial }
        let sent: StaticString = sa.isInitiator ? "" : "sent MR3, "
        let suite = sa.suite.map { $0.words } ?? ""
        let how: Sentence = sa.proof.map { ", RSA key \($0.key.keyID)" } ?? ""
        context.say(
            sa.policy.id, sa.serial, 4, .info,
            "\(sa.state.name): \(sent)ISAKMP SA established {\(suite)\(how), \(sa.nat.words), peer \(peerID.words) at \(sa.peer)}",
            .isakmpSAEstablished
        )
        let same = isakmpSAs.filter { $0.isEstablished && $0.peer.address == sa.peer.address && $0.isOf(peerID) }
        if same.count > Limits.isakmpSAsPerPeer { remove(same[0], notifiesPeer: true, "the peer made too many", &context) }
        retireDistrusted(sa, context.now)
        renewDoubtful(sa, &context)
        refreshKeepalives(context.now)
    }

    /// The peer did not answer the last probe within an older ISAKMP SA, and answers Main Mode: it may have restarted, without our IPsec
    /// SAs. The new ISAKMP SA proves nothing about those, so they are negotiated again.
    private func renewDoubtful(_ successor: ISAKMPSA, _ context: inout EngineContext) {
        guard successor.isInitiator, let peerID = successor.peerID else { return }
        var probedAt: UInt64 = 0
        for sa in isakmpSAs where sa !== successor && sa.isEstablished && sa.probedAt > sa.lastHeard {
            guard sa.peer.address == successor.peer.address, sa.local.address == successor.local.address, sa.isOf(peerID) else { continue }
            probedAt = max(probedAt, sa.probedAt)
        }
        for pair in ipsecSAs where !pair.isSuperseded && pair.established < probedAt && successor.covers(pair) {
            guard let liveness = pair.liveness, liveness.lastHeard < probedAt else { continue }
            if hasCarried(pair) {
                pair.liveness?.lastHeard = context.now
            } else if connection(pair.connection)?.policy.rekeyPolicy.rekeys ?? false {
                renew(pair, &context)
            }
        }
    }

    /// A successor is established. Distrusted SAs end after the peer has had time to move its IPsec SAs.
    func retireDistrusted(_ successor: ISAKMPSA, _ now: UInt64) {
        for sa in isakmpSAs where sa.isDistrusted && sa !== successor && sa.isBetween(successor.policy) {
            sa.replaceAt = nil
            sa.expires = min(sa.expires, now + Limits.handoverTime)
        }
    }

    /// Removes SAs of the same peer at another address after `sa` was established (`uniqueids=`).
    func replaceOlder(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard uniqueIDs, let peerID = sa.peerID else { return }
        if case .address = peerID { return }
        let pairs = ipsecSAs.filter { pair in
            pair.peer.address != sa.peer.address && pair.peerID.map { $0.isSame(as: peerID) } ?? false
                && pair.established < sa.created
        }
        let others = isakmpSAs.filter { other in
            other !== sa && other.peer.address != sa.peer.address && other.established.map { $0 < sa.created } ?? false
                && other.isOf(peerID)
        }
        for pair in pairs { remove(pair, notifiesPeer: false, "the peer came back from another address", &context) }
        for other in others { remove(other, notifiesPeer: false, "the peer came back from another address", &context) }
    }

    /// INITIAL-CONTACT: the peer has no other SA with this address of ours (RFC 2407 §4.6.3.3). SAs made after this one began are not
    /// meant: both ends may have initiated at the same time.
    func dropBefore(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard uniqueIDs, let peerID = sa.peerID else { return }
        let pairs = ipsecSAs.filter { pair in
            pair.established < sa.created && pair.peer.address == sa.peer.address && pair.local.address == sa.local.address
                && pair.peerID.map { $0.isSame(as: peerID) } ?? false
        }
        let others = isakmpSAs.filter { other in
            other !== sa && other.peer.address == sa.peer.address && other.local.address == sa.local.address
                && other.established.map { $0 < sa.created } ?? false && other.isOf(peerID)
        }
        guard !pairs.isEmpty || !others.isEmpty else { return }
        context.say(
            sa.policy.id, sa.serial, 2, .notice,
            "the peer \(sa.peer.address) has restarted: its older SAs are deleted", .peerRestarted)
        for pair in pairs { remove(pair, notifiesPeer: false, "the peer restarted", &context) }
        for other in others { remove(other, notifiesPeer: false, "the peer restarted", &context) }
        // A responder waits for our Quick Mode; an initiator begins its own.
        guard sa.isInitiator else { return }
        for pair in pairs {
            guard let connection = connection(pair.connection), connection.isWanted else { continue }
            connection.failures = 0
            connection.retryAt = nil
            attempt(connection, &context)
        }
    }
}
