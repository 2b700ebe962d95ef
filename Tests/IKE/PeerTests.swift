import Crypto
import Testing
import Wire

@testable import IKE

/// Behaviour of other implementations, as seen on the wire: strongSwan's refusals, racoon's late installs and reserved octets.
@Suite struct PeerTests {
    /// Sends payloads from `side` within its newest ISAKMP SA.
    private func inform(_ world: Simulation, _ side: Side, _ payloads: [OutgoingPayload]) {
        world.run(side) { engine, actions in
            var context = EngineContext(now: world.now, random: side.random)
            if let sa = engine.isakmpSAs.last { engine.inform(sa, payloads, &context) }
            actions += context.actions
        }
    }

    private func refusal(_ type: NotifyType, spi: UInt32 = 0) -> [OutgoingPayload] {
        [Notification(type, .esp, spi: octets(spi: spi)).payload]
    }

    /// Conn 1 that both ends have, and further ones that only west has. All of them begin at the same addresses.
    private func world(strangers: [UInt32], tries: UInt32 = 1) -> Simulation {
        let world = Simulation()
        world.add { policy, _ in policy.keyingTries = tries }
        for id in strangers {
            var policy = Policy.example(local: world.westAddress, remote: world.eastAddress, id: id)
            policy.localSelector = Selector(Subnet(Address("10.0.1.0")!, prefix: 24))
            policy.remoteSelector = Selector(Subnet(Address("10.0.\(100 + id).0")!, prefix: 24))
            policy.keyingTries = tries
            world.west.engine.add(policy)
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        return world
    }

    private func isakmpSerials(_ world: Simulation, _ side: Side) -> [UInt64] {
        side.engine.status(now: world.now).filter { !$0.isPhase2 && $0.isEstablished }.map { $0.serial }
    }

    /// West's Quick Mode for another conn gets no answer: the ISAKMP SA stays while it carries a pair, and the next attempt
    /// has one of its own, after which the old one ends.
    @Test func anUnansweredQuickModeEndsNoISAKMPSA() {
        let world = world(strangers: [2])
        let pair = world.west.inbound[0].spi
        world.treatment = { $0.octets[18] == 32 ? [] : [$0] }
        world.initiate(world.west, 2)
        world.run(seconds: 60)
        #expect(world.west.failures.map { $0.id } == [ConnectionID(2)])
        #expect(isakmpSerials(world, world.east) == [1] && isakmpSerials(world, world.west) == [1])
        #expect(world.isTunnelUp && world.west.lost.isEmpty)
        world.treatment = { [$0] }
        world.initiate(world.west, 2)
        world.run(seconds: 5)
        // Two of them on each side: the new one is established before the old one ends.
        #expect(isakmpSerials(world, world.east).count == 2 && isakmpSerials(world, world.west).count == 2)
        world.run(seconds: 60)
        #expect(isakmpSerials(world, world.east).count == 1 && isakmpSerials(world, world.west).count == 1)
        #expect(!isakmpSerials(world, world.east).contains(1))
        #expect(world.isTunnelUp && world.west.lost.isEmpty && world.east.lost.isEmpty && world.west.inbound[0].spi == pair)
    }

    /// The peer refuses repeatedly what only one conn asks for: nothing is replaced for it.
    @Test func refusalsEndNoISAKMPSA() {
        let world = world(strangers: [2], tries: 0)
        world.initiate(world.west, 2)
        world.run(seconds: 600)
        #expect(world.west.failures.count > 5)
        #expect(isakmpSerials(world, world.east) == [1])
        #expect(world.isTunnelUp && world.west.lost.isEmpty && world.east.lost.isEmpty)
    }

    /// An ISAKMP SA within which nothing was ever agreed is not kept for more than three refusals (Main Mode's NAT-D may have been
    /// damaged).
    @Test func anISAKMPSAThatNeverServedIsReplaced() {
        let world = Simulation()
        world.add { policy, side in
            policy.keyingTries = 0
            if side === world.east { policy.localSelector = Selector(Subnet(Address("10.0.9.0")!, prefix: 24)) }
        }
        world.initiate(world.west)
        world.run(seconds: 300)
        #expect(!isakmpSerials(world, world.east).contains(1))
        #expect(world.west.failures.count > 3)
    }

    /// strongSwan refuses with an SPI of four zeros: at once, under the conn that asked.
    @Test func aRefusalWithSPIZero() {
        let world = world(strangers: [2])
        world.treatment = { $0.octets[18] == 32 ? [] : [$0] }
        world.initiate(world.west, 2)
        inform(world, world.east, refusal(.noProposalChosen))
        world.run(seconds: 1)
        #expect(world.west.failures.map { $0.id } == [ConnectionID(2)])
        #expect(world.west.failures.count > 0 && world.west.saw(.noProposalChosen))
        #expect(world.isTunnelUp)
    }

    /// Of two exchanges under way one is answered and one refused without a name: the refused one is the other.
    @Test(arguments: [UInt32(2), 3]) func aRefusalAmongTwo(_ refused: UInt32) {
        let world = world(strangers: [2, 3])
        let other = 5 - refused
        var policy = Policy.example(local: world.eastAddress, remote: world.westAddress, id: other)
        policy.localSelector = Selector(Subnet(Address("10.0.\(100 + other).0")!, prefix: 24))
        policy.remoteSelector = Selector(Subnet(Address("10.0.1.0")!, prefix: 24))
        world.east.engine.add(policy)
        // East's own refusal, which names the SPI, is lost; the nameless one comes before the other exchange's answer.
        let isOurs = { (datagram: Datagram) in datagram.octets[18] == 5 && datagram.from.address == world.eastAddress }
        world.initiate(world.west, 2)
        world.initiate(world.west, 3)
        inform(world, world.east, refusal(.invalidIDInformation))
        world.treatment = { isOurs($0) ? [] : [$0] }
        world.run(seconds: 1)
        #expect(world.west.failures.map { $0.id } == [ConnectionID(refused)])
        #expect(world.west.established.contains(ConnectionID(other)))
        #expect(isakmpSerials(world, world.west) == [1])
    }

    /// One that names a pair, or nothing that is under way, ends nothing.
    @Test func aRefusalOfNothing() {
        let world = world(strangers: [2])
        inform(world, world.east, refusal(.noProposalChosen))
        inform(world, world.east, refusal(.noProposalChosen, spi: world.west.inbound[0].spi))
        world.run(seconds: 1)
        world.treatment = { $0.octets[18] == 32 ? [] : [$0] }
        world.initiate(world.west, 2)
        inform(world, world.east, refusal(.noProposalChosen, spi: world.west.inbound[0].spi))
        world.run(seconds: 3)
        #expect(world.west.failures.isEmpty && world.isTunnelUp)
    }

    /// A lifetime that racoon refuses (`proposal_check strict`) is among the causes that the sentence names, with ours.
    @Test func aLifetimeRefused() {
        let world = world(strangers: [2])
        world.treatment = { $0.octets[18] == 32 ? [] : [$0] }
        world.initiate(world.west, 2)
        inform(world, world.east, refusal(.noProposalChosen))
        world.run(seconds: 1)
        #expect(world.west.failures.first?.reason.contains("28800 s (keylife=)") ?? false, "\(world.west.failures)")

        let other = Simulation()
        other.add { policy, side in if side === other.east { policy.ikeSuites = [IKESuite(.aesCBC256, .sha512, .ecp521)] } }
        other.initiate(other.west)
        other.run(seconds: 60)
        #expect(other.west.failures.first?.reason.contains("3600 s (ikelifetime=)") ?? false, "\(other.west.failures)")
    }

    // MARK: PFS

    /// The peer chooses our second suite, and takes no other group than that in Quick Mode: also when we rekey, or rekey an ISAKMP
    /// SA that the peer began.
    @Test(arguments: [true, false]) func theGroupOfPFSIsTheISAKMPSAs(_ byWest: Bool) {
        let world = Simulation()
        world.add { policy, side in
            policy.espLifetime = 600
            policy.rekeyPolicy.rekeyMargin = 60
            policy.rekeyPolicy.rekeys = side === world.west
            policy.keyingTries = 0
            guard side === world.west else { return }
            policy.ikeSuites = [IKESuite(.aesCBC128, .sha256, .ecp256), IKESuite(.aesCBC128, .sha256, .curve25519)]
            policy.pfsGroup = .ecp256
            policy.pfsFollowsISAKMP = true
        }
        world.initiate(byWest ? world.west : world.east)
        world.run(seconds: 2)
        #expect(world.isTunnelUp)
        let first = world.west.inbound[0].spi
        world.run(seconds: 700)
        #expect(world.isTunnelUp && world.west.inbound[0].spi != first)
        #expect(world.west.failures.isEmpty && world.west.lost.isEmpty, "\(world.west.failures)")
    }

    /// The group of `pfsgroup=` is not changed.
    @Test func aChosenGroupOfPFSStays() {
        let world = Simulation()
        world.add { policy, side in
            if side === world.west {
                policy.pfsGroup = .ecp256
            } else {
                policy.furtherGroups = [.ecp256]
            }
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.west.said.contains { $0.contains("ecp256") } && world.isTunnelUp)
    }

    // MARK: Rekeying as responder

    /// Packets that came in, as a plane would count them.
    private final class Packets: TrafficCounter {
        var counts: [UInt32: UInt64] = [:]
        override func packets(spi: UInt32, destination: Address) -> UInt64 { counts[spi] ?? 0 }
    }

    /// The first pair carries at once; a later one as soon as the initiator's first packet comes by it, or after a second.
    @Test func theResponderSwitchesLate() {
        let world = Simulation()
        world.add { policy, _ in
            policy.espLifetime = 600
            policy.rekeyPolicy.rekeyMargin = 60
            policy.rekeyPolicy.rekeyFuzz = 0
        }
        let packets = Packets()
        world.east.engine.traffic = packets
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.east.outbound.count == 1)
        for round in 0..<2 {
            for _ in 0..<70_000 where world.east.inbound.count < 2 { world.run(until: world.now + Simulation.second / 100) }
            let new = world.east.inbound.last!.spi
            let began = world.now
            // The last message comes within the next few round trips.
            if round == 1 {
                world.run(until: began + Simulation.second / 4)
                #expect(world.east.outbound.count == 1)
                packets.counts[new] = 1
            }
            for _ in 0..<200 where world.east.outbound.count < 2 { world.run(until: world.now + Simulation.second / 100) }
            let waited = (world.now - began) / (Simulation.second / 100)
            #expect(round == 0 ? 100...105 ~= waited : 25...40 ~= waited, "\(waited)")
            world.run(seconds: 60)
            #expect(world.isTunnelUp)
        }
    }

