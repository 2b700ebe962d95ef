import Crypto
import Wire

/// How SAs end.
extension Engine {
    /// Forgets a pair of IPsec SAs.
    ///
    /// - Parameter isTold: whether the peer is told, if there is an ISAKMP SA to do it with.
    func remove(
        _ pair: IPsecSA, isTold: Bool, _ reason: StaticString, isByPeer: Bool = false, _ turn: inout Turn
    ) {
        ipsecSAs.removeAll { $0 === pair }
        forgetExchange(of: pair)
        if !pair.isOver {
            if isTold { tell(pair, &turn) }
            if pair.waiting == nil { turn.remove(pair.outboundSPI, of: pair.peer.address, pair.connection) }
        }
        turn.remove(pair.inboundSPI, of: pair.local.address, pair.connection)
        turn.say(
            pair.connection, pair.serial, 2, .info,
            "IPsec SA deleted (\(reason)) {ESP=>\(hexSPI(pair.outboundSPI)) <\(hexSPI(pair.inboundSPI))}")
        if !ipsecSAs.contains(where: { $0.connection == pair.connection }) {
            turn.actions.append(.lost(pair.connection))
        }
        succeed(pair, isByPeer: isByPeer, &turn)
        refreshKeepalives(turn.now)
    }

    /// Tells the peer that a pair is over, if there is an ISAKMP SA to do it with.
    func tell(_ pair: IPsecSA, _ turn: inout Turn) {
        guard let sa = isakmpSAs.last(where: { $0.isEstablished && $0.covers(pair) }) else { return }
        inform(sa, [Deletion(.esp, [octets(spi: pair.inboundSPI)]).payload], &turn)
    }

    /// Forgets an ISAKMP SA. Its IPsec SAs go on; its exchanges do not.
    func remove(_ sa: ISAKMPSA, isTold: Bool, _ reason: StaticString, _ turn: inout Turn) {
        if isTold, sa.isEstablished { inform(sa, [Deletion(.isakmp, [sa.cookies]).payload], &turn) }
        isakmpSAs.removeAll { $0 === sa }
        if sa.isEstablished {
            turn.say(sa.policy.id, sa.serial, 2, .info, "ISAKMP SA deleted (\(reason))")
        }
        // Who waited for a turn within it tries anew.
        if sa.isEstablished { for id in sa.pending { if let other = connection(id), other.isWanted { other.retryAt = turn.now } } }
        sa.pending = []
        let orphans = quickModes.filter { $0.sa === sa }
        for exchange in orphans {
            if exchange.state.isDone {
                quickModes.removeAll { $0 === exchange }
            } else {
                fail(exchange, 33, "its ISAKMP SA ended (\(reason))", &turn)
            }
        }
        refreshKeepalives(turn.now)
    }

    /// After `sa` was established: SAs of the same peer at another address are of its past (`uniqueids=`).
    func replaceOlder(_ sa: ISAKMPSA, _ turn: inout Turn) {
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
        for pair in pairs { remove(pair, isTold: false, "the peer came back from another address", &turn) }
        for other in others { remove(other, isTold: false, "the peer came back from another address", &turn) }
    }

    /// The peer says that it has no SA with us but this one (RFC 2407 §4.6.3.3). What came to be after it began cannot be
    /// meant: both ends may have initiated at once.
    func dropBefore(_ sa: ISAKMPSA, _ turn: inout Turn) {
        guard uniqueIDs, let peerID = sa.peerID else { return }
        let pairs = ipsecSAs.filter { pair in
            pair.established < sa.created && pair.peer.address == sa.peer.address
                && pair.peerID.map { $0.isSame(as: peerID) } ?? false
        }
        let others = isakmpSAs.filter { other in
            other !== sa && other.peer.address == sa.peer.address && other.established.map { $0 < sa.created } ?? false
                && other.isOf(peerID)
        }
        for pair in pairs { remove(pair, isTold: false, "the peer began anew", &turn) }
        for other in others { remove(other, isTold: false, "the peer began anew", &turn) }
    }
}

/// `0x0000c0de`.
func hexSPI(_ spi: UInt32) -> Sentence { "0x\(Text.hex(UInt64(spi), digits: 8))" }
