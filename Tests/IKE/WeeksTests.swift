import CountingMalloc
import Foundation
import IKE
import TestSupport
import Testing
import Wire

/// Weeks of tunnels' lives. `CYGNET_SEED=N` plays one world again, `CYGNET_WORLDS=N` plays more of them, `CYGNET_DAYS=N`
/// longer ones.
@Suite struct WeeksTests {
    static func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    static var seeds: [UInt64] {
        if let seed = number("CYGNET_SEED") { return [seed] }
        return (1...(number("CYGNET_WORLDS") ?? 4)).map { $0 }
    }

    /// In fair weather no packet is lost, whatever is rekeyed.
    @Test(arguments: seeds.prefix(2)) func fairWeather(_ seed: UInt64) {
        let world = World(seed: seed)
        world.run(seconds: 5)
        var numbers: [Int] = []
        for turn in 0..<10_000 where !world.failed {
            if turn % 40 == 0 { for node in [world.west, world.east] { world.leap(node) } }
            for node in [world.west, world.east] {
                guard let number = world.send(node) else { return world.fail("\(node.name) has no tunnel") }
                numbers.append(number)
            }
            world.run(until: world.now + 4 * World.second + UInt64(world.dice.roll(1_000_000_000)))
        }
        world.run(seconds: 2)
        for number in numbers where !world.packets.came(number) { world.fail("packet \(number) is lost") }
        #expect(world.rekeyings > 50)
        #expect(world.highest == 0 || world.highest > 1 << 32)
    }

    /// Storms, cuts, reboots and moves, for days; after each the tunnel is back within `patience` seconds.
    @Test(arguments: seeds) func anyWeather(_ seed: UInt64) {
        let patience = 500
        let before = counting_malloc_held()
        let world = World(seed: seed)
        let end = world.now + (Self.number("CYGNET_DAYS") ?? 3) * 86_400 * World.second
        var recoveries = 0
        while world.now < end, !world.failed {
            storm(world)
            world.wire.weather = Weather()
            for _ in 0..<patience / 5 {
                world.send(world.west)
                world.send(world.east)
                world.run(seconds: 5)
            }
            // Now all is as it should be, and stays so for a while.
            var numbers: [Int] = []
            for _ in 0..<60 {
                for node in [world.west, world.east] {
                    guard let number = world.send(node) else { return world.fail("\(node.name) has no tunnel") }
                    numbers.append(number)
                }
                world.run(seconds: 1)
            }
            for number in numbers where !world.packets.came(number) {
                world.fail("packet \(number) of the calm is lost: the ends do not agree")
            }
            recoveries += 1
            // One peer, all that it may have of everything, at both ends.
            let stated =
                2
                * (Limits.connectionCost + Limits.isakmpSAsPerPeer
                    * (Limits.isakmpSACost + Limits.quickModeCost
                        + Limits.pairCost + 2 * Limits.transformCost))
            let held = Int(counting_malloc_held() - before) - world.ownOctets - 32 * numbers.capacity
            if counting_malloc_works(), held > stated { world.fail("\(held) octets are held, and \(stated) were said") }
            world.run(seconds: world.dice.roll(3600))
        }
        release(world)
        #expect(recoveries > 10 || world.failed)
    }

    /// A seed determines a world: an error can be repeated.
    @Test func replaysExactly() {
        let stories = [0, 1].map { _ in
            let world = World(seed: 42)
            for _ in 0..<6 { storm(world) }
            return world
        }
        #expect(stories[0].wire.sent > 200 && stories[0].wire.sent == stories[1].wire.sent)
        #expect(stories[0].packets.received == stories[1].packets.received && stories[0].now == stories[1].now)
        #expect(stories[0].west.journal == stories[1].west.journal && stories[0].east.journal == stories[1].east.journal)
        #expect(stories[0].wire.fingerprint == stories[1].wire.fingerprint)
    }

    /// Something happens, for up to some hours.
    private func storm(_ world: World) {
        world.wire.weather.turnBad(&world.dice)
        for _ in 0..<1 + world.dice.roll(6) {
            switch world.dice.roll(6) {
            case 0: world.boot(world.west)
            case 1: world.boot(world.east)
            case 2:
                guard world.isRoaming else { break }
                let weather = world.wire.weather
                world.move(world.west, to: Address("192.0.2.\(1 + world.dice.roll(200))")!)
                world.wire.weather = weather
            case 3: world.sleep(world.dice.roll(2) == 0 ? world.west : world.east, seconds: world.dice.roll(7_200))
            default: break
            }
            for _ in 0..<world.dice.roll(60) {
                world.send(world.west)
                world.send(world.east)
                world.run(until: world.now + UInt64(world.dice.roll(10_000)) * 1_000_000)
            }
        }
    }

    /// A node that has forgotten its connections does nothing more.
    private func release(_ world: World) {
        for node in [world.west, world.east] {
            world.run(node) { $0.forget(ConnectionID(1), now: node.local(world.now), random: node.random, &$1) }
        }
        world.run(seconds: 2)
        let before = world.wire.sent
        world.run(seconds: 2 * 86_400)
        if world.wire.sent != before { world.fail("they speak after their end") }
        for node in [world.west, world.east] {
            if !node.inbound.isEmpty || !node.outbound.isEmpty { world.fail("\(node.name) has SAs after its end") }
            if node.engine.nextDeadline != nil { world.fail("\(node.name) waits for something after its end") }
            if !node.engine.status(now: node.local(world.now)).isEmpty { world.fail("\(node.name) has states after its end") }
        }
    }
}
