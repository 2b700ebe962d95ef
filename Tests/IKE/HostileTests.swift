import Crypto
import IKE
import Testing
import Wire

/// What a stranger may send. Nothing of it crashes us, changes a tunnel, or stops one from coming up.
@Suite struct HostileTests {
    /// Runs an exchange in which, before each message arrives, `spoilt` versions of it do.
    private func exchange(_ spoilt: @escaping (Datagram) -> [[UInt8]]) -> Simulation {
        let world = Simulation()
        world.add()
        world.treatment = { datagram in
            let forged = spoilt(datagram).map {
                var copy = datagram
                copy.octets = $0
                return copy
            }
            return forged + [datagram]
        }
        world.initiate(world.west)
        world.run(seconds: 30)
        return world
    }

    private func expectTunnel(_ world: Simulation, _ what: String) {
        #expect(world.isTunnelUp, "\(what): \(world.west.said) \(world.east.said)")
        #expect(world.west.established.count == 1 && world.east.established.count == 1)
        #expect(world.west.inbound.count == 1 && world.east.inbound.count == 1)
        #expect(world.west.lost.isEmpty && world.east.lost.isEmpty)
        #expect(world.west.failures.isEmpty && world.east.failures.isEmpty)
    }

    /// Each message cut off at each octet.
    @Test func truncated() {
        expectTunnel(exchange { datagram in (0..<datagram.octets.count).map { Array(datagram.octets[0..<$0]) } }, "cut")
    }

    /// The same with a header that says the shorter length.
    @Test func truncatedWithLength() {
        expectTunnel(
            exchange { datagram in
                (28..<datagram.octets.count).map { length in
                    var octets = Array(datagram.octets[0..<length])
                    octets[26] = UInt8(length >> 8)
                    octets[27] = UInt8(length & 255)
                    return octets
                }
            }, "cut with length")
    }

    /// Every octet of the encrypted messages from the header's middle on, flipped in turn; the cookies are left alone,
    /// since without them nobody looks. HASH_I covers nothing that follows it (RFC 2409 §5): Main Mode's INITIAL-CONTACT and
    /// padding are left alone too.
    @Test func everyOctetFlipped() {
        expectTunnel(
            exchange { datagram in
                let isEncrypted = datagram.octets[19] & 1 != 0
                guard isEncrypted else { return [] }
                let identityAndHash = 28 + 12 + 36
                let end = datagram.octets[18] == 2 ? identityAndHash : datagram.octets.count
                return (16..<end).map { place in
                    var octets = datagram.octets
                    octets[place] ^= 0xff
                    return octets
                }
            }, "flipped")
    }

    /// Every length field of the clear messages set to what it must not be: payloads', proposals', transforms'.
    @Test func everyLengthWrong() {
        expectTunnel(
            exchange { datagram in
                guard datagram.octets[19] & 1 == 0 else { return [] }
                var spoilt: [[UInt8]] = []
                for place in lengthFields(datagram.octets) {
                    let right = Int(datagram.octets[place]) << 8 | Int(datagram.octets[place + 1])
                    for wrong in [0, 1, 3, 4, 7, right - 1, right + 1, right + 4, 0x7fff, 0xffff] where wrong != right {
                        var octets = datagram.octets
                        octets[place] = UInt8(truncatingIfNeeded: wrong >> 8)
                        octets[place + 1] = UInt8(truncatingIfNeeded: wrong)
                        spoilt.append(octets)
                    }
                }
                return spoilt
            }, "lengths")
    }

    /// Where the length fields of a clear message's payloads lie; within an SA payload those of its proposal and
    /// transforms too, as our own messages have them.
    private func lengthFields(_ octets: [UInt8]) -> [Int] {
        var places: [Int] = []
        var at = 28
        var type = octets[16]
        while type != 0, at + 4 <= octets.count {
            let length = Int(octets[at + 2]) << 8 | Int(octets[at + 3])
            places.append(at + 2)
            if type == 1 {
                let proposal = at + 12
                places.append(proposal + 2)
                var transform = proposal + 8
                while transform + 4 <= at + length {
                    places.append(transform + 2)
                    transform += Int(octets[transform + 2]) << 8 | Int(octets[transform + 3])
                }
            }
            type = octets[at]
            at += length
        }
        return places
    }

    /// Chains that name themselves, chains of nothing but headers, counts of 255.
    @Test func loopsAndCounts() {
        expectTunnel(
            exchange { datagram in
                let header = Array(datagram.octets[0..<28])
                var spoilt: [[UInt8]] = []
                for (type, body) in bodies {
                    var octets = header + body
                    octets[16] = type
                    octets[26] = UInt8(octets.count >> 8)
                    octets[27] = UInt8(octets.count & 255)
                    spoilt.append(octets)
                }
                return spoilt
            }, "loops")
    }

