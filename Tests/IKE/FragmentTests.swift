import Crypto
import TestSupport
import Testing
import Vectors
import Wire

@testable import IKE

/// IKE fragmentation: how we send, what we take, and what nobody can make us keep.
@Suite struct FragmentTests {
    /// Two gateways with certificates, whose MI3 and MR3 have some 2,000 octets.
    private func world(
        _ west: Address = Address("192.0.2.1")!, _ east: Address = Address("192.0.2.2")!,
        _ change: @escaping (inout Policy, Side) -> Void = { _, _ in }
    ) -> Simulation {
        let world = Simulation(west: west, east: east)
        let ids = [SignatureTests.name("C=DE, O=Example, CN=west"), SignatureTests.name("C=DE, O=Example, CN=east")]
        world.west.engine.wallTime = SignatureTests.now
        world.east.engine.wallTime = SignatureTests.now
        world.add { policy, side in
            let isWest = side === world.west
            policy.presharedKey = nil
            policy.rsa =
                isWest
                ? SignatureTests.x509(SignatureTests.westKey, [Certificates.west, Certificates.middle], send: .always)
                : SignatureTests.x509(SignatureTests.eastKey, [Certificates.east, Certificates.middle], send: .always)
            (policy.localID, policy.remoteID) = isWest ? (ids[0], ids[1]) : (ids[1], ids[0])
            change(&policy, side)
        }
        return world
    }

    private func isFragment(_ datagram: Datagram) -> Bool { datagram.octets[16] == 132 }

    /// As another implementation would send it: `message` in pieces of `size`, with header fields of its own.
    private func pieces(
        _ datagram: Datagram, size: Int, id: UInt16 = 1, exchange: UInt8? = nil, flags: UInt8 = 0, messageID: UInt8? = nil
    )
        -> [Datagram]
    {
        Fragment.cut(datagram.octets, id: id, size: size).map { octets in
            var copy = datagram
            copy.octets = octets
            if let exchange { copy.octets[18] = exchange }
            copy.octets[19] = flags
            if let messageID { for place in 20..<24 { copy.octets[place] = messageID } }
            return copy
        }
    }

    // MARK: Format

    /// Two fragments that charon 5.9.8 sent of one message (`fragmentation=force`, `fragment_size=300`).
    @Test func asCharonWritesThem() throws {
        var message: [UInt8] = [
            0x4b, 0x2a, 0x98, 0x7a, 0x77, 0x4a, 0x5f, 0x98, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0x1c,
        ]
        message += (28..<284).map { UInt8(truncatingIfNeeded: $0) }
        let sent = Fragment.cut(message, id: 1, size: 236)
        let heads: [[UInt8]] = [
            message[0..<16] + [0x84, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0, 0, 0, 0xf4, 0, 1, 1, 0],
            message[0..<16] + [0x84, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x54, 0, 0, 0, 0x38, 0, 1, 2, 1],
        ]
        #expect(sent.map { $0.count } == [272, 84] && sent.map { Array($0[0..<36]) } == heads)
        let read = try sent.map { try Fragment($0.span) }
        #expect(read.map { $0.number } == [1, 2] && read.map { $0.isLast } == [false, true] && read.map { $0.id } == [1, 1])
        #expect(read[0].data + read[1].data == message)
    }

