import Crypto
import Testing
import Wire

@testable import IKE

/// Exchanges that wait for their turn at Diffie-Hellman.
@Suite struct WaitingTests {
    private static let millisecond: UInt64 = 1_000_000

    /// A gateway for any peer, and Main Mode's first and third message for it.
    private func gateway() -> (world: Simulation, first: [UInt8], second: [UInt8]) {
        let world = Simulation()
        world.add { policy, side in if side === world.east { policy.remote = nil } }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        return (world, world.sent[0].octets, world.sent[2].octets)
    }

    /// Sends MI1 and MI2 from an address, whose cookie is `number`.
    private func ask(_ world: Simulation, _ first: [UInt8], _ second: [UInt8], from address: Address, _ number: UInt32) -> [Action] {
        var cookie: [UInt8] = [1, 2, 3, 4]
        for shift in [24, 16, 8, 0] as [UInt32] { cookie.append(UInt8(truncatingIfNeeded: number >> shift)) }
        func receive(_ octets: [UInt8]) -> [Action] {
            var actions: [Action] = []
            world.east.engine.receive(
                octets.span, from: Endpoint(address, 500), to: Endpoint(world.eastAddress, 500), now: world.now,
                random: world.east.random, &actions)
            world.east.engine.took(15 * Self.millisecond)
            return actions
        }
        for case .send(let answer, _, _) in receive(cookie + first[8...]) where answer[18] == 2 {
            return receive(cookie + answer[8..<16] + second[16...])
        }
        return []
    }

    private func answers(_ actions: [Action], to address: Address? = nil) -> Int {
        actions.count { action in
            if case .send(let octets, _, let to) = action { return octets[18] == 2 && (address == nil || to.address == address) }
            return false
        }
    }

    /// Time passes, and each turn of the engine that computes takes 15 ms.
    private func pass(_ world: Simulation, until end: UInt64) -> [Action] {
        var all: [Action] = []
        while let due = world.east.engine.nextDeadline, due <= end {
            world.now = max(world.now, due)
            var actions: [Action] = []
            world.east.engine.advance(now: world.now, random: world.east.random, &actions)
            if answers(actions) > 0 {
                world.east.engine.took(15 * Self.millisecond)
                world.now += 15 * Self.millisecond
            }
            all += actions
        }
        world.now = max(world.now, end)
        return all
    }

    /// Of 55 sources with four exchanges each, all are answered in their time, none of them twice, and no more of it than a
    /// fifth is spent. One turn does one.
    @Test func eachHasHisTurn() {
        let (world, first, second) = gateway()
        let began = world.now
        var done = 0
        for number in 0..<220 as Range<UInt32> {
            done += answers(ask(world, first, second, from: Address(ipv4: 0xcb00_7100 + number % 55), number))
        }
        #expect((1...3).contains(done))
        while done < 220, world.now < began + 30 * Simulation.second {
            let actions = pass(world, until: world.now + Simulation.second / 10)
            let now = answers(actions)
            done += now
            #expect(now <= 3)
        }
        #expect(done == 220)
        #expect(world.now - began >= 220 * 5 * 14 * Self.millisecond && world.now - began <= 220 * 5 * 18 * Self.millisecond)
        #expect(world.east.engine.waitingTurn == nil)
    }

    /// A new peer does not wait for all earlier ones: its source has used nothing yet.
    @Test func somebodyNewIsServedSoon() {
        let (world, first, second) = gateway()
        for number in 0..<440 as Range<UInt32> { _ = ask(world, first, second, from: Address(ipv4: 0xcb00_7100 + number % 55), number) }
        // By then each source has had some.
        _ = pass(world, until: world.now + 6 * Simulation.second)
        #expect(world.east.engine.waitingTurn != nil)
        let new = Address("198.51.100.77")!
        var actions = ask(world, first, second, from: new, 1_000)
        actions += pass(world, until: world.now + Simulation.second / 4)
        #expect(answers(actions, to: new) == 1)
    }

    /// While many wait for their turn, a new peer has as much time to answer as without them: 300 first messages later its exchange
    /// is still there.
    @Test func whoWaitsTakesNobodysTimeToAnswer() {
        let (world, first, second) = gateway()
        _ = world.east.engine.strangersBudget.allows(.modp8192, for: Address("203.0.113.1")!, isPeer: false, now: world.now)
        world.east.engine.took(59 * Simulation.second)
        for number in 0..<440 as Range<UInt32> { _ = ask(world, first, second, from: Address(ipv4: 0xcb00_7100 + number % 55), number) }
        func silent(_ address: Address, _ number: UInt32) {
            var actions: [Action] = []
            let octets = [9, 9, 9, 9] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } + first[8...]
            world.east.engine.receive(
                octets.span, from: Endpoint(address, 500), to: Endpoint(world.eastAddress, 500), now: world.now,
                random: world.east.random, &actions)
        }
        let new = Address("198.51.100.77")!
        silent(new, 1)
        for number in 0..<300 as Range<UInt32> { silent(Address(ipv4: 0x6440_0000 + number), number + 2) }
        #expect(world.east.engine.isakmpSAs.contains { $0.peer.address == new })
        #expect(world.east.engine.isakmpSAs.count { $0.waiting != nil } >= 430)
    }

    /// One address keeps no more than its share waiting.
    @Test func oneAddressKeepsFewWaiting() {
        let (world, first, second) = gateway()
        for number in 0..<100 as Range<UInt32> { _ = ask(world, first, second, from: Address("203.0.113.9")!, number) }
        #expect(world.east.engine.isakmpSAs.count { $0.waiting != nil } <= Limits.waitingPerSource)
        // And of IPv6 a network is one; this one comes to nobody.
        #expect(Address("2001:db8::5")!.sourceNetwork == Address("2001:db8::77:1")!.sourceNetwork)
    }

    /// A repeated message finds its exchange waiting and changes nothing; a peer that leaves costs nothing.
    @Test func whoGoesAwayLeavesNothing() {
        let (world, first, second) = gateway()
        _ = world.east.engine.strangersBudget.allows(.modp8192, for: Address("203.0.113.1")!, isPeer: false, now: world.now)
        world.east.engine.took(59 * Simulation.second)
        for number in 0..<20 as Range<UInt32> { _ = ask(world, first, second, from: Address(ipv4: 0xcb00_7100 + number), number) }
        #expect(world.east.engine.waitingTurn != nil)
        #expect(answers(pass(world, until: world.now + 60 * Simulation.second)) == 0)
        #expect(world.east.engine.isakmpSAs.allSatisfy { $0.isEstablished })
        _ = pass(world, until: world.now + 600 * Simulation.second)
        #expect(world.east.engine.waitingTurn == nil)
    }
}
