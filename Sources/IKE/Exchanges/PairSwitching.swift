import Crypto
import Wire

/// Which pair of IPsec SAs sends a connection's packets.
///
/// A new pair replaces an old one without losing a packet: its inbound SA is installed before the peer knows of it, its outbound SA
/// sends once the peer has installed the pair, and the old pair receives until it ends.
extension Engine {
    /// Pairs for the same traffic with the same peer that are not on their way out.
    func rivals(of exchange: QuickMode) -> [IPsecSA] {
        ipsecSAs.filter {
            $0.connection == exchange.policy.id && !$0.isSuperseded && $0.localSelector == exchange.localSelector
                && $0.remoteSelector == exchange.remoteSelector && exchange.sa.covers($0)
        }
    }

    /// `new` has just been negotiated: of all the pairs for the same traffic one is to stay.
    ///
    /// When both sides negotiated at once there are two new ones, which the two sides may have come to see in different
    /// order: the SPIs, which both know, decide.
    func supersede(_ rivals: [IPsecSA], by new: IPsecSA, _ context: inout EngineContext) {
        for old in rivals {
            // Where keys live a minute, one that is a quarter of that old was not made just now.
            let justNow = min(Limits.collisionTime, (old.end - old.established) / 4)
            let isCollision = old.isInitiator != new.isInitiator && context.now < old.established + justNow
            let (winner, loser) = isCollision && old.collisionRank > new.collisionRank ? (old, new) : (new, old)
            // What its outbound half still waits for may be its rival's end.
            loser.isSuperseded = true
            loser.switchAt = nil
            loser.firstPacketCheckAt = nil
            loser.replaceAt = nil
            loser.liveness = nil
            // Whoever made the new pair ends the old one. Only between two new ones the other helps, should he not.
            if winner.isInitiator {
                loser.retire(at: context.now + Limits.switchTime + Limits.retireTime)
            } else if isCollision {
                loser.retire(at: context.now + Limits.collisionTime)
            }
        }
    }

    /// Sends by a pair from now on.
    func startSending(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.switchAt = nil
        pair.firstPacketCheckAt = nil
        guard case .waiting(let half) = pair.outbound else { return }
        let token = nextToken()
        pair.outbound = .installing(token: token)
        context.actions.append(.installOutbound(InstallRequest(token: token, half.sa, pair.connection)))
    }

    /// Whether the initiator sends by a pair already: who can do that has installed it.
    func checkFirstPacket(_ pair: IPsecSA, _ context: inout EngineContext) {
        if traffic.packets(spi: pair.inboundSPI, destination: pair.local.address) > 0 {
            startSending(pair, &context)
        } else {
            pair.firstPacketCheckAt = context.now + Limits.firstPacketCheckInterval
        }
    }

    /// What a new pair waited for has come, or never will.
    func useWaitingPairs(_ id: ConnectionID, _ context: inout EngineContext) {
        for pair in ipsecSAs where pair.connection == id && !pair.isSuperseded { startSending(pair, &context) }
    }

    /// A pair is gone. Those that waited for its end need not, and somebody may want another in its place.
    func afterRemoval(_ pair: IPsecSA, isByPeer: Bool, _ context: inout EngineContext) {
        useWaitingPairs(pair.connection, &context)
        guard isByPeer, !ipsecSAs.contains(where: { $0.connection == pair.connection && !$0.isSuperseded }) else { return }
        // The peer may have come to another view than we of which pair was to stay.
        if revivePredecessor(of: pair, &context) { return }
        guard let connection = connection(pair.connection), connection.isWanted,
            connection.retryAt == nil, connection.policy.remote != nil
        else { return }
        // One that did not live long may fare no better the next time.
        if context.now >= pair.established + Limits.shortLife {
            connection.failures = 0
        } else if connection.failures < .max {
            connection.failures += 1
        }
        connection.retryAt = context.now + pause(connection.failures, context)
    }

    /// Takes back that `pair` superseded another one, where no other pair of the connection stays.
    func revivePredecessor(of pair: IPsecSA, _ context: inout EngineContext) -> Bool {
        guard !ipsecSAs.contains(where: { $0.connection == pair.connection && !$0.isSuperseded }),
            let heir = ipsecSAs.last(where: { $0.connection == pair.connection && !$0.isDeletionSent })
        else { return false }
        heir.isSuperseded = false
        heir.expires = heir.end
        startSending(heir, &context)
        if connection(pair.connection)?.policy.rekeyPolicy.rekeys ?? false { heir.replaceAt = context.now + pause(1, context) }
        return true
    }

    /// A peer that asks again for the last message of a pair that is over does not get it: it would take the pair for new.
    func forgetExchange(of pair: IPsecSA) { quickModes.removeAll { $0.serial == pair.serial } }
}