    @Test func whoAnnounces() {
        let hash = Array(VendorID.fragmentation.prefix(16))
        for (id, takes) in [
            (hash, true), (hash + [0x80, 0, 0, 0], true), (hash + [0xc0, 0, 0, 0], true), (hash + [0x40, 0, 0, 0], false),
            (hash + [1], true),
            (Array(hash.prefix(15)), false), ([], false),
        ] { #expect(VendorID.announcesFragmentation([id]) == takes, "\(id)") }
        let windows: [UInt8] = [0x1e, 0x2b, 0x51, 0x69, 5, 0x99, 0x1c, 0x7d, 0x7c, 0x96, 0xfc, 0xbf, 0xb5, 0x87, 0xe4, 0x61, 0, 0, 0, 9]
        #expect(VendorID.isWindows([hash, windows]) && !VendorID.isWindows([hash]))
    }

    // MARK: Sending

    /// No datagram is longer than the size, with each IP version and by port 4500, and every long message goes in fragments at once.
    @Test func longMessagesGoInFragments() {
        for (west, east, isForced, size, most) in [
            ("192.0.2.1", "192.0.2.2", false, 0, 548), ("192.0.2.1", "192.0.2.2", true, 0, 544),
            ("2001:db8::1", "2001:db8::2", false, 0, 1232),
            ("192.0.2.1", "192.0.2.2", false, 1000, 972),
        ] {
            let world = world(Address(west)!, Address(east)!) { policy, _ in
                policy.forceEncapsulation = isForced
                policy.fragmentSize = UInt16(size)
            }
            world.initiate(world.west)
            world.run(seconds: 1)
            #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
            #expect(world.sent.allSatisfy { $0.octets.count <= most } && world.sent.contains { $0.octets.count == most })
            let fragments = world.sent.filter(isFragment)
            #expect(fragments.contains { $0.from.address == Address(west)! } && fragments.contains { $0.from.address == Address(east)! })
            #expect(fragments.allSatisfy { $0.octets[19] == 0 && $0.octets[18] == 2 })
        }
    }

    /// The path drops what is longer than 548 octets: up if both allow it, and the reason is told if not: each
    /// reason is tested as a sentence.
    @Test func whatEachSettingDoes() {
        let settings: [(Fragmentation, Fragmentation, isUp: Bool, fromWest: Bool, reason: String)] = [
            (.yes, .yes, true, true, ""), (.force, .no, false, true, ""), (.no, .yes, false, false, "allows no IKE fragments"),
            (.yes, .no, false, false, "does not announce IKE fragmentation"), (.accept, .yes, false, false, "allows no IKE fragments"),
            (.yes, .accept, false, true, ""), (.force, .force, true, true, ""), (.no, .force, false, false, ""),
        ]
        for (west, east, isUp, fromWest, reason) in settings {
            let world = world { policy, side in policy.fragmentation = side.name == "west" ? west : east }
            world.treatment = { $0.octets.count > 548 ? [] : [$0] }
            world.initiate(world.west)
            world.run(seconds: 60)
            #expect(world.isTunnelUp == isUp, "\(west) \(east): \(world.west.said)")
            #expect(world.sent.contains { self.isFragment($0) && $0.from.address == world.westAddress } == fromWest, "\(west) \(east)")
            if !isUp { #expect(reason.isEmpty || world.west.failures.first?.reason.contains(reason) ?? false, "\(world.west.failures)") }
        }
    }

    /// Windows reassembles no message but one with a certificate.
    @Test func nothingElseGoesToWindowsInFragments() {
        for (isWindows, count) in [(false, 3), (true, 0)] {
            let sa = ISAKMPSA(
                serial: 1, isInitiator: true, SharedPolicy(.example(local: Address("192.0.2.1")!, remote: Address("192.0.2.2")!, id: 1)),
                local: Endpoint(Address("192.0.2.1")!, 500), peer: Endpoint(Address("192.0.2.2")!, 500), cookie: 1, .mainI4, now: 0,
                expires: .max)
            sa.peerTakesFragments = true
            sa.isWindows = isWindows
            sa.method = .rsaSignatures
            for (exchange, pieces) in [(UInt8(2), 3), (32, count)] {
                var message = [UInt8](repeating: 7, count: 1500)
                (message[18], message[19]) = (exchange, 1)
                var context = EngineContext(now: 0, random: SeededRandom(seed: 1))
                sa.send(message, &context)
                #expect(context.actions.count == max(pieces, 1))
            }
        }
    }

    /// libreswan takes 16 fragments: longer messages have longer ones. The same message has the same ID again.
    @Test func sixteenFragmentsAtMost() {
        let sa = ISAKMPSA(
            serial: 1, isInitiator: true, SharedPolicy(.example(local: Address("192.0.2.1")!, remote: Address("192.0.2.2")!, id: 1)),
            local: Endpoint(Address("192.0.2.1")!, 500), peer: Endpoint(Address("192.0.2.2")!, 500), cookie: 1, .mainI3, now: 0,
            expires: .max)
        sa.peerTakesFragments = true
        var ids: [UInt16] = []
        for (length, count) in [(548, 1), (549, 2), (8192, 16), (8193, 16), (19_000, 16), (20_000, 1), (20_000, 1), (8193, 16), (8193, 16)]
        {
            var context = EngineContext(now: 0, random: SeededRandom(seed: 1))
            sa.send((0..<length).map { UInt8(truncatingIfNeeded: $0 &* length) }, &context)
            #expect(context.actions.count == count, "\(length)")
            if count > 1, case .send(let octets, _, _) = context.actions[0] { ids.append((try? Fragment(octets.span))?.id ?? 0) }
        }
        #expect(ids == [1, 2, 3, 4, 5, 5])
    }

    // MARK: Receiving

    @Test func lostFragmentsComeAgain() {
        for place in 1...4 {
            let world = world()
            var dropped = 0
            world.treatment = {
                guard self.isFragment($0), $0.octets[34] == place, dropped < 2 else { return [$0] }
                dropped += 1
                return []
            }
            world.initiate(world.west)
            world.run(seconds: 12)
            #expect(world.isTunnelUp && dropped > 0, "\(place): \(world.west.said)")
        }
    }

    @Test func reorderedAndRepeatedFragments() {
        let world = world()
        var late: [Datagram] = []
        world.treatment = {
            guard self.isFragment($0) else { return [$0] }
            late.append($0)
            guard $0.octets[35] == 1 else { return [] }
            defer { late = [] }
            return late.reversed().flatMap { [$0, $0, $0] }
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp && world.west.established.count == 1 && world.east.established.count == 1)
        world.run(seconds: 31)
        #expect(world.west.engine.reassembly.isEmpty && world.east.engine.reassembly.isEmpty)
    }

    /// Forged fragments with the right cookies delay Main Mode by one retransmission.
    @Test func forgedFragments() {
        let world = world()
        var forged = 0
        world.treatment = {
            guard self.isFragment($0), $0.octets[34] == 2, forged < 2 else { return [$0] }
            forged += 1
            var other = $0
            other.octets[60] ^= 1
            other.arrives -= 1
            return [other, $0]
        }
        world.initiate(world.west)
        world.run(seconds: 10)
        #expect(world.isTunnelUp && forged == 2)
    }

    /// Every message from Quick Mode on and MI3, as strongSwan, racoon, libreswan, Windows and Apple cut them.
    @Test func habitsOfPeers() {
        for (name, cut) in [
            ("strongSwan", { self.pieces($0, size: 64, exchange: 2, messageID: 0) }), ("racoon", { self.pieces($0, size: 64, flags: 1) }),
            ("libreswan", { self.pieces($0, size: 64) }), ("Windows", { self.pieces($0, size: 64, id: UInt16($0.number + 7)) }),
            ("an ID of 0", { self.pieces($0, size: 64, id: 0) }), ("the highest ID", { self.pieces($0, size: 64, id: .max) }),
        ] as [(String, (Datagram) -> [Datagram])] {
            for setting in [Fragmentation.yes, .accept, .no] {
                let world = Simulation()
                world.add { policy, side in policy.fragmentation = side === world.west ? .no : setting }
                // West did not announce anything: so does Apple.
                world.treatment = { $0.from.address == world.westAddress && $0.octets[19] & 1 == 1 ? cut($0) : [$0] }
                world.initiate(world.west)
                world.run(seconds: 20)
                #expect(world.isTunnelUp == (setting != .no), "\(name), \(setting): \(world.east.said)")
                #expect(world.east.established.count == (setting == .no ? 0 : 1))
            }
        }
    }

    /// MI3 in fragments chooses a conn with `fragmentation=no`, and MR3 is lost: MI3 is still taken in fragments when it is repeated.
    @Test func connChosenByID() {
        let world = world()
        world.add(
            { policy, side in
                policy.localID = .fqdn(side === world.west ? "west" : "east")
                policy.remoteID = .fqdn(side === world.west ? "east" : "west")
                policy.fragmentation = .no
                policy.keyingTries = 1
            }, id: 2)
        for side in [world.west, world.east] {
            let first = side.engine.connections[0].policy
            var second = side.engine.connections[1].policy
            (second.presharedKey, second.rsa, second.ikeSuites) = (nil, first.rsa, first.ikeSuites)
            (second.localID, second.remoteID) = (first.localID, first.remoteID)
            side.engine.add(second)
        }
        var other = world.east.engine.connections[0].policy
        other.remoteID = .fqdn("other")
        world.east.engine.add(other)
        var lost = 0
        world.treatment = {
            guard $0.from.address == world.eastAddress, $0.octets[18] == 2, $0.octets[19] & 1 == 1, lost < 1 else { return [$0] }
            lost += 1
            return []
        }
        world.initiate(world.west)
        world.run(seconds: 20)
        #expect(lost == 1 && world.east.engine.isakmpSAs.last?.policy.id == ConnectionID(2))
        #expect(world.west.engine.isakmpSAs.contains { $0.isEstablished })
    }

    /// Windows' first transmission is whole, and lost; the message comes in fragments after that, and then whole once more.
    @Test func wholeFirstThenInFragments() {
        let world = world { policy, side in policy.fragmentation = side.name == "west" ? .no : .yes }
        var sends = 0
        world.treatment = {
            guard $0.from.address == world.westAddress, $0.octets.count > 1000 else { return [$0] }
            sends += 1
            return sends == 1 ? [] : self.pieces($0, size: 508, id: UInt16(sends)) + [$0]
        }
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.isTunnelUp && sends == 2 && world.east.engine.counters.repeated == 1)
    }

    /// Wrong fragments on a half-open and on an established ISAKMP SA: counted, never answered, nothing kept.
    @Test func wrongFragments() {
        let world = Simulation()
        world.add()
        var last: Datagram?
        world.treatment = {
            if $0.from.address == world.westAddress, $0.octets[19] & 1 == 1 { last = $0 }
            return [$0]
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        guard let whole = last else { return #expect(Bool(false)) }
        let good = pieces(whole, size: 40)[0].octets
        func changed(_ place: Int, _ value: UInt8) -> [UInt8] {
            var octets = good
            octets[place] = value
            return octets
        }
        var second = good
        second[28] = 13
        let nested: [UInt8] = Fragment.cut(good, id: 9, size: 4000)[0]
        let bad: [[UInt8]] = [
            changed(34, 0), changed(34, 33), changed(31, 8), changed(31, 0), changed(30, 0xff), changed(31, good[31] - 1), second, nested,
            changed(8, good[8] ^ 1), Array(good[0..<36]), Array(good[0..<30]),
            good.enumerated().map { (8..<16).contains($0.offset) ? 0 : $0.element },
        ]
        let before = world.sent.count
        let counters = world.east.engine.counters
        for octets in bad {
            var datagram = whole
            datagram.octets = octets
            if octets.count >= 28 {
                for place in 24..<28 { datagram.octets[place] = UInt8(truncatingIfNeeded: octets.count >> (8 * (27 - place))) }
            }
            world.deliver(datagram)
        }
        // From another port, and from another address.
        for from in [Endpoint(whole.from.address, 501), Endpoint(Address("192.0.2.77")!, 500)] {
            var datagram = whole
            (datagram.octets, datagram.from) = (good, from)
            world.deliver(datagram)
        }
        #expect(world.sent.count == before && world.east.engine.reassembly.isEmpty && world.isTunnelUp)
        let after = world.east.engine.counters
        #expect(after.malformed - counters.malformed == 10 && after.unknownCookies - counters.unknownCookies == 2)
        #expect(after.unauthenticated - counters.unauthenticated == 2)
        // One of a set waits half a minute.
        var datagram = whole
        datagram.octets = good
        world.deliver(datagram)
        #expect(!world.east.engine.reassembly.isEmpty)
        world.run(seconds: 29)
        #expect(!world.east.engine.reassembly.isEmpty)
        world.run(seconds: 2)
        #expect(world.east.engine.reassembly.isEmpty && world.sent.count == before)
    }

    /// A message too long to be read, in 17 pieces: dropped, and one line says so.
    @Test func tooLong() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 1)
        guard var datagram = world.sent.last(where: { $0.from.address == world.westAddress }) else { return #expect(Bool(false)) }
        datagram.octets = Array(datagram.octets[0..<28]) + [UInt8](repeating: 0, count: 8193 - 28)
        let (lines, refused) = (world.east.codes.count, world.east.engine.counters.overLimit)
        for piece in pieces(datagram, size: 482) { world.deliver(piece) }
        #expect(world.east.codes[lines...] == [.unauthenticated] && world.east.engine.counters.overLimit > refused, "\(world.east.said)")
        #expect(world.east.engine.reassembly.isEmpty && world.isTunnelUp)
    }

    /// Nothing is kept of an exchange that is over.
    @Test func nothingStaysOfAnEndedExchange() {
        let world = world()
        world.treatment = { self.isFragment($0) && $0.octets[35] == 1 ? [] : [$0] }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(!world.east.engine.reassembly.isEmpty)
        world.run(world.east) { $0.forget(ConnectionID(1), now: world.now, random: world.east.random, &$1) }
        world.run(seconds: 1)
        #expect(world.east.engine.reassembly.isEmpty)
    }

    // MARK: Bounds

    private func stranger(_ number: Int) -> ISAKMPSA {
        let peer = Endpoint(Address(ipv4: 0x0a00_0000 + UInt32(number)), 500)
        return ISAKMPSA(
            serial: UInt64(number), isInitiator: false, SharedPolicy(.example(local: Address("192.0.2.1")!, remote: nil, id: 1)),
            local: Endpoint(Address("192.0.2.1")!, 500), peer: peer, cookie: UInt64(number), .mainR2, now: 0, expires: .max)
    }

    private func fragment(_ number: Int, _ count: Int = 500, isLast: Bool = false) -> Fragment {
        let head: [UInt8] =
            [UInt8](repeating: 1, count: 28) + [0, 0, UInt8((count + 8) >> 8), UInt8((count + 8) & 255), 0, 1, UInt8(number)]
        return try! Fragment((head + [isLast ? 1 : 0] + [UInt8](repeating: UInt8(number), count: count)).span)
    }

    /// Five hundred strangers, each with the most that he may send, take three quarters of the room at most, and a known peer's
    /// fragments stay.
    @Test func strangersHaveAShare() {
        var reassembly = Reassembly()
        let room = Limits.fragmentOctets
        let known = stranger(0)
        func add(_ fragment: Fragment, _ sa: ISAKMPSA, _ isStranger: Bool) -> Reassembly.Outcome {
            reassembly.add(fragment, of: sa, 1, from: sa.peer, isStranger: isStranger, room: room, now: 1)
        }
        _ = add(fragment(1), known, false)
        _ = add(fragment(2), known, false)
        for number in 1...500 {
            let sa = stranger(number)
            for piece in 1...16 { _ = add(fragment(piece), sa, true) }
            #expect(reassembly.octets <= room)
        }
        guard case .complete(let message, 3) = add(fragment(3, isLast: true), known, false) else { return #expect(Bool(false)) }
        #expect(message.count == 1500 && message[0] == 1 && message[1499] == 3)
        // One source has a few sets only.
        reassembly = Reassembly()
        for _ in 1...20 { _ = add(fragment(1, 1), stranger(7), true) }
        #expect(reassembly.octets <= Limits.fragmentSetsPerSource * (Limits.fragmentSetCost + Limits.fragmentCost + 1))
    }

    /// Contradictions drop the set, and a new one begins with the newcomer.
    @Test func contradictions() {
        let sa = stranger(1)
        for (first, second, isComplete) in [
            (fragment(2, isLast: true), fragment(3, isLast: true), false), (fragment(2, isLast: true), fragment(3), false),
            (fragment(3), fragment(2, isLast: true), true), (fragment(3, isLast: true), fragment(3, 499, isLast: true), false),
            (fragment(2), fragment(2, isLast: true), true),
            (fragment(2, isLast: true), fragment(2), false), (fragment(2, isLast: true), fragment(2, isLast: true), true),
        ] {
            var reassembly = Reassembly()
            func add(_ fragment: Fragment) -> Reassembly.Outcome {
                reassembly.add(fragment, of: sa, 1, from: sa.peer, isStranger: true, room: Limits.fragmentOctets, now: 1)
            }
            _ = add(first)
            _ = add(second)
            var completes = false
            if case .complete = add(fragment(1)) { completes = true }
            #expect(completes == isComplete, "\(first.number) \(second.number)")
        }
        var reassembly = Reassembly()
        for number in (2...32).reversed() {
            guard
                case .waiting = reassembly.add(
                    fragment(number, 1, isLast: number == 32), of: sa, 1, from: sa.peer, isStranger: true, room: Limits.fragmentOctets,
                    now: 1)
            else { return #expect(Bool(false)) }
        }
        guard
            case .complete(let message, 32) = reassembly.add(
                fragment(1, 1), of: sa, 1, from: sa.peer, isStranger: true, room: Limits.fragmentOctets, now: 1)
        else { return #expect(Bool(false)) }
        #expect(message == (1...32).map { UInt8($0) } && reassembly.isEmpty)
    }

    /// Main Mode with certificates in bad weather: loss, repeats and disorder.
    @Test func badWeather() {
        for seed in 1...12 as ClosedRange<UInt64> {
            var dice = Dice(seed)
            let world = world { policy, _ in policy.keyingTries = 0 }
            world.treatment = { datagram in
                if dice.roll(100) < 10 { return [] }
                return (0...dice.roll(2)).map { _ in
                    var copy = datagram
                    copy.arrives += UInt64(dice.roll(40)) * 1_000_000
                    return copy
                }
            }
            world.initiate(world.west)
            world.run(seconds: 200)
            #expect(world.carries, "\(seed): \(world.west.said)")
            world.run(seconds: 31)
            #expect(world.west.engine.reassembly.isEmpty && world.east.engine.reassembly.isEmpty)
        }
    }
}
