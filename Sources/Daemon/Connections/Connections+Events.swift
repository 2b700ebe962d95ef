import Configuration
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// Events for connections: ISAKMP messages, reports of the data plane, time.
extension Connections {
    func receive(_ datagram: Span<UInt8>, from peer: Endpoint, to local: Endpoint, now: UInt64) {
        if log.debugging.received {
            log.stranger(.debug, now: now, "\(datagram.count) octets from \(peer) to \(local): \(Engine.summary(of: datagram))")
        }
        // The peer retransmits the message.
        guard canMakeKeys(now: now) else { return }
        var actions: [Action] = []
        if !knowsNetworks { reserveNetworks() }
        engine.receive(datagram, from: peer, to: local, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// When `advance` has something to do next, monotonic nanoseconds.
    var nextDeadline: UInt64? {
        let next = min(entropyCheck ?? .max, min(trafficMonitor.due ?? .max, engine.nextDeadline ?? .max))
        return next == .max ? nil : next
    }

    func advance(now: UInt64) {
        lookForEntropy(now: now)
        var actions: [Action] = []
        engine.advance(now: now, random: random, &actions)
        perform(actions, now: now)
        checkTraffic(now: now)
    }

    /// An SA has nearly used up its keys or sequence numbers, or the plane no longer has it.
    func expiring(spi: UInt32, destination: Address, hasEnded: Bool, now: UInt64) {
        var actions: [Action] = []
        engine.expiring(spi: spi, destination: destination, hasEnded: hasEnded, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// A packet matched a routed connection without an SA.
    func acquire(requestID: UInt32, now: UInt64) {
        lookForLost(requestID: requestID, now: now)
        guard let connection = find(requestID: requestID), connection.wanted != .nothing, !connection.isUp else { return }
        guard canMakeKeys(now: now) else {
            connection.wanted = .up
            return
        }
        var actions: [Action] = []
        engine.trigger(connection.id, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// The kernel asks for an SA although there should be one: another program may have removed it (`ip xfrm state flush`).
    private func lookForLost(requestID: UInt32, now: UInt64) {
        func look(_ spi: UInt32, _ destination: Address) {
            guard plane.hasLost(spi: spi, destination: destination) else { return }
            var actions: [Action] = []
            engine.lost(spi: spi, destination: destination, now: now, random: random, &actions)
            perform(actions, now: now)
        }
        for connection in all {
            if connection.policy.requestID == requestID, let sa = connection.outbound {
                look(sa.spi, sa.destination)
            }
            for instance in connection.instances where instance.eroute.requestID == requestID {
                // Its own inbound SAs.
                if let state = instance.states.last(where: { $0.destination == instance.eroute.remote }) {
                    look(state.spi, state.destination)
                }
            }
        }
    }

    /// ESP with an unknown SPI arrived from `peer`. If the peer still has an SA that this gateway lost in a restart, the INITIAL-CONTACT of
    /// a new negotiation deletes it there.
    func receivedUnknownSPI(_ spi: UInt32, from peer: Endpoint, to local: Address, now: UInt64) {
        guard canMakeKeys(now: now) else { return }
        var actions: [Action] = []
        if !engine.receivedUnknownSPI(spi, peer: peer, local: local, now: now, random: random, &actions),
            let connection = all.first(where: {
                $0.wanted != .nothing && !$0.isUp && $0.policy.remote == peer.address && $0.policy.local == local && $0.isNegotiated
            })
        {
            engine.tryOnce(connection.id, now: now, random: random, &actions)
        }
        perform(actions, now: now)
    }

    /// Starts what waited for random numbers, once there are some.
    private func lookForEntropy(now: UInt64) {
        guard let check = entropyCheck, check <= now else { return }
        guard random.canFill() else {
            entropyCheck = now + Limits.entropyCheckInterval
            return
        }
        entropyCheck = nil
        log.notice("the kernel's random number generator is ready")
        for connection in all where connection.wanted == .up { up(connection, now: now, terminal: nil) }
    }
}