    private var bodies: [(UInt8, [UInt8])] {
        let endless = [UInt8]((0..<2000).flatMap { _ in [13, 0, 0, 4] as [UInt8] })
        let counts: [UInt8] = [0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 12, 1, 1, 255, 255, 0, 0, 0, 0]
        let transforms: [UInt8] = [0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 1, 1, 0, 255]
        let proposals =
            [0, 0, 0x07, 0xcc, 0, 0, 0, 1, 0, 0, 0, 1] as [UInt8]
            + (0..<248).flatMap { _ in [2, 0, 0, 8, 1, 1, 0, 0] as [UInt8] }
        let deletions: [UInt8] = [0, 0, 0, 16, 0, 0, 0, 1, 3, 4, 255, 255, 1, 2, 3, 4]
        let empty: [UInt8] = [0, 0, 0, 4]
        return [
            (13, endless), (1, endless), (1, counts), (1, transforms), (1, proposals), (12, deletions), (1, empty),
            (4, empty), (5, empty), (8, empty), (10, empty), (11, empty), (12, empty), (20, empty), (21, empty),
            (99, empty), (200, empty), (0, []),
        ]
    }

    /// Other exchanges, other versions, other lengths in the header.
    @Test func oddHeaders() {
        expectTunnel(
            exchange { datagram in
                var spoilt: [[UInt8]] = []
                for (place, values) in [
                    (17, [0x00, 0x11, 0x20, 0xff] as [UInt8]), (18, [0, 1, 3, 4, 5, 6, 32, 33, 34, 37, 255]),
                    (19, [0, 1, 2, 4, 7, 0xff]), (20, [1, 0xff]), (24, [1, 0xff]), (27, [0, 27, 28, 0xff]),
                ] {
                    for value in values where value != datagram.octets[place] {
                        // Minor versions and the commit bit are no reason to refuse a message.
                        if place == 17, value >> 4 == 1 { continue }
                        if place == 19, value & 1 == datagram.octets[19] & 1 { continue }
                        var octets = datagram.octets
                        octets[place] = value
                        spoilt.append(octets)
                    }
                }
                return spoilt
            }, "headers")
    }

