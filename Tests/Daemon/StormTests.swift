import CountingMalloc
import Foundation
import TestSupport
import Testing
import Wire

@testable import Daemon
@testable import IKE

/// Days of two daemons' lives. `CYGNET_SEED=N` plays one world again, `CYGNET_WORLDS=N` plays more of them, `CYGNET_DAYS=N` longer ones.
@Suite struct StormTests {
    static func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    static var seeds: [UInt64] {
        if let seed = number("CYGNET_SEED") { return [seed] }
        return (1...(number("CYGNET_WORLDS") ?? 4)).map { $0 }
    }

    /// Storms, crashes, reboots, reloads, refusals, lost and changed addresses. No packet of a routed connection ever goes in the clear,
    /// and after each storm the tunnels are back within `patience` seconds.
    @Test(arguments: seeds) func anyWeather(_ seed: UInt64) throws {
        let patience = 500
        let world = try StormWorld(seed: seed)
        let before = Int(counting_malloc_held()) - world.ownOctets
        let end = world.wire.now + (Self.number("CYGNET_DAYS") ?? 1) * 86_400 * PaperWire.second
        var recoveries = 0
        while world.wire.now < end, !world.failed {
            try storm(world)
            world.calm()
            for _ in 0..<patience / 5 {
                world.send()
                world.wire.wait(5)
            }
            // Now all is as it should be, and stays so for a while.
            var numbers: [Int] = []
            for _ in 0..<30 where !world.failed {
                let sent = world.send()
                if sent.count < 4 { world.fail("only \(sent.count) of 4 packets have a tunnel") }
                numbers += sent
                world.wire.wait(1)
            }
            for number in numbers where !world.packets.came(number) {
                world.fail("packet \(number) of the calm is lost: the ends do not agree")
            }
            recoveries += 1
            // One peer with two connections, all that it may have of everything, at both ends.
            let stated =
                2
                * (2 * Limits.connectionCost + Limits.isakmpSAsPerPeer
                    * (Limits.isakmpSACost + Limits.quickModeCost + Limits.pairCost + 2 * Limits.transformCost))
            let held = Int(counting_malloc_held()) - before - world.ownOctets - 32 * numbers.capacity
            if counting_malloc_works(), held > stated { world.fail("\(held) octets are held, and \(stated) were said") }
            world.wire.wait(world.dice.roll(3600))
        }
        try release(world)
        #expect(recoveries > 5 && world.held > 0 && world.packets.received > 1000 || world.failed)
    }

    /// A seed is all that a world is: what failed once fails again.
    @Test func replaysExactly() throws {
        let worlds = try [0, 1].map { _ in
            let world = try StormWorld(seed: 42)
            for _ in 0..<6 { try storm(world) }
            return world
        }
        #expect(worlds[0].wire.wire.sent > 200 && worlds[0].wire.wire.sent == worlds[1].wire.wire.sent)
        #expect(worlds[0].wire.now == worlds[1].wire.now && worlds[0].packets.received == worlds[1].packets.received)
        #expect(worlds[0].wire.gateways.map { $0.kept.lines } == worlds[1].wire.gateways.map { $0.kept.lines })
        #expect(worlds[0].wire.wire.fingerprint == worlds[1].wire.wire.fingerprint)
    }

    /// Something happens, for up to some hours.
    private func storm(_ world: StormWorld) throws {
        world.wire.wire.weather.turnBad(&world.dice)
        for _ in 0..<1 + world.dice.roll(6) where !world.failed {
            try world.misfortune()
            for _ in 0..<world.dice.roll(40) {
                world.send()
                world.wire.run(until: world.wire.now + UInt64(world.dice.roll(10_000)) * 1_000_000)
            }
            world.check()
        }
    }

    /// Whose connections were all deleted does nothing any more, and has nothing.
    private func release(_ world: StormWorld) throws {
        for gateway in world.wire.gateways {
            for name in ["net", "lazy"] as [Name] { gateway.say("auto", "--delete", name, now: gateway.clock.local(world.wire.now)) }
        }
        world.wire.wait(120)
        let before = world.wire.wire.sent
        world.wire.wait(86_400)
        if world.wire.wire.sent != before { world.fail("they speak after their end") }
        for gateway in world.wire.gateways {
            let connections = gateway.gateway.connections
            if !gateway.plane.inbound.isEmpty || !gateway.plane.outbound.isEmpty { world.fail("there are SAs after the end") }
            if !gateway.routed.isEmpty { world.fail("\(gateway.routed) is still routed") }
            if let due = connections.engine.nextDeadline { world.fail("the engine waits for \(due) after the end") }
            if !connections.engine.status(now: gateway.clock.local(world.wire.now)).isEmpty { world.fail("there are states after the end") }
        }
    }
}
