import Crypto
import IKE
import Testing
import Wire

/// Packets as a test says.
final class PaperTraffic: TrafficCounter {
    var count: UInt64 = 0
    override func packets(spi: UInt32, destination: Address) -> UInt64 { count }
}

/// Peers that fall silent (RFC 3706).
@Suite struct DeadPeerTests {
    private func tunnel(_ action: RekeyPolicy.DeadPeerAction = .hold) -> Simulation {
        let world = Simulation()
        world.add { policy, side in
            guard side.name == "west" else { return }
            policy.keyingTries = 0
            policy.rekeyPolicy.dpdDelay = 30
            policy.rekeyPolicy.dpdTimeout = 120
            policy.rekeyPolicy.dpdAction = action
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        return world
    }

    @Test func questionsAndAnswers() {
        let world = tunnel()
        let before = world.sent.count
        world.run(seconds: 1200)
        #expect(70...90 ~= world.sent.count - before)
        #expect(world.isTunnelUp && world.west.lost.isEmpty)
    }

    @Test func nothingIsAskedWhileTrafficFlows() {
        let world = tunnel()
        let traffic = PaperTraffic()
        world.west.engine.traffic = traffic
        let before = world.sent.count
        for _ in 0..<120 {
            traffic.count += 1
            world.run(seconds: 10)
        }
        #expect(world.sent.count == before)
        world.run(seconds: 61)
        #expect(world.sent.count > before)
    }

    /// The machine slept for hours: while it did not listen its peer was not silent.
    @Test func whoSleptAsksFirst() {
        let world = tunnel()
        world.run(seconds: 100)
        world.now += 7_200 * Simulation.second
        let before = world.sent.count
        world.run(seconds: 20)
        #expect(world.sent.count > before && world.west.lost.isEmpty && world.isTunnelUp)
        // And who is dead all the same is found out after the usual time.
        world.treatment = { _ in [] }
        world.now += 7_200 * Simulation.second
        world.run(seconds: 130)
        #expect(world.west.lost == [ConnectionID(1)])
    }

    @Test func hold() {
        let world = tunnel()
        world.treatment = { _ in [] }
        world.run(seconds: 115)
        #expect(world.west.lost.isEmpty)
        world.run(seconds: 10)
        #expect(world.west.lost == [ConnectionID(1)])
        #expect(world.west.inbound.isEmpty && world.west.outbound.isEmpty)
        #expect(world.west.saw(.peerDead) && world.west.saw("120 s"))
        let before = world.sent.count
        world.treatment = { [$0] }
        world.run(seconds: 1000)
        #expect(world.sent.count == before && world.west.unrouted == 0)
    }

    @Test func clear() {
        let world = tunnel(.clear)
        world.treatment = { _ in [] }
        world.run(seconds: 125)
        #expect(world.west.lost == [ConnectionID(1)])
        #expect(world.west.unrouted == 1)
    }

    /// The peer lost its memory and says nothing.
    @Test func restart() {
        let world = tunnel(.restart)
        world.treatment = { _ in [] }
        world.run(world.east) { $0.forget(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
        world.run(seconds: 100)
        world.treatment = { [$0] }
        world.add { policy, side in
            if side.name == "west" {
                policy.keyingTries = 0
                policy.rekeyPolicy.dpdDelay = 30
                policy.rekeyPolicy.dpdAction = .restart
            }
        }
        world.run(seconds: 25)
        #expect(world.west.lost.count == 1)
        #expect(world.isTunnelUp)
        #expect(world.west.inbound.count == 1 && world.east.inbound.count == 1)
    }

    /// `restart_by_peer`: all that we have with the peer is negotiated anew, whatever the others' own action.
    @Test func restartByPeer() {
        let world = tunnel(.restartByPeer)
        world.add(
            { policy, side in
                guard side.name == "west" else { return }
                policy.keyingTries = 0
            }, id: 2)
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        #expect(world.west.inbound.count == 2)
        let before = Set(world.west.inbound.map { $0.spi })
        world.treatment = { _ in [] }
        world.run(seconds: 125)
        #expect(Set(world.west.lost) == [ConnectionID(1), ConnectionID(2)] && world.west.inbound.isEmpty)
        world.treatment = { [$0] }
        world.run(seconds: 90)
        #expect(world.west.inbound.count == 2 && before.isDisjoint(with: world.west.inbound.map { $0.spi }))
    }

    /// A restart that fails goes on, while the line is down.
    @Test func restartAfterLong() {
        let world = tunnel(.restart)
        world.treatment = { _ in [] }
        world.run(seconds: 3600)
        #expect(world.west.failures.count > 20)
        world.treatment = { [$0] }
        world.run(seconds: 80)
        #expect(world.isTunnelUp)
        #expect(world.east.inbound.count == 1)
    }

    private func stray(_ world: Simulation) -> Bool {
        var isKnown = false
        world.run(world.west) {
            isKnown = $0.receivedUnknownSPI(
                0x5151, peer: Endpoint(world.eastAddress, 0), local: world.westAddress, now: world.now, random: world.west.random, &$1)
        }
        return isKnown
    }

    /// ESP with an unknown SPI brings the next DPD probe forward, and is answered with a Delete payload.
    @Test func unknownSPIBringsTheProbeForward() {
        let world = tunnel()
        world.run(seconds: 10)
        var before = world.sent.count
        #expect(stray(world) && world.sent.count == before + 2)
        world.run(seconds: 1)
        #expect(world.sent.count == before + 3)
        // The peer has answered: it is asked again in its time, whatever comes.
        for _ in 0..<100 { _ = stray(world) }
        #expect(world.sent.count <= before + 3 + 3)
        before = world.sent.count
        // A flood for ten minutes: one question, its answer and one Delete payload in five seconds at most.
        for _ in 0..<6000 {
            _ = stray(world)
            world.run(until: world.now + Simulation.second / 10)
        }
        #expect(60...360 ~= world.sent.count - before)
        #expect(world.isTunnelUp && world.west.lost.isEmpty)
    }

    /// While packets come in by an SA that stands, nothing is asked.
    @Test func strayESPWhileTrafficFlows() {
        let world = tunnel()
        let traffic = PaperTraffic()
        world.west.engine.traffic = traffic
        let before = world.sent.count
        for _ in 0..<100 {
            traffic.count += 1
            #expect(stray(world))
            world.run(seconds: 1)
        }
        #expect(world.sent.count <= before + 24)
        #expect(world.sent.dropFirst(before).allSatisfy { $0.from.address == world.westAddress })
    }

    /// The Delete payload of one of two pairs is lost: its packets bring another one, by the ISAKMP SA that stands. Of an SA that is
    /// there, or that is being negotiated, nothing is deleted.
    @Test func lostDeletion() {
        let world = tunnel()
        world.add(
            { policy, side in
                policy.localSelector = Selector(Subnet(Address(side.name == "west" ? "10.0.3.0" : "10.0.4.0")!, prefix: 24))
                policy.remoteSelector = Selector(Subnet(Address(side.name == "west" ? "10.0.4.0" : "10.0.3.0")!, prefix: 24))
            }, id: 2)
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        func arrivesAtEast(_ spi: UInt32) {
            world.run(world.east) {
                _ = $0.receivedUnknownSPI(
                    spi, peer: Endpoint(world.westAddress, 0), local: world.eastAddress, now: world.now, random: world.east.random, &$1)
            }
            world.run(seconds: 10)
        }
        let spis = world.east.inbound.map { $0.spi }
        #expect(spis.count == 2)
        for spi in spis { arrivesAtEast(spi) }
        // A packet of east's that somebody sends back to it has the SPI of an SA of west's.
        for spi in world.east.outbound.map({ $0.spi }) { arrivesAtEast(spi) }
        #expect(world.west.lost.isEmpty && world.west.inbound.count == 2)
        world.treatment = { _ in [] }
        world.run(world.east) { $0.terminate(ConnectionID(2), now: world.now, random: world.east.random, &$1) }
        world.treatment = { [$0] }
        let stands = world.east.inbound[0].spi
        #expect(world.west.inbound.count == 2 && world.east.inbound.count == 1)
        arrivesAtEast(spis.first { $0 != stands }!)
        #expect(world.west.lost == [ConnectionID(2)])
        #expect(world.west.inbound.count == world.east.inbound.count)
    }

    /// A connection that waits after a failure is tried at once, at a bounded rate; one that nobody wants is not.
    @Test func unknownSPIBringsTheAttemptForward() {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = 0 }
        #expect(!stray(world) && world.sent.isEmpty)
        world.treatment = { _ in [] }
        world.initiate(world.west)
        world.run(seconds: 400)
        let failures = world.west.failures.count
        while world.west.failures.count == failures { world.run(seconds: 1) }
        world.treatment = { [$0] }
        #expect(stray(world))
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }

    /// A forged packet of a connection that nobody wants begins one attempt, and not a wish for it: it ends by itself.
    @Test func strayESPIsWorthOneAttempt() {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = 0 }
        world.treatment = { _ in [] }
        func forged() {
            for _ in 0..<50 { world.run(world.west) { $0.tryOnce(ConnectionID(1), now: world.now, random: world.west.random, &$1) } }
        }
        forged()
        #expect(world.sent.count == 1 && !world.west.engine.wants(ConnectionID(1)))
        world.run(seconds: 600)
        #expect(world.west.failures.count == 1 && world.west.failures[0].final)
        #expect(world.sent.count == 5)
        // A real one, whose sender answers, has the tunnel back.
        world.treatment = { [$0] }
        forged()
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }

    /// Answers that somebody recorded keep nobody alive.
    @Test func replayedAnswers() {
        let world = tunnel()
        world.run(seconds: 600)
        let answers = world.sent.filter { $0.from.address == world.eastAddress && $0.octets[18] == 5 }
        world.treatment = { _ in [] }
        for _ in 0..<13 {
            for answer in answers { world.deliver(answer) }
            world.run(seconds: 10)
        }
        #expect(world.west.lost == [ConnectionID(1)])
    }

    /// A question that comes once more is not answered a thousand times, and an old one not at all.
    @Test func replayedQuestions() {
        let world = tunnel()
        world.run(seconds: 600)
        let questions = world.sent.filter { $0.from.address == world.westAddress && $0.octets[18] == 5 }
        let before = world.sent.count
        for _ in 0..<10 { for question in questions { world.deliver(question) } }
        #expect(world.sent.count == before)
    }
}
