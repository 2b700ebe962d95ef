import Testing
import Wire

@testable import IKE

/// A wire that loses, repeats, delays and damages.
@Suite struct LossTests {
    /// Nine messages make a tunnel; the loss of any one is made good by retransmission.
    @Test(arguments: 0..<9)
    func lossOfOneMessage(_ lost: Int) {
        let world = Simulation()
        world.add()
        world.treatment = { $0.number == lost ? [] : [$0] }
        world.initiate(world.west)
        world.run(seconds: 20)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
        #expect(world.west.established.count == 1 && world.east.established.count == 1)
        #expect(world.west.inbound.count == 1 && world.east.inbound.count == 1)
        #expect(world.west.failures.isEmpty && world.east.failures.isEmpty)
    }

    /// Every message twice, at once and again later: one tunnel, and nothing else.
    @Test(arguments: [0, 50_000_000, 3_000_000_000] as [UInt64])
    func everyMessageTwice(_ later: UInt64) {
        let world = Simulation()
        world.add()
        world.treatment = { datagram in
            var again = datagram
            again.arrives += later
            return [datagram, again]
        }
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
        #expect(world.west.established.count == 1 && world.east.established.count == 1)
        #expect(world.west.inbound.count == 1 && world.east.inbound.count == 1)
        #expect(world.west.outbound.count == 1 && world.east.outbound.count == 1)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        #expect(world.sent.count < 30)
    }

    /// Everything that was ever sent, sent again an hour's quarter later by someone who recorded it.
    @Test func replayOfEverything() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 900)
        let before = world.sent.count
        for datagram in world.sent { world.deliver(datagram) }
        world.run(seconds: 30)
        #expect(world.isTunnelUp)
        #expect(world.west.inbound.count == 1 && world.east.inbound.count == 1)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        #expect(world.west.established.count == 1 && world.east.established.count == 1)
        // Only the very first message, which anyone may send, can be answered.
        #expect(world.sent.count - before <= 2)
    }

    /// QI2 never arrives, and nothing at all does when the responder gives up. Later the initiator, whose probes are answered, hears that
    /// its pair is of no use, and makes another one.
    @Test func lossOfEveryQI2() {
        let world = Simulation()
        world.add { policy, side in
            policy.keyingTries = side.name == "west" ? 0 : 1
            policy.rekeyPolicy.dpdDelay = 30
            policy.rekeyPolicy.dpdTimeout = 120
        }
        world.treatment = { $0.number >= 8 && $0.octets[18] == ExchangeType.quickMode.rawValue ? [] : [$0] }
        world.initiate(world.west)
        world.run(seconds: 250)
        #expect(!world.west.outbound.isEmpty && world.east.outbound.isEmpty)
        world.treatment = { _ in [] }
        while !world.east.inbound.isEmpty, world.now < 2_000 * Simulation.second { world.run(seconds: 1) }
        world.treatment = { [$0] }
        #expect(!world.carries && world.west.lost.isEmpty)
        world.run(seconds: 70)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
    }

    /// A dead wire: the attempt fails after its retransmissions, and with tries left another one begins.
    @Test func noAnswer() {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = 2 }
        world.treatment = { _ in [] }
        world.initiate(world.west)
        world.run(seconds: 31)
        #expect(world.west.failures.count == 1)
        #expect(world.west.failures.first?.final == false)
        // The lines have Pluto's numbers and states.
        #expect(world.west.saw("31 STATE_MAIN_I1: ") && world.west.saw("10 STATE_MAIN_I1: "))
        world.treatment = { [$0] }
        world.run(seconds: 10)
        #expect(world.isTunnelUp)
        #expect(world.west.failures.count == 1)
    }

    @Test func triesAreCounted() {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = 3 }
        world.treatment = { _ in [] }
        world.initiate(world.west)
        world.run(seconds: 600)
        #expect(world.west.failures.map { $0.final } == [false, false, true])
        #expect(world.west.engine.nextDeadline == nil)
        #expect(world.sent.count == 15)
    }

    /// The peer lost its memory: Quick Mode within the old ISAKMP SA goes unanswered, the next attempt makes a new one.
    @Test func peerForgot() {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = 0 }
        world.add(id: 2)
        world.treatment = { _ in [] }
        world.initiate(world.west)
        world.treatment = { [$0] }
        world.run(seconds: 3)
        #expect(world.isTunnelUp)
        // East forgets all without a word.
        world.treatment = { $0.from.address == world.eastAddress ? [] : [$0] }
        for id in [1, 2] as [UInt32] {
            world.run(world.east) { $0.forget(ConnectionID(id), now: world.now, random: world.east.random, &$1) }
        }
        world.add()
        world.add(
            { policy, side in
                policy.keyingTries = 0
                let third = Selector(Subnet(Address("10.0.3.0")!, prefix: 24))
                if side === world.west { policy.remoteSelector = third } else { policy.localSelector = third }
            }, id: 2)
        world.treatment = { [$0] }
        world.initiate(world.west, 2)
        world.run(seconds: 60)
        #expect(world.west.established.contains(ConnectionID(2)), "\(world.west.said)")
        #expect(world.isTunnelUp)
    }

    /// Both ends begin at the same time: both come to stand, and each side's newest pair is whole on the other.
    @Test func bothBegin() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.initiate(world.east)
        world.run(seconds: 60)
        #expect(world.west.established.count == 1 && world.east.established.count == 1)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        #expect(!world.west.inbound.isEmpty)
        for outbound in world.west.outbound {
            #expect(world.east.inbound.contains { Simulation.same($0, outbound) })
        }
        for outbound in world.east.outbound {
            #expect(world.west.inbound.contains { Simulation.same($0, outbound) })
        }
    }

    /// Both begin at once, and what east says last, INITIAL-CONTACT with it, comes late: it cannot mean what came to be
    /// after east's exchange began.
    @Test func lateInitialContact() {
        let world = Simulation()
        world.add()
        var cookie: [UInt8] = []
        var isLost = false
        world.treatment = { datagram in
            let ofEast = datagram.from.address == world.eastAddress
            if ofEast, datagram.octets[8..<16].allSatisfy({ $0 == 0 }) { cookie = Array(datagram.octets[0..<8]) }
            if ofEast, !isLost, datagram.octets[19] & 1 == 1, Array(datagram.octets[0..<8]) == cookie {
                isLost = true
                return []
            }
            return [datagram]
        }
        world.initiate(world.west)
        world.initiate(world.east)
        world.run(seconds: 30)
        #expect(isLost)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty, "\(world.west.said)")
        for outbound in world.west.outbound + world.east.outbound {
            #expect((world.east.inbound + world.west.inbound).contains { Simulation.same($0, outbound) })
        }
    }
}
