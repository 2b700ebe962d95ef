import Crypto
import Wire

/// How SAs end.
extension Engine {
    /// Forgets a pair of IPsec SAs.
    ///
    /// - Parameter isTold: whether the peer is told, if there is an ISAKMP SA to do it with.
    func remove(
        _ pair: IPsecSA, isTold: Bool, _ reason: StaticString, isByPeer: Bool = false, _ context: inout EngineContext
    ) {
        ipsecSAs.remove(pair)
        forgetExchange(of: pair)
        if !pair.isOver {
            if isTold { tell(pair, &context) }
            if !pair.outbound.isWaiting { context.remove(pair.outboundSPI, of: pair.peer.address, pair.connection) }
        }
        context.remove(pair.inboundSPI, of: pair.local.address, pair.connection)
        context.say(
            pair.connection, pair.serial, 2, .info,
            "IPsec SA deleted (\(reason)) {ESP=>\(hexSPI(pair.outboundSPI)) <\(hexSPI(pair.inboundSPI))}\(code: .ipsecSADeleted)")
        if pair.isAnnounced, !ipsecSAs.contains(where: { $0.connection == pair.connection && $0.isAnnounced }) {
            context.actions.append(.lost(pair.connection))
        }
        handOver(pair, isByPeer: isByPeer, &context)
        refreshKeepalives(context.now)
    }

    /// Tells the peer that a pair is over, if there is an ISAKMP SA to do it with.
    func tell(_ pair: IPsecSA, _ context: inout EngineContext) {
        guard let sa = isakmpSAs.last(where: { $0.isEstablished && $0.covers(pair) }) else { return }
        inform(sa, [Deletion(.esp, [octets(spi: pair.inboundSPI)]).payload], &context)
    }

    /// Forgets an ISAKMP SA. Its IPsec SAs go on; its exchanges do not.
    func remove(_ sa: ISAKMPSA, isTold: Bool, _ reason: StaticString, _ context: inout EngineContext) {
        if isTold, sa.isEstablished { inform(sa, [Deletion(.isakmp, [sa.cookies]).payload], &context) }
        isakmpSAs.remove(sa)
        if sa.isEstablished {
            context.say(sa.policy.id, sa.serial, 2, .info, "ISAKMP SA deleted (\(reason))\(code: .isakmpSADeleted)")
        }
        // Who waited for a turn within it tries anew.
        if sa.isEstablished { for id in sa.pending { if let other = connection(id), other.isWanted { other.retryAt = context.now } } }
        sa.pending = []
        let orphans = quickModes.filter { $0.sa === sa }
        for exchange in orphans {
            if exchange.state.isDone {
                quickModes.remove(exchange)
            } else {
                fail(exchange, 33, "its ISAKMP SA ended (\(reason))", &context)
            }
        }
        refreshKeepalives(context.now)
    }

    /// After `sa` was established: SAs of the same peer at another address are of its past (`uniqueids=`).
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
        for pair in pairs { remove(pair, isTold: false, "the peer came back from another address", &context) }
        for other in others { remove(other, isTold: false, "the peer came back from another address", &context) }
    }

    /// The peer says that it has no SA with us but this one (RFC 2407 §4.6.3.3). What came to be after it began cannot be
    /// meant: both ends may have initiated at once.
    func dropBefore(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard uniqueIDs, let peerID = sa.peerID else { return }
        let pairs = ipsecSAs.filter { pair in
            pair.established < sa.created && pair.peer.address == sa.peer.address
                && pair.peerID.map { $0.isSame(as: peerID) } ?? false
        }
        let others = isakmpSAs.filter { other in
            other !== sa && other.peer.address == sa.peer.address && other.established.map { $0 < sa.created } ?? false
                && other.isOf(peerID)
        }
        guard !pairs.isEmpty || !others.isEmpty else { return }
        context.say(
            sa.policy.id, sa.serial, 2, .notice,
            "the peer \(sa.peer.address) has restarted: its older SAs are deleted\(code: .peerRestarted)")
        for pair in pairs { remove(pair, isTold: false, "the peer restarted", &context) }
        for other in others { remove(other, isTold: false, "the peer restarted", &context) }
    }
}

/// `0x0000c0de`.
func hexSPI(_ spi: UInt32) -> Sentence { "0x\(Text.hex(UInt64(spi), digits: 8))" }
