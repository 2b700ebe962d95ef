import Crypto
import IKE
import Testing
import Wire

/// How SAs end, are replaced, and share what they can.
@Suite struct LifeTests {
    private func second(_ world: Simulation) {
        world.add(
            { policy, side in
                let third = Selector(Subnet(Address("10.0.3.0")!, prefix: 24))
                if side === world.west { policy.remoteSelector = third } else { policy.localSelector = third }
            }, id: 2)
    }

    @Test func connectionsShareAnISAKMPSA() {
        let world = Simulation()
        world.add()
        second(world)
        world.initiate(world.west, 1)
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        #expect(Set(world.west.established) == [ConnectionID(1), ConnectionID(2)])
        #expect(Set(world.east.established) == [ConnectionID(1), ConnectionID(2)])
        #expect(world.sent.count == 12)
        // The first connection's end leaves the second its ISAKMP SA.
        world.run(world.west) { $0.terminate(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        world.run(seconds: 1)
        #expect(world.west.lost == [ConnectionID(1)])
        #expect(world.east.lost == [ConnectionID(1)])
        #expect(world.west.engine.status(now: world.now).count == 2)
        #expect(world.east.engine.status(now: world.now).count == 2)
        world.run(world.west) { $0.terminate(ConnectionID(2), now: world.now, random: world.west.random, &$1) }
        world.run(seconds: 1)
        #expect(world.east.lost == [ConnectionID(1), ConnectionID(2)])
        #expect(world.west.engine.status(now: world.now).count <= 1)
    }

    @Test func terminationTellsThePeer() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 1)
        world.run(world.west) { $0.terminate(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        world.run(seconds: 1)
        for side in [world.west, world.east] {
            #expect(side.lost == [ConnectionID(1)])
            #expect(side.inbound.isEmpty && side.outbound.isEmpty)
            #expect(side.engine.status(now: world.now).isEmpty)
        }
        world.run(seconds: 3600)
        #expect(world.isTunnelUp == false)
    }

    /// Before an IPsec SA ends, another one takes its place, without a moment when none stands.
    @Test func replacement() {
        let world = Simulation()
        world.add { policy, _ in
            policy.espLifetime = 600
            policy.ikeLifetime = 1000
            policy.keyingTries = 0
        }
        world.initiate(world.west)
        for _ in 0..<400 {
            world.run(seconds: 10)
            #expect(world.carries)
        }
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        #expect(world.west.inbound.count <= 3)
        #expect(world.west.engine.status(now: world.now).count < 8)
    }

    /// The initiator is gone for good: the SAs end at the end of their life.
    @Test func expiry() {
        let world = Simulation()
        world.add { policy, _ in policy.espLifetime = 600 }
        world.initiate(world.west)
        world.run(seconds: 1)
        world.treatment = { _ in [] }
        world.run(seconds: 700)
        #expect(world.west.lost == [ConnectionID(1)])
        #expect(world.east.lost == [ConnectionID(1)])
        #expect(world.west.inbound.isEmpty && world.east.inbound.isEmpty)
    }

    @Test func shorterLifeOfThePeer() {
        let world = Simulation()
        world.add { policy, side in
            if side === world.west {
                policy.espLifetime = 900
                policy.ikeLifetime = 700
            }
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        let states = world.east.engine.status(now: world.now)
        #expect(states.first { !$0.isPhase2 }!.remaining <= 700)
        #expect(states.first { $0.isPhase2 }!.remaining <= 900)
    }

    /// The peer restarts and begins anew: INITIAL-CONTACT ends what it had before.
    @Test func initialContact() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 100)
        let old = world.east.inbound[0].spi
        // West loses everything silently.
        world.treatment = { _ in [] }
        world.run(world.west) { $0.forget(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        world.treatment = { [$0] }
        world.add()
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.isTunnelUp)
        #expect(world.east.inbound.count == 1)
        #expect(world.east.inbound[0].spi != old)
        #expect(world.east.saw(.peerRestarted))
    }

    /// The responder restarts, and the initiator replaces its ISAKMP SA before it notices. INITIAL-CONTACT of the responder tells it; where
    /// that is lost, the probe that was not answered.
    @Test(arguments: [true, false]) func restartOfTheResponder(isToldOfIt: Bool) {
        let world = Simulation()
        func add(_ policy: inout Policy, _ side: Side) {
            policy.ikeLifetime = 700
            policy.rekeyPolicy.rekeyMargin = 60
            policy.rekeyPolicy.rekeyFuzz = 0
            policy.rekeyPolicy.dpdDelay = isToldOfIt ? 0 : 30
            policy.rekeyPolicy.dpdTimeout = 300
        }
        world.add(add)
        world.initiate(world.west)
        world.run(seconds: 550)
        let old = world.west.inbound[0].spi
        world.treatment = { _ in [] }
        world.run(world.east) { $0.forget(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
        world.treatment = { datagram in
            let isInformational = datagram.octets[18] == 5
            return isInformational && !isToldOfIt && datagram.from.address == world.eastAddress ? [] : [datagram]
        }
        world.add(add)
        world.run(seconds: 150)
        #expect(world.isTunnelUp, "\(world.west.said)")
        #expect(world.west.inbound.last?.spi != old)
        #expect(world.west.saw(.peerRestarted) == isToldOfIt)
    }

    /// A peer with a name comes back from another address.
    @Test func uniqueIDs() {
        let world = Simulation()
        world.add { policy, side in
            policy.localID = .fqdn(side === world.west ? "west" : "east")
            policy.remoteID = .fqdn(side === world.west ? "east" : "west")
            if side === world.east { policy.remote = nil }
        }
        world.initiate(world.west)
        world.run(seconds: 100)
        #expect(world.east.inbound.count == 1)
        world.treatment = { _ in [] }
        world.run(world.west) { $0.forget(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        let moved = Address("198.51.100.77")!
        world.treatment = { [$0] }
        world.translate = { [unowned world] datagram in
            var datagram = datagram
            if datagram.from.address == world.westAddress { datagram.from.address = moved }
            if datagram.to.address == moved { datagram.to.address = world.westAddress }
            return datagram
        }
        world.add { policy, side in
            policy.localID = .fqdn(side === world.west ? "west" : "east")
            policy.remoteID = .fqdn(side === world.west ? "east" : "west")
            if side === world.east { policy.remote = nil }
        }
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.east.inbound.count == 1, "\(world.east.said)")
        #expect(world.east.inbound.first?.source == moved)
    }

    /// The peer's ID chooses among connections with the same ends and secret.
    @Test func identityChoosesTheConnection() {
        let world = Simulation()
        world.add(
            { policy, side in
                guard side === world.east else {
                    policy.localID = .userFQDN("b@example.com")
                    return
                }
                policy.remoteID = .userFQDN("a@example.com")
            }, id: 1)
        world.add(
            { policy, side in
                guard side === world.east else {
                    policy.localID = .userFQDN("b@example.com")
                    return
                }
                policy.remoteID = .userFQDN("B@Example.COM")
            }, id: 2)
        world.initiate(world.west, 1)
        world.run(seconds: 2)
        #expect(world.east.established == [ConnectionID(2)], "\(world.east.said)")
        #expect(world.isTunnelUp)
    }

    @Test func protocolsAndPorts() {
        let world = Simulation()
        world.add { policy, _ in
            policy.localSelector.ipProtocol = 6
            policy.remoteSelector.ipProtocol = 6
            policy.remoteSelector.port = 0
        }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.isTunnelUp)
        #expect(world.west.outbound[0].destinationSelector.ipProtocol == 6)
    }

    /// A peer that may be anywhere and stands for itself: the host 0.0.0.0.
    @Test func peerAnywhereWithoutSubnet() {
        let world = Simulation()
        world.add { policy, side in
            if side === world.east {
                policy.remote = nil
                policy.remoteID = nil
                policy.remoteSelector = Selector(Subnet(host: .any(.ipv4)))
            } else {
                policy.localSelector = Selector(Subnet(host: world.westAddress))
            }
        }
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.isTunnelUp, "\(world.east.said)")
        #expect(world.east.outbound[0].destinationSelector == Selector(Subnet(host: world.westAddress)))
        world.initiate(world.east)
        #expect(world.east.failures.isEmpty)
    }

    /// The same inputs, clock and random octets give the same messages.
    @Test func determinism() {
        func messages() -> [[UInt8]] {
            let world = Simulation()
            world.add()
            world.initiate(world.west)
            world.run(seconds: 100)
            return world.sent.map { $0.octets }
        }
        #expect(messages() == messages())
    }
}