    /// An initiator that installs late loses nothing, and one that ends the old pair at once neither.
    @Test func anInitiatorThatEndsTheOldPairAtOnce() {
        let world = Simulation()
        world.add { policy, _ in
            policy.espLifetime = 600
            policy.rekeyPolicy.rekeyMargin = 60
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        let old = world.west.inbound[0].spi
        for _ in 0..<70_000 where world.west.inbound.count < 2 { world.run(until: world.now + Simulation.second / 100) }
        inform(world, world.west, [Deletion(.esp, [octets(spi: old)]).payload])
        world.run(until: world.now + Simulation.second / 20)
        #expect(world.east.outbound.map { $0.spi } == [world.west.inbound.last!.spi])
    }

    // MARK: A Delete for only the ISAKMP SA

    /// The pair stays; a later exchange gets a new ISAKMP SA.
    @Test func aDeleteForTheISAKMPSAAlone() {
        let world = Simulation()
        world.add { policy, side in
            policy.espLifetime = 600
            policy.rekeyPolicy.rekeyMargin = 60
            policy.rekeyPolicy.rekeys = side === world.west
            policy.keyingTries = 0
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        let pair = world.west.inbound[0].spi
        let sa = world.east.engine.isakmpSAs[0]
        inform(world, world.east, [Deletion(.isakmp, [sa.cookies]).payload])
        world.run(seconds: 1)
        #expect(isakmpSerials(world, world.west).isEmpty)
        #expect(world.isTunnelUp && world.west.lost.isEmpty)
        world.run(seconds: 650)
        #expect(world.isTunnelUp && world.west.lost.isEmpty && world.west.inbound[0].spi != pair)
    }

    // MARK: Host names

    /// A Main Mode from an address that no connection names: the names are looked up again, so often and no oftener, and the peer
    /// hears no refusal that would have it give up.
    @Test(arguments: [true, false]) func aStrangerMayBeANamedPeer(_ hasNames: Bool) {
        let world = Simulation()
        world.add { policy, side in
            if side === world.east {
                policy.remote = Address("192.0.2.77")
                policy.remoteID = .address(world.westAddress)
            } else {
                policy.keyingTries = 0
            }
        }
        world.east.engine.hasNamedPeers = hasNames
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.east.lookUps == (hasNames ? 1 : 0))
        #expect(world.sent.contains { $0.from.address == world.eastAddress } == !hasNames)
        // A thousand strangers cause no further look-up.
        for number in 0..<1000 {
            var datagram = world.sent[0]
            datagram.octets[7] = UInt8(truncatingIfNeeded: number)
            datagram.octets[6] = UInt8(number >> 8)
            datagram.from = Endpoint(Address(ipv4: 0x0a09_0000 | UInt32(number)), 500)
            world.deliver(datagram)
        }
        #expect(world.east.lookUps <= 2)
        guard hasNames else { return }
        // Now it leads there: the next repetition is answered.
        let sent = world.sent.count
        var policy = Policy.example(local: world.eastAddress, remote: world.westAddress, id: 1)
        policy.localSelector = Selector(Subnet(Address("10.0.2.0")!, prefix: 24))
        policy.remoteSelector = Selector(Subnet(Address("10.0.1.0")!, prefix: 24))
        world.east.engine.add(policy)
        world.run(seconds: 8)
        #expect(world.isTunnelUp && world.east.authenticated == [ConnectionID(1)], "\(world.east.said) \(sent)")
    }

    // MARK: Reserved octets

    /// NAT-OA's three are ignored: racoon writes a port there. So are a transform's two.
    @Test func reservedOctets() throws {
        let address = Address("192.0.2.7")!
        let body: [UInt8] = [1, 0, 0x01, 0xf4, 192, 0, 2, 7]
        #expect(try NATDetection.originalAddress(body.span) == address)
        let wide: [UInt8] = [5, 17, 0x11, 0x94] + Address("2001:db8::7")!.octets
        #expect(try NATDetection.originalAddress(wide.span) == Address("2001:db8::7")!)
        // Another type, and a length that is no address's.
        for wrong in [[UInt8](arrayLiteral: 4, 0, 0, 0, 192, 0, 2, 7), [1, 0, 0, 0, 192, 0, 2], [5, 0, 0, 0, 192, 0, 2, 7]] {
            #expect(throws: WireError.self) { try NATDetection.originalAddress(wrong.span) }
        }
        let transform: [UInt8] = [1, 12, 0xab, 0xcd, 0x80, 6, 0, 128]
        #expect(try Transform(transform.span).attributes == [Attribute(6, 128)])
        // A port of no protocol.
        let id: [UInt8] = [1, 0, 0x01, 0xf4, 192, 0, 2, 7]
        #expect(try IdentificationPayload(id.span).selector == Selector(Subnet(host: address)))
        // The generic header's has to be zero.
        let chain = [UInt8](repeating: 0, count: Header.length) + [0, 1, 0, 8, 1, 2, 3, 4]
        #expect(throws: WireError.self) { try PayloadChain(chain.span, first: .nonce, padded: false) }
    }

    /// A Quick Mode message as racoon's in transport mode behind a NAT, and one with an authenticated and senseless payload.
    @Test(arguments: [true, false]) func racoonsOriginalAddresses(_ isSound: Bool) {
        let world = Simulation()
        world.add { policy, side in
            policy.mode = .transport
            policy.forceEncapsulation = true
            policy.localSelector = Selector(Subnet(host: world.address(side)))
            policy.remoteSelector = Selector(Subnet(host: world.address(side === world.west ? world.east : world.west)))
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        world.run(world.west) { engine, actions in
            let policy = engine.connections[0].policy
            let exchange = QuickMode(
                serial: 99, isInitiator: true, messageID: 0x1234_5678, engine.isakmpSAs[0], engine.connections[0].sharedPolicy, token: 99,
                localSelector: policy.localSelector, remoteSelector: policy.remoteSelector, .quickI1, expires: .max)
            let mode = EncapsulationMode(.transport, .rfc)
            let offer = SAPayload([
                Proposal(
                    number: 1, .esp, spi: octets(spi: 0x0bad_cafe),
                    [Phase2Transform(policy.espSuites[0], lifetime: 3600, group: nil, encapsulation: mode).transform(number: 1)])
            ])
            let ids = [exchange.localSelector, exchange.remoteSelector].map {
                OutgoingPayload(.identification, IdentificationPayload($0).octets)
            }
            let addresses = [world.westAddress, world.eastAddress].map {
                OutgoingPayload(.natOriginalAddress, [isSound ? 1 : 4, 0, 0x01, 0xf4] + $0.octets)
            }
            let payloads = [
                OutgoingPayload(.securityAssociation, offer.octets),
                OutgoingPayload(.nonce, [UInt8](repeating: 7, count: 16)),
            ]
            actions.append(
                .send(engine.seal(exchange, hashing: [], payloads + ids + addresses), from: exchange.sa.local, to: exchange.sa.peer))
        }
        let before = world.east.engine.counters
        world.run(seconds: 1)
        #expect(world.east.engine.counters.unauthenticated == before.unauthenticated)
        if isSound {
            // It is read, and refused since it proposes no PFS.
            #expect(world.east.engine.counters.disagreed == before.disagreed + 1 && world.east.saw(.noProposal), "\(world.east.said)")
        } else {
            #expect(world.east.engine.counters.malformed == before.malformed + 1)
            #expect(world.west.saw(.payloadMalformed), "\(world.west.said)")
        }
    }

    // MARK: STATE_MAIN_I3

    /// The sentence names each cause that fits, and no other: port 4500 that is blocked, and a message in fragments.
    @Test func whatMayHaveKeptOurAuthentication() {
        for isForced in [true, false] {
            let world = Simulation()
            world.add { policy, _ in policy.forceEncapsulation = isForced }
            world.treatment = { $0.octets[18] == 2 && $0.octets[19] & 1 == 1 ? [] : [$0] }
            world.initiate(world.west)
            world.run(seconds: 60)
            let reason = world.west.failures.first?.reason ?? ""
            #expect(world.west.failures.first?.code == .keysDiffer)
            #expect(reason.contains("port 4500 is blocked") == isForced, "\(reason)")
            #expect(!reason.contains("fragments"))
        }
        // A peer that refuses has received our message.
        let world = Simulation()
        world.add { policy, side in
            policy.forceEncapsulation = true
            if side === world.east { policy.presharedKey = Secret(Array("another secret".utf8)) }
        }
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(!(world.west.failures.first?.reason.contains("port 4500 is blocked") ?? true))
    }
}
