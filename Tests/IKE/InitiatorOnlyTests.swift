import Testing
import Wire

@testable import IKE

/// A peer that answers no Main Mode and begins its own (strongSwan's `initiator_only`).
@Suite struct InitiatorOnlyTests {
    /// West wants the connection and asks without end. East drops, or refuses, each first message of west's; they are counted.
    private func world(refuses: Bool, _ count: @escaping () -> Void) -> Simulation {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = 0 }
        world.treatment = { datagram in
            guard datagram.from.address == world.westAddress, datagram.octets[18] == 2,
                datagram.octets[8..<16].allSatisfy({ $0 == 0 })
            else { return [datagram] }
            count()
            guard refuses else { return [] }
            // The only transform becomes one that nobody knows.
            var changed = datagram
            changed.octets[53] = 99
            return [changed]
        }
        world.initiate(world.west)
        return world
    }

    /// The peer begins while west's first message is under way (1 s, 15 s), or while west rests between two attempts: the
    /// tunnel stands at once, nothing of the attempt is left, and west begins no second pair.
    @Test(arguments: [false, true], [1, 15, 95] as [UInt64])
    func theAttemptEnds(_ refuses: Bool, _ seconds: UInt64) {
        var firsts = 0
        let world = world(refuses: refuses) { firsts += 1 }
        world.run(seconds: seconds)
        #expect(firsts > 0 && !world.isTunnelUp)
        let failures = world.west.failures.count
        world.initiate(world.east)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        #expect(!world.west.engine.isNegotiating(ConnectionID(1)))
        #expect(world.west.engine.isakmpSAs.allSatisfy { $0.isEstablished })
        let before = firsts
        world.run(seconds: 600)
        #expect(firsts == before)
        #expect(world.west.failures.count == failures)
        #expect(world.west.inbound.count == 1 && world.east.inbound.count == 1)
        #expect(world.west.engine.wants(ConnectionID(1)))
    }

    /// It replaces the SAs of both phases in time: the tunnel stands for a day.
    @Test func aDay() {
        let world = world(refuses: false) {}
        world.initiate(world.east)
        world.run(seconds: 86_400)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        #expect(world.isTunnelUp)
    }

    /// A second connection with the same peer, which the peer did not ask for, goes on with its attempt.
    @Test func anotherConnectionIsStillTried() {
        var firsts = 0
        let world = world(refuses: false) { firsts += 1 }
        world.add(
            { policy, side in
                policy.keyingTries = 0
                let third = Selector(Subnet(Address("10.0.3.0")!, prefix: 24))
                if side === world.west { policy.remoteSelector = third } else { policy.localSelector = third }
            }, id: 2)
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        world.initiate(world.east)
        world.run(seconds: 300)
        // The ISAKMP SA that the peer made serves it.
        #expect(world.west.established == [ConnectionID(1), ConnectionID(2)])
        #expect(world.west.inbound.count == 2)
    }
}
