import Crypto
import Wire

/// How SAs end.
extension Engine {
    /// Removes a pair of IPsec SAs.
    ///
    /// - Parameter notifiesPeer: whether to send a Delete payload, if an ISAKMP SA with the peer exists.
    func remove(
        _ pair: IPsecSA, notifiesPeer: Bool, _ reason: StaticString, isByPeer: Bool = false, _ context: inout EngineContext
    ) {
        ipsecSAs.remove(pair)
        forgetExchange(of: pair)
        if !pair.isDeletionSent {
            if notifiesPeer { sendDeletion(pair, &context) }
            if !pair.outbound.isWaiting { context.remove(pair.outboundSPI, of: pair.peer.address, pair.connection) }
        }
        context.remove(pair.inboundSPI, of: pair.local.address, pair.connection)
        context.say(
            pair.connection, pair.serial, 2, .info,
            "IPsec SA deleted (\(reason)) {ESP=>\(hexSPI(pair.outboundSPI)) <\(hexSPI(pair.inboundSPI))}", .ipsecSADeleted)
        if pair.isAnnounced, !ipsecSAs.contains(where: { $0.connection == pair.connection && $0.isAnnounced }) {
            context.actions.append(.lost(pair.connection))
        }
        afterRemoval(pair, isByPeer: isByPeer, &context)
        refreshKeepalives(context.now)
    }

    /// Sends a Delete payload for a pair, if an ISAKMP SA with the peer exists.
    func sendDeletion(_ pair: IPsecSA, _ context: inout EngineContext) {
        guard let sa = isakmpSAs.last(where: { $0.isEstablished && $0.covers(pair) }) else { return }
        inform(sa, [Deletion(.esp, [octets(spi: pair.inboundSPI)]).payload], &context)
    }

    /// A Quick Mode that the peer began ended without QI2. If only QI2 was lost, the peer has the pair and sends with it: it is told that
    /// our inbound SA was removed.
    func deleteUnconfirmed(_ spi: UInt32, _ sa: ISAKMPSA, _ context: inout EngineContext) {
        sa.unconfirmedSPIs.append(spi)
        if sa.unconfirmedSPIs.count > Limits.unconfirmedSPIs { sa.unconfirmedSPIs.removeFirst() }
        sa.unconfirmedDeletions = Limits.unconfirmedDeletions
        repeatUnconfirmedDeletion(sa, &context)
    }

    /// A Delete payload has no acknowledgement, and the path lost messages before. So it is sent again when something comes from the
    /// peer.
    func repeatUnconfirmedDeletion(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard !sa.unconfirmedSPIs.isEmpty, !sa.isRemoved else { return }
        inform(sa, [Deletion(.esp, sa.unconfirmedSPIs.map { octets(spi: $0) }).payload], &context)
        sa.unconfirmedDeletions -= 1
        if sa.unconfirmedDeletions == 0 { sa.unconfirmedSPIs = [] }
    }

    /// A peer sends with an SPI of which no SA is here: our Delete payload was lost. It is sent again by the newest ISAKMP SA with the
    /// peer, if there is one. Anybody can forge the ESP packet, but the Delete payload names only an SPI that no SA of this gateway has.
    func deleteUnknown(_ spi: UInt32, peer: Endpoint, local: Address, _ context: inout EngineContext) {
        // A Delete payload with the SPI of the peer's own inbound SA may end that SA. A packet to us with such an SPI is forged.
        guard !ipsecSAs.contains(where: { $0.inboundSPI == spi || $0.outboundSPI == spi }),
            !quickModes.contains(where: { $0.ownSPI == spi || $0.peerSPI == spi })
        else { return }
        let sa = isakmpSAs.last {
            $0.isEstablished && $0.peer.address == peer.address && $0.local.address == local
                && (peer.port == 0 || $0.peer.port == peer.port)
        }
        if let sa { inform(sa, [Deletion(.esp, [octets(spi: spi)]).payload], &context) }
    }

    /// Removes an ISAKMP SA and its exchanges. Its IPsec SAs stay.
    func remove(_ sa: ISAKMPSA, notifiesPeer: Bool, _ reason: StaticString, _ context: inout EngineContext) {
        if notifiesPeer, sa.isEstablished { inform(sa, [Deletion(.isakmp, [sa.cookies]).payload], &context) }
        isakmpSAs.remove(sa)
        if sa.isEstablished {
            context.say(sa.policy.id, sa.serial, 2, .info, "ISAKMP SA deleted (\(reason))", .isakmpSADeleted)
        }
        // Attempts that waited for it begin again.
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

    /// Ends every SA and every attempt of a connection (`--down`).
    func end(_ id: ConnectionID, _ context: inout EngineContext) {
        if let connection = connection(id) {
            connection.isWanted = false
            connection.retryAt = nil
            connection.failures = 0
        }
        for exchange in quickModes where exchange.policy.id == id { abandon(exchange, &context) }
        let ending = ipsecSAs.filter { $0.connection == id }
        for sa in ending { remove(sa, notifiesPeer: true, "terminated", &context) }
        for sa in isakmpSAs { sa.pending.removeAll { $0 == id } }
        // An ISAKMP SA is removed with the last connection that uses it.
        let idle = isakmpSAs.filter { sa in
            (sa.policy.id == id || ending.contains { sa.covers($0) }) && sa.pending.isEmpty
                && !ipsecSAs.contains { sa.covers($0) }
                && !quickModes.contains { $0.sa === sa && !$0.state.isDone }
        }
        for sa in idle { remove(sa, notifiesPeer: true, "terminated", &context) }
    }
}
