import Crypto
import IKE
import Testing
import Wire

/// The data plane's answer decides whether the engine goes on: a refused SA leaves nothing that claims it.
@Suite struct InstallTests {
    private let one = ConnectionID(1)

    private func world(_ change: (inout Policy, Side) -> Void = { _, _ in }) -> Simulation {
        let world = Simulation()
        world.add { policy, side in
            policy.espLifetime = 600
            policy.rekeyPolicy.rekeyMargin = 60
            policy.rekeyPolicy.rekeys = side === world.west
            change(&policy, side)
        }
        return world
    }

    /// A tunnel that is about to be rekeyed by west, with a second one beside it.
    private func tunnels() -> Simulation {
        let world = world { policy, _ in policy.keyingTries = 0 }
        world.add(
            { policy, side in
                let far = Selector(Subnet(Address("10.0.9.0")!, prefix: 24))
                if side === world.west { policy.remoteSelector = far } else { policy.localSelector = far }
            }, id: 2)
        world.initiate(world.west)
        world.initiate(world.west, 2)
        world.run(seconds: 5)
        #expect(world.west.established == [one, ConnectionID(2)] && world.east.established == [one, ConnectionID(2)])
        return world
    }

    /// Quick Mode messages that a side has sent.
    private func quickModes(_ world: Simulation, _ side: Side) -> Int {
        world.sent.count { $0.octets[18] == 32 && $0.from.address == world.address(side) }
    }

    private func hasReported(_ side: Side) -> Bool { side.saw(.ipsecSAEstablished) || !side.established.isEmpty }

    private func holdsNothing(_ side: Side) -> Bool {
        side.inbound.isEmpty && side.outbound.isEmpty && side.engine.pairCount == 0
    }

    @Test func initiatorInboundRefused() {
        let world = world()
        world.west.refusedInbound = one
        world.initiate(world.west)
        world.run(seconds: 20)
        // QI1, and no QI2.
        #expect(quickModes(world, world.west) == 1)
        #expect(!hasReported(world.west) && !hasReported(world.east))
        #expect(world.west.failures.map { $0.id } == [one])
        #expect(holdsNothing(world.west) && holdsNothing(world.east))
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
    }

    @Test func responderInboundRefused() {
        let world = world()
        world.east.refusedInbound = one
        world.initiate(world.west)
        world.run(seconds: 20)
        #expect(quickModes(world, world.east) == 0)
        #expect(!hasReported(world.west) && !hasReported(world.east))
        #expect(world.west.failures.count > 0 && world.west.saw(.noProposalChosen))
        #expect(holdsNothing(world.west) && holdsNothing(world.east))
    }

    @Test func initiatorOutboundRefused() {
        let world = world()
        world.west.refusedOutbound = one
        world.initiate(world.west)
        world.run(seconds: 20)
        #expect(!hasReported(world.west) && world.west.lost.isEmpty)
        #expect(world.west.failures.map { $0.id } == [one])
        #expect(world.east.established == [one] && world.east.lost == [one])
        #expect(holdsNothing(world.west) && holdsNothing(world.east))
    }

    @Test func responderOutboundRefused() {
        let world = world()
        world.east.refusedOutbound = one
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(!hasReported(world.east) && world.east.lost.isEmpty)
        #expect(world.west.established == [one] && world.west.lost == [one])
        #expect(holdsNothing(world.west) && holdsNothing(world.east))
    }

    /// The old pair goes on carrying, the other tunnel notices nothing, and the next attempt replaces the old pair.
    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func rekeyingRefused(isInitiator: Bool, isInbound: Bool) {
        let world = tunnels()
        let side = isInitiator ? world.west : world.east
        let old = world.west.inbound.first { $0.requestID == 1 }?.spi
        let other = world.west.inbound.first { $0.requestID == 2 }?.spi
        if isInbound { side.refusedInbound = one } else { side.refusedOutbound = one }
        let start = world.now
        while world.west.failures.isEmpty && world.east.failures.isEmpty, world.now < start + 600 * Simulation.second {
            world.run(until: world.now + Simulation.second / 10)
        }
        #expect(world.west.failures.count + world.east.failures.count > 0)
        side.refusedInbound = nil
        side.refusedOutbound = nil
        world.run(until: world.now + Simulation.second / 10)
        for end in [world.west, world.east] {
            #expect(end.outbound.count { $0.requestID == 1 } == 1)
            #expect(end.lost.isEmpty && end.established == [one, ConnectionID(2)])
        }
        #expect(world.west.inbound.contains { $0.spi == old })
        #expect(world.west.inbound.contains { $0.spi == other })
        world.run(seconds: 60)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        #expect(!world.west.inbound.contains { $0.spi == old })
        #expect(world.west.inbound.contains { $0.requestID == 1 })
        #expect((world.west.failures + world.east.failures).allSatisfy { $0.id == one })
    }

    /// Two exchanges of the same peer at once: a refusal ends its own, and the other is neither dropped nor delayed.
    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func anotherConnectionIsUnaffected(isInitiator: Bool, isInbound: Bool) {
        let world = world()
        world.add(
            { policy, side in
                let far = Selector(Subnet(Address("10.0.9.0")!, prefix: 24))
                if side === world.west { policy.remoteSelector = far } else { policy.localSelector = far }
            }, id: 2)
        let side = isInitiator ? world.west : world.east
        if isInbound { side.refusedInbound = one } else { side.refusedOutbound = one }
        world.initiate(world.west)
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        #expect(world.west.established.contains(ConnectionID(2)) && world.east.established.contains(ConnectionID(2)))
        #expect(world.west.engine.pairCount == 1 && world.east.engine.pairCount == 1)
        #expect(!world.west.retransmitted && !world.east.retransmitted)
    }

    /// Nothing that claims an SA leaves before the answer, however late that is.
    @Test func theEngineWaitsForTheAnswer() {
        let world = world()
        world.west.holdsRequests = true
        world.east.holdsRequests = true
        world.initiate(world.west)
        world.run(until: world.now + Simulation.second / 2)
        #expect(quickModes(world, world.east) == 0)
        world.answer(world.east)
        world.run(until: world.now + Simulation.second / 2)
        #expect(quickModes(world, world.east) == 1 && quickModes(world, world.west) == 1)
        world.answer(world.west)
        world.run(until: world.now + Simulation.second / 2)
        #expect(quickModes(world, world.west) == 2)
        #expect(!hasReported(world.west) && !hasReported(world.east))
        world.answer(world.west)
        world.answer(world.east)
        #expect(world.west.established == [one] && world.east.established == [one])
        #expect(world.isTunnelUp)
    }

    /// An answer that never comes ends the exchange; one that comes too late, or twice, changes nothing.
    @Test func aMissingAnswerEndsTheExchange() {
        let world = world()
        world.west.holdsRequests = true
        world.initiate(world.west)
        world.run(seconds: 15)
        #expect(world.west.failures.map(\.id) == [one])
        world.answer(world.west)
        #expect(quickModes(world, world.west) == 1 && world.west.established.isEmpty)
    }
}
