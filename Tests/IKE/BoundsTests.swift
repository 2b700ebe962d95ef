import CountingMalloc
import Crypto
import TestSupport
import Testing
import Wire

@testable import IKE

/// What the engine keeps at most, and that it costs what `Wire.Limits` says.
@Suite(.serialized) struct BoundsTests {
    /// A first message of `count` transforms for east, where anybody may come from anywhere.
    private func crowd(_ bounds: Bounds = Bounds(), transforms count: Int = 1) -> (world: Simulation, first: Datagram) {
        let world = Simulation()
        world.add { policy, side in
            policy.ikeSuites = [IKESuite](repeating: policy.ikeSuites[0], count: count)
            if side === world.east { policy.remote = nil }
        }
        world.east.engine.bounds = bounds
        world.initiate(world.west)
        let first = world.sent[0]
        world.run(seconds: 1)
        return (world, first)
    }

    /// Spoofed, each from an address of its own.
    private func flood(_ world: Simulation, _ first: Datagram, count: Int, from start: Int = 0) {
        for number in start..<(start + count) {
            var octets = first.octets
            for place in 0..<4 { octets[place] = UInt8(truncatingIfNeeded: number >> (place * 8)) }
            let from = Endpoint(Address(ipv4: 0xcb00_0000 + UInt32(number)), 500)
            var actions: [Action] = []
            world.east.engine.receive(
                octets.span, from: from, to: first.to, now: world.now, random: world.east.random, &actions)
        }
    }

    private func states(_ world: Simulation) -> Int { world.east.engine.status(now: world.now).count }

    @Test func halfOpenOnesMakeWayForEachOtherFromHalfOfTheirNumberOn() {
        let (world, first) = crowd()
        #expect(world.isTunnelUp)
        flood(world, first, count: 2 * Limits.halfOpen)
        #expect(states(world) == 2 + Limits.halfOpen / 2)
        #expect(world.isTunnelUp && world.east.lost.isEmpty)
    }

    @Test func setupLowersTheirNumber() {
        var bounds = Bounds()
        (bounds.halfOpen, bounds.states) = (8, 4)
        let (world, first) = crowd(bounds)
        flood(world, first, count: 100)
        #expect(states(world) == 2 + 4)
        #expect(world.isTunnelUp && world.east.lost.isEmpty)
        // Nor does an authenticated peer get more pairs than there may be.
        for _ in 0..<20 {
            world.run(world.west) { $0.terminate(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
            world.initiate(world.west)
            world.run(seconds: 1)
        }
        #expect(world.east.engine.ipsecSAs.count <= 8 && world.east.engine.quickModes.count <= 4)
    }

    /// What nobody with the keys sent takes no room: the finished exchanges, which answer a repeated last message, stay.
    @Test func forgedQuickModesTakeNobodysPlace() {
        let (world, _) = crowd()
        var bounds = Bounds()
        bounds.states = 1
        world.west.engine.bounds = bounds
        let last = world.sent.last { $0.octets[18] == 32 && $0.from.address == world.eastAddress }!
        let lingering = world.west.engine.quickModes.count
        #expect(lingering == 1)
        for number in 0..<50 as Range<UInt8> {
            var forged = last
            for place in 20..<24 { forged.octets[place] = number &+ 1 }
            world.deliver(forged)
        }
        #expect(world.west.engine.quickModes.count == lingering)
        #expect(world.west.engine.counters.unauthenticated >= 50)
    }

    // MARK: Costs

    @Test(arguments: [1, 13, 100]) func halfOpen(transforms: Int) {
        guard counting_malloc_works() else { return }
        let crowds = (0..<3).map { _ in crowd(transforms: transforms) }
        var flooded: [Simulation] = []
        let octets = octetsHeld {
            let (world, first) = crowds[flooded.count]
            flood(world, first, count: 2 * Limits.halfOpen)
            flooded.append(world)
        }
        let world = flooded[0]
        let most = (Limits.halfOpenCost + Limits.offerAverage) * Limits.halfOpen / 2 + Limits.offerOctets
        #expect(octets <= most, "\(octets) octets, and \(most) were said")
        // Long payloads take the room of several short ones.
        let count = states(world) - 2
        if transforms == 100 { #expect(count < Limits.halfOpen / 8 && count > 32) } else { #expect(count == Limits.halfOpen / 2) }
        if transforms == 13 { #expect(octets * 4 > most * 3, "\(octets) octets: the limits say far too much") }
    }

    /// Five thousand forged first messages a second, from as many addresses, and a newcomer whose answers take twenty
    /// milliseconds: a hundred come while ours is on its way and his is. Eight of ten get in at the first attempt.
    @Test func newcomersInAFlood() {
        var isIn = 0
        for seed in 0..<12 {
            let world = Simulation(seed: UInt64(seed) + 1)
            world.add { policy, side in if side === world.east { policy.remote = nil } }
            world.initiate(world.west)
            let first = world.sent[0]
            flood(world, first, count: Limits.halfOpen)
            for _ in 0..<10 {
                flood(world, first, count: 50, from: world.sent.count * 64 + seed)
                world.run(until: world.now + Simulation.second / 100)
            }
            if world.isTunnelUp { isIn += 1 }
        }
        #expect(isIn >= 9, "\(isIn) of 12")
    }

    /// Who has answered from his address, and waits for his turn at Diffie-Hellman, is not dropped for a flood.
    @Test func whoHasAnsweredStays() {
        let world = Simulation()
        world.add { policy, side in if side === world.east { policy.remote = nil } }
        world.east.engine.bounds.halfOpen = 8
        // Nobody's turn comes for five seconds.
        _ = world.east.engine.strangersBudget.allows(.modp8192, for: Address("203.0.113.1")!, isPeer: false, now: world.now)
        world.east.engine.took(Simulation.second)
        world.initiate(world.west)
        let first = world.sent[0]
        world.run(until: world.now + Simulation.second / 2)
        flood(world, first, count: 200)
        #expect(!world.isTunnelUp)
        world.run(seconds: 10)
        #expect(world.isTunnelUp)
    }

    /// The responder's side, whose initiator is gone.
    @Test func tunnels() {
        guard counting_malloc_works() else { return }
        var engines: [Engine] = []
        let count = 16
        let octets = octetsHeld {
            for _ in 0..<count {
                let (world, _) = crowd()
                if world.isTunnelUp { engines.append(world.east.engine) }
            }
        }
        #expect(engines.count == 3 * count && engines.allSatisfy { $0.ipsecSAs.count == 1 && $0.quickModes.isEmpty })
        let each = octets / count
        // An engine and its connection come with each.
        let most = Limits.isakmpSACost - 4 * Limits.messageIDs + Limits.quickModeCost + Limits.pairCost + Limits.connectionCost
        #expect(each <= most, "\(each) octets for a tunnel, and \(most) were said")
        var without = engines
        let ids = octetsHeld {
            for _ in 0..<count {
                let engine = without.removeLast()
                for id in 0..<UInt32(2 * Limits.messageIDs) { engine.isakmpSAs[0].messageIDs.insert(id) }
            }
        }
        #expect(ids / count <= 4 * Limits.messageIDs + 200, "\(ids / count) octets of message IDs")
    }
}
