import Crypto
import Wire

/// Which pair of IPsec SAs sends a connection's packets.
///
/// A new pair replaces an old one without packet loss. Its inbound SA is installed before the peer knows of it. Its outbound SA is
/// installed when the peer has installed the pair. The old pair receives until it ends.
extension Engine {
    /// Pairs for the same traffic with the same peer that are neither replaced nor deleted.
    func rivals(of exchange: QuickMode) -> [IPsecSA] {
        ipsecSAs.filter {
            $0.connection == exchange.policy.id && !$0.isSuperseded && $0.localSelector == exchange.localSelector
                && $0.remoteSelector == exchange.remoteSelector && exchange.sa.covers($0)
        }
    }

    /// `new` has just been negotiated. Only one pair for the same traffic is to stay.
    ///
    /// If both gateways initiated at the same time there are two new pairs, which each may see in a different order. The SPIs,
    /// which both know, decide.
    func supersede(_ rivals: [IPsecSA], by new: IPsecSA, _ context: inout EngineContext) {
        for old in rivals {
            // With lifetimes of a minute, a pair of a quarter of that age is not simultaneous.
            let justNow = min(Limits.collisionTime, (old.end - old.established) / 4)
            let isCollision = old.isInitiator != new.isInitiator && context.now < old.established + justNow
            let (winner, loser) = isCollision && old.collisionRank > new.collisionRank ? (old, new) : (new, old)
            // Its outbound SA may wait for the end of the other pair.
            loser.isSuperseded = true
            loser.switchAt = nil
            loser.firstPacketCheckAt = nil
            loser.replaceAt = nil
            loser.liveness = nil
            // The initiator of the new pair deletes the old one. Between two simultaneous pairs the other gateway does so too.
            if winner.isInitiator {
                loser.retire(at: context.now + Limits.switchTime + Limits.retireTime)
            } else if isCollision {
                loser.retire(at: context.now + Limits.collisionTime)
            }
        }
    }

    /// Starts to send by a pair.
    func startSending(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.switchAt = nil
        pair.firstPacketCheckAt = nil
        guard case .waiting(let half) = pair.outbound else { return }
        let token = nextToken()
        pair.outbound = .installing(token: token)
        context.actions.append(.installOutbound(InstallRequest(token: token, half.sa, pair.connection)))
    }

    /// Checks whether the initiator already sends by the pair. Then it has installed it.
    func checkFirstPacket(_ pair: IPsecSA, _ context: inout EngineContext) {
        if traffic.packets(spi: pair.inboundSPI, destination: pair.local.address) > 0 {
            startSending(pair, &context)
        } else {
            pair.firstPacketCheckAt = context.now + Limits.firstPacketCheckInterval
        }
    }

    /// Starts to send by pairs that waited for another one.
    func useWaitingPairs(_ id: ConnectionID, _ context: inout EngineContext) {
        for pair in ipsecSAs where pair.connection == id && !pair.isSuperseded { startSending(pair, &context) }
    }

    /// A pair was removed. Pairs that waited for its end start to send, and a replacement may be negotiated.
    func afterRemoval(_ pair: IPsecSA, isByPeer: Bool, _ context: inout EngineContext) {
        useWaitingPairs(pair.connection, &context)
        guard isByPeer, !ipsecSAs.contains(where: { $0.connection == pair.connection && !$0.isSuperseded }) else { return }
        // The peer may have decided for the other pair.
        if revivePredecessor(of: pair, &context) { return }
        guard let connection = connection(pair.connection), connection.isWanted,
            connection.retryAt == nil, connection.policy.remote != nil
        else { return }
        // A pair that lived only briefly counts as a failure.
        if context.now >= pair.established + Limits.shortLife {
            connection.failures = 0
        } else if connection.failures < .max {
            connection.failures += 1
        }
        connection.retryAt = context.now + pause(connection.failures, context)
    }

    /// Restores the pairs that `pair` superseded, if no other pair of the connection stays.
    func revivePredecessor(of pair: IPsecSA, _ context: inout EngineContext) -> Bool {
        guard !ipsecSAs.contains(where: { $0.connection == pair.connection && !$0.isSuperseded }),
            let predecessor = ipsecSAs.last(where: { $0.connection == pair.connection && !$0.isDeletionSent })
        else { return false }
        predecessor.isSuperseded = false
        predecessor.expires = predecessor.end
        startSending(predecessor, &context)
        if connection(pair.connection)?.policy.rekeyPolicy.rekeys ?? false { predecessor.replaceAt = context.now + pause(1, context) }
        return true
    }

    /// Forgets the last message of a deleted pair. A peer that received it again would take the pair for new.
    func forgetExchange(of pair: IPsecSA) { quickModes.removeAll { $0.serial == pair.serial } }
}
