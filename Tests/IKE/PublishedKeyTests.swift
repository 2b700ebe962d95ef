import Crypto
import IKE
import Testing
import Wire

/// Keys that the DNS has (`rsasigkey=%dnsondemand`), both roles.
@Suite struct PublishedKeyTests {
    static let west = SignatureTests.westKey
    static let east = SignatureTests.eastKey
    static let other = SignatureTests.otherKey

    static func fetching(_ own: RSAPrivateKey) -> RSACredentials {
        RSACredentials(
            privateKey: own, chain: [], sendCertificate: .ifAsked, peerKeys: [], fetchesPeerKeys: true, trust: nil, peerAuthority: nil)
    }

    /// West asks the DNS for east's key, and east knows west's.
    private func world(_ change: (inout Policy, Side) -> Void = { _, _ in }) -> Simulation {
        let world = Simulation()
        world.add { policy, side in
            policy.presharedKey = nil
            let isWest = side === world.west
            policy.rsa = isWest ? Self.fetching(Self.west) : SignatureTests.raw(Self.east, Self.west)
            (policy.localID, policy.remoteID) = isWest ? (.fqdn("west"), .fqdn("east")) : (.fqdn("east"), .fqdn("west"))
            change(&policy, side)
        }
        return world
    }

    @Test(arguments: [true, false]) func asksAndGoesOn(_ isInitiator: Bool) {
        let world = world()
        world.initiate(isInitiator ? world.west : world.east)
        world.run(seconds: 3)
        // Nobody repeats anything for it meanwhile but the peer that waits for an answer.
        #expect(world.west.keyRequests.map(\.identity) == [.fqdn("east")])
        #expect(!world.isTunnelUp && !world.west.retransmitted)
        world.publish([Self.other.publicKey, Self.east.publicKey], to: world.west)
        world.run(seconds: 2)
        #expect(world.isTunnelUp && world.west.saw(.isakmpSAEstablished))
        #expect(world.west.keyRequests.isEmpty)
    }

    /// A key that the DNS does not have is no key, and each Main Mode asks anew.
    @Test func refusesOtherKeys() {
        let world = world()
        world.initiate(world.east)
        world.run(seconds: 1)
        world.publish([Self.other.publicKey, Self.west.publicKey], to: world.west)
        #expect(!world.west.saw(.isakmpSAEstablished))
        world.run(seconds: 3)
        #expect(world.west.keyRequests.count == 1)
        world.publish([], to: world.west, problem: "no record at east. names @east and its key")
        #expect(world.west.saw(.keysNotFound))
        #expect(!world.west.saw(.isakmpSAEstablished) && world.west.inbound.isEmpty)
        // The key was published meanwhile.
        world.run(seconds: 10)
        world.publish([Self.east.publicKey], to: world.west)
        world.run(seconds: 2)
        #expect(world.isTunnelUp)
    }

    /// Another Main Mode asks again: the key was rolled.
    @Test func eachMainModeAsks() {
        let world = world()
        world.initiate(world.west)
        world.run(seconds: 1)
        world.publish([Self.east.publicKey], to: world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        world.run(world.west) { $0.terminate(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        world.run(seconds: 1)
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.west.keyRequests.count == 1)
        world.publish([Self.other.publicKey], to: world.west)
        world.run(seconds: 1)
        #expect(!world.isTunnelUp)
    }

    /// The DNS says nothing: that attempt fails, and another connection of the same gateway comes up meanwhile.
    @Test func silence() {
        let world = world { policy, _ in policy.keyingTries = 1 }
        world.add(
            { policy, side in
                policy.localSelector = Selector(Subnet(Address(side === world.west ? "10.0.3.0" : "10.0.4.0")!, prefix: 24))
                policy.remoteSelector = Selector(Subnet(Address(side === world.west ? "10.0.4.0" : "10.0.3.0")!, prefix: 24))
            }, id: 2)
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.west.keyRequests.count == 1)
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        #expect(world.west.established == [ConnectionID(2)])
        world.run(seconds: 200)
        #expect(world.west.failures.contains { $0.id == ConnectionID(1) && $0.final })
        #expect(world.west.saw(.keysNotFound))
        // An answer that comes too late is ignored.
        world.publish([Self.east.publicKey], to: world.west)
        #expect(world.west.established == [ConnectionID(2)])
    }

    /// No question for an ID that no connection expects, nor for one that the DNS does not know.
    @Test func asksForNobodyElse() {
        let strange = world { policy, side in if policy.localID == .fqdn("east") { policy.localID = .fqdn("north") } }
        strange.initiate(strange.east)
        strange.run(seconds: 5)
        #expect(strange.west.keyRequests.isEmpty && strange.west.saw(.noConnection))
        let user = world { policy, side in
            if policy.localID == .fqdn("east") { policy.localID = .userFQDN("user@east") }
            if policy.localID == .fqdn("west") {
                policy.remoteID = nil
                policy.remote = nil
            }
        }
        user.initiate(user.east)
        user.run(seconds: 5)
        #expect(user.west.keyRequests.isEmpty && user.west.saw(.keysNotFound))
    }

    /// A road warrior says who it is, and the DNS is asked for that.
    @Test func roadWarrior() {
        let world = world { policy, side in
            guard policy.localID == .fqdn("west") else { return }
            (policy.remote, policy.remoteID) = (nil, nil)
        }
        world.initiate(world.east)
        world.run(seconds: 1)
        #expect(world.west.keyRequests.map(\.identity) == [.fqdn("east")])
        world.publish([Self.east.publicKey], to: world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
    }

    /// One unknown source does not have all the searches.
    @Test func aSourceHasAShare() {
        let world = world { policy, side in
            policy.keyingTries = 1
            if policy.localID == .fqdn("west") { policy.remote = nil }
        }
        for _ in 0..<4 {
            world.initiate(world.east)
            world.run(seconds: 1)
            world.run(world.east) { $0.terminate(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
        }
        #expect(world.west.keyRequests.count == Limits.keySearchesPerSource)
    }
}
