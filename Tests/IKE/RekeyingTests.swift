import Crypto
import IKE
import Testing
import Wire

/// How one pair of IPsec SAs takes the place of another.
@Suite struct RekeyingTests {
    /// A tunnel that west began, whose keys live ten minutes.
    private func tunnel(_ change: (inout Policy, Side) -> Void = { _, _ in }) -> Simulation {
        let world = Simulation()
        world.add { policy, side in
            policy.espLifetime = 600
            policy.ikeLifetime = 86_400
            policy.rekeyPolicy.rekeyMargin = 60
            policy.keyingTries = 0
            change(&policy, side)
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        return world
    }

    /// Runs until `condition`, a tenth of a second at a time.
    private func run(_ world: Simulation, atMost seconds: Int, until condition: () -> Bool) {
        for _ in 0..<seconds * 10 where !condition() { world.run(until: world.now + Simulation.second / 10) }
        #expect(condition(), "\(world.west.said) \(world.east.said)")
    }

    /// The new pair's inbound SAs are installed on both sides before either sends by it; the old one receives
    /// until no side sends by it.
    @Test func noPacketIsLost() {
        let world = tunnel()
        let first = world.west.inbound[0].spi
        var seen: Set<UInt32> = []
        for _ in 0..<100 * 1200 {
            world.run(until: world.now + Simulation.second / 100)
            guard world.carries else {
                Issue.record("\(world.west.said) \(world.east.said)")
                return
            }
            seen.formUnion([world.west.outbound.last!.spi, world.east.outbound.last!.spi])
        }
        #expect(seen.count >= 6)
        #expect(!world.west.inbound.contains { $0.spi == first })
        // There is one pair, or two during a rekeying.
        #expect(world.west.inbound.count <= 2 && world.east.inbound.count <= 2)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
    }

    /// The responder's last word is lost: the initiator goes on with the old pair until it has been asked again.
    @Test func theInitiatorWaits() {
        let world = tunnel()
        var count = 0
        // Quick Mode's third message of west's rekeying, twice.
        world.treatment = { datagram in
            guard datagram.from.address == world.westAddress, datagram.octets[18] == 32 else { return [datagram] }
            count += 1
            return count == 2 || count == 3 ? [] : [datagram]
        }
        run(world, atMost: 600) { world.west.inbound.count == 2 && world.east.inbound.count == 2 }
        world.run(seconds: 2)
        #expect(world.west.outbound.count == 1)
        #expect(world.east.outbound.count == 1)
        run(world, atMost: 30) { world.west.outbound.count == 2 }
        #expect(world.isTunnelUp)
        #expect(world.east.outbound.count == 2)
    }

    /// A peer may send by the old pair until its own clock ends it, which began a little after ours.
    @Test func theOldPairIsHeardPastItsLife() {
        let world = tunnel()
        let first = world.east.inbound[0].spi
        // West's deletes never come.
        world.treatment = { $0.from.address == world.westAddress && $0.octets[18] == 5 ? [] : [$0] }
        world.run(seconds: 601)
        #expect(world.east.inbound.contains { $0.spi == first })
        world.run(seconds: 5)
        #expect(!world.east.inbound.contains { $0.spi == first })
        #expect(world.isTunnelUp)
    }

    /// The initiator receives nothing from the responder: it has no outbound SA, and says so when the exchange has ended.
    @Test func anInitiatorThatIsGone() {
        let world = tunnel()
        run(world, atMost: 600) { world.west.inbound.count == 2 }
        world.treatment = { _ in [] }
        world.run(seconds: 700)
        #expect(world.east.inbound.isEmpty && world.east.outbound.isEmpty)
        #expect(world.east.lost.count == 1)
    }

    @Test func rekeyNo() {
        let world = tunnel { policy, _ in policy.rekeyPolicy.rekeys = false }
        world.run(seconds: 590)
        #expect(world.west.inbound.count == 1)
        world.run(seconds: 20)
        #expect(world.west.inbound.isEmpty && world.west.lost.count == 1)
        #expect(world.east.inbound.isEmpty && world.east.lost.count == 1)
    }

    /// The initiator does not rekey: the responder does.
    @Test func theResponderStepsIn() {
        let world = tunnel { policy, side in policy.rekeyPolicy.rekeys = side.name == "east" }
        for _ in 0..<200 {
            world.run(seconds: 10)
            #expect(world.carries)
        }
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
    }

    /// The same with a road warrior as initiator, whose address is not fixed: its ISAKMP SA is used.
    @Test func theResponderStepsInForARoadWarrior() {
        let world = tunnel { policy, side in
            policy.rekeyPolicy.rekeys = side.name == "east"
            if side.name == "east" { policy.remote = nil }
        }
        for _ in 0..<200 {
            world.run(seconds: 10)
            #expect(world.carries)
        }
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        // Also before its time, when its numbers come to their end.
        let spi = world.east.inbound.last!.spi
        world.run(world.east) {
            $0.expiring(spi: spi, destination: world.eastAddress, hasEnded: false, now: world.now, random: world.east.random, &$1)
        }
        world.run(seconds: 2)
        #expect(world.east.inbound.last!.spi != spi && world.carries)
    }

    /// The responder's keys live so short that it rekeys at once and again: no pair is taken for one that both made together,
    /// and whichever it ends, another carries.
    @Test(arguments: [false, true]) func shortLives(_ spisFall: Bool) {
        let world = tunnel { policy, side in
            if side.name == "east" {
                policy.espLifetime = 60
                policy.rekeyPolicy.rekeyMargin = 25
            } else {
                policy.rekeyPolicy.rekeys = false
            }
        }
        // Of two pairs made together the SPIs decide.
        for side in [world.west, world.east] { side.spisFall = spisFall }
        for _ in 0..<100 * 200 {
            world.run(until: world.now + Simulation.second / 100)
            guard world.carries else {
                Issue.record("\(world.west.said) \(world.east.said)")
                return
            }
        }
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
    }

    /// Both begin at the same moment, time and again: one pair is left each time.
    @Test func bothAtOnce() {
        let world = tunnel()
        for _ in 0..<20 {
            for (side, address) in [(world.west, world.westAddress), (world.east, world.eastAddress)] {
                let spi = side.inbound.last!.spi
                world.run(side) { $0.expiring(spi: spi, destination: address, hasEnded: false, now: world.now, random: side.random, &$1) }
            }
            world.run(seconds: 2)
            #expect(world.west.inbound.count == 3)
            world.run(seconds: 90)
            #expect(world.west.inbound.count == 1 && world.east.inbound.count == 1)
            #expect(world.west.outbound.count == 1 && world.east.outbound.count == 1)
            #expect(world.isTunnelUp)
        }
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
    }

    /// The plane ended the outbound half, on both sides or on one: what is sent waits for the next one, which then waits for
    /// nothing.
    @Test(arguments: [["west", "east"], ["west"], ["east"]]) func whatSendsHasEnded(_ names: [String]) {
        let world = tunnel()
        for _ in 0..<20 {
            for side in [world.west, world.east] where names.contains(side.name) { endOutbound(side, world) }
            world.run(seconds: 1)
            #expect(world.carries)
            world.run(seconds: 90)
            #expect(world.isTunnelUp)
        }
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
    }

    /// The same, while the next pair is installed and waits for its time.
    @Test func whatSendsHasEndedMeanwhile() {
        let world = tunnel()
        run(world, atMost: 600) { world.west.inbound.count == 2 }
        world.run(seconds: 1)
        #expect(world.west.outbound.count == 1)
        endOutbound(world.west, world)
        #expect(world.west.outbound.count == 1 && world.carries)
    }

    /// The pair that was to follow came to nothing: the next packet asks again.
    @Test func whatSendsHasEndedAndNothingFollowed() {
        let world = tunnel { policy, _ in policy.keyingTries = 1 }
        let sa = world.west.outbound.last!
        world.treatment = { _ in [] }
        endOutbound(world.west, world)
        world.run(seconds: 120)
        #expect(world.west.outbound.isEmpty && world.west.inbound.count == 1)
        world.treatment = { [$0] }
        world.run(world.west) {
            $0.lost(spi: sa.spi, destination: sa.destination, now: world.now, random: world.west.random, &$1)
        }
        world.run(seconds: 2)
        #expect(world.carries && world.west.lost.isEmpty, "\(world.west.said)")
    }

    /// Another program removed the plane's SAs just after the other side had made them: the two new pairs do not compete.
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func whatIsTakenAway(_ seed: UInt64) {
        let world = Simulation(seed: seed)
        world.add { policy, _ in policy.keyingTries = 0 }
        world.initiate(world.west)
        world.run(seconds: 1)
        for side in [world.east, world.west, world.east] {
            let sa = side.outbound.removeLast()
            side.inbound.removeAll()
            side.outbound.removeAll()
            world.run(side) {
                $0.lost(spi: sa.spi, destination: sa.destination, now: world.now, random: side.random, &$1)
            }
            world.run(seconds: 1)
            #expect(world.carries)
            world.run(seconds: 20)
            #expect(world.isTunnelUp && world.west.inbound.count == 1 && world.east.inbound.count == 1)
        }
    }

    private func endOutbound(_ side: Side, _ world: Simulation) {
        let sa = side.outbound.removeLast()
        world.run(side) {
            $0.expiring(spi: sa.spi, destination: sa.destination, hasEnded: true, now: world.now, random: side.random, &$1)
        }
    }

    /// How long before the end: the margin, and at random up to as much again.
    @Test func fuzz() {
        var moments: Set<UInt64> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            let world = Simulation(seed: seed)
            world.add { policy, _ in
                policy.espLifetime = 3600
                policy.rekeyPolicy.rekeyMargin = 600
            }
            world.initiate(world.west)
            world.run(seconds: 1)
            let begun = world.now
            run(world, atMost: 3600) { world.west.inbound.count == 2 }
            let after = (world.now - begun) / Simulation.second
            #expect(2395...3000 ~= after)
            moments.insert(after)
        }
        #expect(moments.count > 15)
    }