    /// Noise of every length, from everywhere.
    @Test func noise() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 1)
        let random = SeededRandom(seed: 77)
        let stranger = Endpoint(Address("198.51.100.7")!, 500)
        for round in 0..<4000 {
            var octets = random.bytes(round % 600)
            // Half of it with a header that is taken for one.
            if round % 2 == 0, octets.count >= 28 {
                octets[17] = 0x10
                octets[18] = [2, 5, 32][round / 2 % 3]
                octets[24] = 0
                octets[25] = 0
                octets[26] = UInt8(octets.count >> 8)
                octets[27] = UInt8(octets.count & 255)
                if round % 4 == 0 { for place in 8..<16 { octets[place] = 0 } }
            }
            let from = round % 3 == 0 ? Endpoint(world.westAddress, 500) : stranger
            world.run(world.east) {
                $0.receive(
                    octets.span, from: from, to: Endpoint(world.eastAddress, 500), now: world.now,
                    random: world.east.random, &$1)
            }
        }
        #expect(world.isTunnelUp)
        #expect(world.east.lost.isEmpty)
        #expect(world.east.engine.status(now: world.now).count == 2)
        #expect(world.east.said.count < 30, "what strangers make us say is bounded")
        #expect(world.sent.count < 60, "what strangers make us send is bounded")
    }

    /// A flood of first messages fills the table of half-open exchanges and no more, and an established tunnel stays.
    @Test func floodOfFirstMessages() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 1)
        let first = world.sent[0]
        let random = SeededRandom(seed: 99)
        for _ in 0..<1000 {
            var octets = first.octets
            let cookie = random.bytes(8)
            for place in 0..<8 { octets[place] = cookie[place] }
            world.deliver(Datagram(octets: octets, from: first.from, to: first.to, number: 0, arrives: 0))
        }
        // All seem to come from one address: they get its share.
        #expect(world.east.engine.status(now: world.now).count == 2 + Limits.halfOpen / Limits.halfOpenShare)
        #expect(world.east.engine.counters.overLimit == UInt64(1000 - Limits.halfOpen / Limits.halfOpenShare))
        #expect(world.isTunnelUp)
        world.treatment = { _ in [] }
        world.run(seconds: 60)
        #expect(world.east.engine.status(now: world.now).count == 2, "half-open exchanges are given up")
    }

    /// Ten forged first messages come between any two genuine ones: the newcomer gets in all the same.
    @Test func newcomerInAFlood() {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = 3 }
        let random = SeededRandom(seed: 7)
        var first: [UInt8]?
        world.treatment = { datagram in
            first = first ?? datagram.octets
            return (0..<10).map { _ in
                var forged = datagram
                forged.octets = random.bytes(8) + first![8...]
                forged.from = Endpoint(world.westAddress, 500)
                forged.to = Endpoint(world.eastAddress, 500)
                return forged
            } + [datagram]
        }
        // What east answers to forged ones goes nowhere and is not multiplied.
        let treat = world.treatment
        world.treatment = { $0.from.address == world.westAddress ? treat($0) : [$0] }
        world.initiate(world.west)
        for _ in 0..<30 where !world.isTunnelUp {
            for _ in 0..<20 {
                world.deliver(treat(world.sent[0])[0])
            }
            world.run(seconds: 1)
        }
        #expect(world.isTunnelUp)
    }

    /// A Diffie-Hellman value that is none costs us one exchange: the half-open SA is gone.
    @Test func badPublicValueEndsTheExchange() {
        let world = Simulation()
        world.add()
        world.treatment = { datagram in
            guard datagram.number == 2 else { return datagram.number < 3 ? [datagram] : [] }
            // The KE payload comes first: Curve25519's 32 octets of zeros.
            var bad = datagram
            for place in 32..<64 { bad.octets[place] = 0 }
            return [bad, bad, bad]
        }
        world.initiate(world.west)
        world.run(until: world.now + Simulation.second / 2)
        #expect(world.east.engine.counters.malformed == 1)
        #expect(world.east.engine.status(now: world.now).isEmpty)
    }

    /// Our own messages, sent back to us by a stranger at another address: the keys are the same both ways, and nothing
    /// of it may be believed, least of all that the peer moved.
    @Test func reflection() {
        let world = Simulation()
        let stranger = Address("192.0.2.66")!
        world.add { policy, side in
            policy.forceEncapsulation = true
            if side === world.east { policy.remote = nil }
        }
        world.initiate(world.west)
        world.run(seconds: 5)
        world.run(world.east) { $0.terminate(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
        world.run(seconds: 1)
        world.initiate(world.west)
        world.run(seconds: 120)
        #expect(world.isTunnelUp)
        let (west, east) = (world.west.codes.count, world.east.codes.count)
        for datagram in world.sent {
            world.deliver(
                Datagram(octets: datagram.octets, from: Endpoint(stranger, 4500), to: datagram.from, number: 0, arrives: 0))
            world.deliver(
                Datagram(octets: datagram.octets, from: Endpoint(stranger, 4500), to: datagram.to, number: 0, arrives: 0))
        }
        world.run(seconds: 5)
        #expect(world.isTunnelUp)
        // Only lines about unauthenticated messages.
        #expect(
            (world.west.codes[west...] + world.east.codes[east...]).allSatisfy { $0 == .unauthenticated },
            "\(world.west.said) \(world.east.said)")
    }

    /// Errors, deletions and INITIAL-CONTACT in clear change nothing.
    @Test func unprotectedInformational() {
        let world = Simulation()
        world.add()
        world.treatment = { datagram in
            var forged: [Datagram] = []
            for type in [14, 16, 18, 24] as [UInt8] {
                var copy = datagram
                copy.octets = Array(datagram.octets[0..<16]) + [11, 0x10, 5, 0, 1, 2, 3, 4, 0, 0, 0, 40]
                copy.octets += [0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, type]
                forged.append(copy)
            }
            var deletion = datagram
            deletion.octets = Array(datagram.octets[0..<16]) + [12, 0x10, 5, 0, 1, 2, 3, 4, 0, 0, 0, 56]
            deletion.octets += [0, 0, 0, 28, 0, 0, 0, 1, 1, 16, 0, 1] + Array(datagram.octets[0..<16])
            return forged + [deletion, datagram]
        }
        world.initiate(world.west)
        world.run(seconds: 30)
        expectTunnel(world, "hints")
    }

    /// The answers that we give to strangers are no longer than what they sent.
    @Test func noAmplification() {
        let world = Simulation()
        world.add { policy, side in
            if side === world.east { policy.ikeSuites = [IKESuite(.aesCBC256, .sha512, .ecp521)] }
        }
        world.initiate(world.west)
        world.run(seconds: 31)
        let asked = world.sent.filter { $0.from.address == world.westAddress }.map { $0.octets.count }.max()!
        #expect(world.sent.allSatisfy { $0.octets.count <= asked })
    }
}
