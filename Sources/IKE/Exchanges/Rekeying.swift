import Crypto
import Wire

/// Pairs of IPsec SAs that take the place of others, without a packet lost: a new pair's inbound half stands before the
/// peer can know of it, its outbound half is used once the peer has it, and the old pair answers until its end.
extension Engine {
    /// The plane says that an SA has carried nearly as much as its keys or its sequence numbers are good for.
    /// - Parameter hasEnded: the plane has it no more; the other half of its pair goes on.
    public func wearOut(
        spi: UInt32, destination: Address, hasEnded: Bool, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        let pair = pair(spi, destination)
        if let pair, hasEnded, pair.outboundSPI == spi {
            pair.outbound = .ended
            useWhatWaits(pair.connection, &context)
        }
        if let pair, !pair.isSuperseded {
            if hasEnded {
                context.say(pair.connection, pair.serial, 3, .warning, "the kernel ended its SA: another one is negotiated\(code: .saLost)")
            } else {
                context.say(pair.connection, pair.serial, 2, .info, "its keys have carried much: they are replaced")
            }
            renew(pair, &context)
        }
        actions += context.actions
    }

    /// The plane has an SA no more and did not end it: somebody took it away, and its pair's other half can be no better.
    public func lose(
        spi: UInt32, destination: Address, now: UInt64, random: RandomSource, _ actions: inout [Action]
    ) {
        var context = EngineContext(now: now, random: random)
        if let pair = pair(spi, destination), !pair.isSuperseded {
            if !pair.isMute {
                context.say(
                    pair.connection, pair.serial, 3, .warning, "the kernel no longer has its SA: a new one is negotiated\(code: .saLost)")
                // The peer is to forget it first: it may have made it just now, and take the next one for its rival.
                remove(pair, isTold: true, "it is lost", &context)
                renew(pair, &context)
            } else if !isNegotiating(pair.connection) {
                // What took its place came to nothing.
                renew(pair, &context)
            }
        }
        actions += context.actions
    }

    private func pair(_ spi: UInt32, _ destination: Address) -> IPsecSA? {
        ipsecSAs.first { $0.hasSA(spi, destination) }
    }

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
            let (winner, loser) = isCollision && old.weight > new.weight ? (old, new) : (new, old)
            // What its outbound half still waits for may be its rival's end.
            loser.isSuperseded = true
            loser.switchAt = nil
            loser.listenAt = nil
            loser.replaceAt = nil
            loser.watch = nil
            // Whoever made the new pair ends the old one. Only between two new ones the other helps, should he not.
            if winner.isInitiator {
                loser.retire(at: context.now + Limits.switchTime + Limits.retireTime)
            } else if isCollision {
                loser.retire(at: context.now + Limits.collisionTime)
            }
        }
    }

    /// Sends by a pair from now on.
    func use(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.switchAt = nil
        pair.listenAt = nil
        guard case .waiting(let half) = pair.outbound else { return }
        let token = nextToken()
        pair.outbound = .installing(token: token)
        context.actions.append(.installOutbound(InstallRequest(token: token, half.sa, pair.connection)))
    }

    /// Whether the initiator sends by a pair already: who can do that has installed it.
    func listen(_ pair: IPsecSA, _ context: inout EngineContext) {
        if traffic.packets(spi: pair.inboundSPI, destination: pair.local.address) > 0 {
            use(pair, &context)
        } else {
            pair.listenAt = context.now + Limits.listenInterval
        }
    }

    /// What a new pair waited for has come, or never will.
    private func useWhatWaits(_ id: ConnectionID, _ context: inout EngineContext) {
        for pair in ipsecSAs where pair.connection == id && !pair.isSuperseded { use(pair, &context) }
    }

    /// Tells the peer that a pair is over, and sends no more by it. What the peer sent before it hears of that is
    /// still taken for a while, also past the end of the pair's life: the peer's clock began after ours.
    func bidFarewell(_ pair: IPsecSA, _ context: inout EngineContext) {
        pair.isOver = true
        forgetExchange(of: pair)
        pair.expires = context.now + Limits.farewellTime
        tell(pair, &context)
        context.remove(pair.outboundSPI, of: pair.peer.address, pair.connection)
    }

    /// A peer that asks again for the last message of a pair that is over does not get it: it would take the pair for new.
    func forgetExchange(of pair: IPsecSA) { quickModes.removeAll { $0.serial == pair.serial } }

    /// A pair is gone. Those that waited for its end need not, and somebody may want another in its place.
    func handOver(_ pair: IPsecSA, isByPeer: Bool, _ context: inout EngineContext) {
        useWhatWaits(pair.connection, &context)
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
            let heir = ipsecSAs.last(where: { $0.connection == pair.connection && !$0.isOver })
        else { return false }
        heir.isSuperseded = false
        heir.expires = heir.end
        use(heir, &context)
        if connection(pair.connection)?.policy.rekeyPolicy.rekeys ?? false { heir.replaceAt = context.now + pause(1, context) }
        return true
    }

    /// How long to wait after so many failures, a different time for each connection: after a power cut a hundred of them
    /// do not march in step.
    func pause(_ failures: UInt32, _ context: EngineContext) -> UInt64 {
        let pause = Limits.pause[min(max(Int(failures), 1), Limits.pause.count) - 1]
        return pause / 4 * 3 + context.fraction(pause / 2)
    }
}