    /// An ISAKMP SA is replaced before it ends, and no IPsec SA notices.
    @Test func isakmpSAs() {
        let world = tunnel { policy, _ in
            policy.ikeLifetime = 600
            policy.espLifetime = 86_400
        }
        let spi = world.west.inbound[0].spi
        for _ in 0..<300 {
            world.run(seconds: 10)
            for side in [world.west, world.east] {
                #expect(side.inbound.map { $0.spi }.count == 1)
                let states = side.engine.status(now: world.now)
                #expect(states.contains { !$0.isPhase2 && $0.isEstablished })
                #expect(states.count <= 4)
            }
        }
        #expect(world.west.inbound[0].spi == spi)
    }

    /// The peer ended the only pair: if the connection is wanted, it is negotiated again after a pause.
    @Test func theWantedComesBack() {
        let world = tunnel()
        world.run(world.east) { $0.terminate(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
        world.run(seconds: 1)
        #expect(world.west.lost.count == 1 && !world.isTunnelUp)
        world.run(seconds: 10)
        #expect(world.isTunnelUp)
    }

    /// A peer that ends every pair at once is tried ever more seldom.
    @Test func aPeerThatEndsEverything() {
        let world = tunnel()
        for _ in 0..<600 {
            if !world.east.outbound.isEmpty {
                world.run(world.east) { $0.terminate(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
            }
            world.run(seconds: 1)
        }
        #expect(world.west.established.count < 20)
    }

    /// A hundred connections that fail at once are not tried again at once.
    @Test func jitter() {
        let world = Simulation()
        world.treatment = { _ in [] }
        for id in 1...50 as ClosedRange<UInt32> {
            world.add(
                { policy, _ in
                    policy.keyingTries = 0
                    policy.remote = Address("198.51.100.\(id)")
                    policy.remoteID = policy.remote.map { .address($0) }
                }, id: id)
            world.initiate(world.west, id)
        }
        world.run(seconds: 30)
        var attempts: [Int] = []
        for _ in 0..<40 {
            let before = world.sent.count
            world.run(until: world.now + Simulation.second / 4)
            attempts.append(world.sent.count - before)
        }
        #expect(attempts.max()! < 20, "\(attempts)")
    }
}
