import Crypto
import IKE
import Testing
import Wire

/// Messages with everything right but their hash: what nobody without the secret can make, and is not to be believed.
@Suite struct ForgeryTests {
    /// Flips an octet of ciphertext; that block's plaintext becomes noise, and one octet of the next block's is flipped.
    private static func flip(_ datagram: Datagram, at place: Int) -> Datagram {
        var copy = datagram
        copy.octets[place] ^= 1
        return copy
    }

    /// ID payload of 12 octets, then HASH's header and 32 octets, then INITIAL-CONTACT: the flip spoils the hash's second
    /// half, and within the notification a cookie.
    @Test func initiatorsHash() {
        let world = Simulation()
        world.add()
        world.treatment = { datagram in
            let isAuthentication = datagram.octets[18] == 2 && datagram.octets[19] & 1 == 1
            return [isAuthentication ? Self.flip(datagram, at: 60 + 13) : datagram]
        }
        world.initiate(world.west)
        world.run(seconds: 25)
        #expect(world.east.engine.status(now: world.now).allSatisfy { !$0.isEstablished })
        #expect(world.east.engine.counters.unauthenticated >= 4)
        #expect(world.east.saw(.unauthenticated), "\(world.east.said)")
    }

    @Test func respondersHash() {
        let world = Simulation()
        world.add()
        world.treatment = { datagram in
            let isAnswer =
                datagram.octets[18] == 2 && datagram.octets[19] & 1 == 1
                && datagram.from.address == world.eastAddress
            return [isAnswer ? Self.flip(datagram, at: 61) : datagram]
        }
        world.initiate(world.west)
        world.run(seconds: 25)
        #expect(world.west.engine.status(now: world.now).allSatisfy { !$0.isEstablished })
        #expect(world.west.engine.counters.unauthenticated > 0 && world.west.saw(.unauthenticated), "\(world.west.said)")
    }

    /// HASH payload first, 36 octets: the flip spoils octets 12 to 27 of the hash, and one of the rest of it.
    @Test(arguments: [5, 32] as [UInt8])
    func protectedExchanges(_ exchange: UInt8) {
        let world = Simulation()
        world.add()
        if exchange == 5 {
            world.initiate(world.west)
            world.run(seconds: 1)
        }
        world.treatment = { datagram in
            [datagram.octets[18] == exchange ? Self.flip(datagram, at: 28 + 16) : datagram]
        }
        if exchange == 5 {
            world.run(world.west) { $0.terminate(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        } else {
            world.initiate(world.west)
        }
        world.run(seconds: 10)
        #expect(world.east.lost.isEmpty)
        #expect(world.east.inbound.count == (exchange == 5 ? 1 : 0))
        #expect(world.east.engine.counters.unauthenticated > 0)
    }

    /// The answer of Quick Mode, and its last message.
    @Test(arguments: [7, 8])
    func quickModesOtherHashes(_ number: Int) {
        let world = Simulation()
        world.add()
        world.treatment = { datagram in
            datagram.octets[18] == 32 && datagram.number >= number ? [Self.flip(datagram, at: 28 + 16)] : [datagram]
        }
        world.initiate(world.west)
        world.run(seconds: 20)
        let deceived = number == 7 ? world.west : world.east
        #expect(deceived.outbound.isEmpty)
        #expect(deceived.engine.counters.unauthenticated > 0)
    }
}
