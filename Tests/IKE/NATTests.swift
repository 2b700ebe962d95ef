import Crypto
import Testing
import Wire

@testable import IKE

/// NAT traversal (RFC 3947, RFC 3948): a simulation whose west is behind a NAT.
@Suite struct NATTests {
    static let outside = Address("203.0.113.5")!

    /// A world where west's datagrams seem to come from `outside`, with other ports, and answers find back.
    private func world(ports: [UInt16: UInt16]) -> Simulation {
        let world = Simulation()
        world.add { policy, side in
            policy.localID = .fqdn(side === world.west ? "west" : "east")
            policy.remoteID = .fqdn(side === world.west ? "east" : "west")
            if side === world.east { policy.remote = nil }
        }
        world.translate = { [unowned world] datagram in
            var datagram = datagram
            if datagram.from.address == world.westAddress {
                datagram.from = Endpoint(Self.outside, ports[datagram.from.port] ?? datagram.from.port)
            } else if datagram.to.address == Self.outside {
                for (inside, outside) in ports where outside == datagram.to.port {
                    datagram.to = Endpoint(world.westAddress, inside)
                }
            }
            return datagram
        }
        return world
    }

    @Test func initiatorBehindNAT() {
        let world = world(ports: [500: 12_000, 4500: 12_001])
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
        #expect(world.west.engine.isakmpSAs.map(\.nat.isLocalTranslated) == [true])
        #expect(world.east.engine.isakmpSAs.map(\.nat.isPeerTranslated) == [true])
        let out = world.west.outbound[0]
        let back = world.east.outbound[0]
        #expect(out.encapsulation == .init(sourcePort: 4500, destinationPort: 4500))
        #expect(back.encapsulation == .init(sourcePort: 4500, destinationPort: 12_001))
        #expect(back.destination == Self.outside)
        // The first four messages by port 500, all others by 4500.
        #expect(world.sent.prefix(4).allSatisfy { $0.from.port == 500 && ($0.to.port == 500 || $0.to.port == 12_000) })
        #expect(world.sent.dropFirst(4).allSatisfy { $0.from.port == 4500 })
        world.run(seconds: 60)
        #expect(world.west.keepalives == 3)
        #expect(world.east.keepalives == 0)
    }

    @Test func forcedKeepalives() {
        let world = world(ports: [500: 12_000, 4500: 12_001])
        world.east.engine.forcesKeepalives = true
        world.initiate(world.west)
        world.run(seconds: 61)
        #expect(world.west.keepalives == 3)
        #expect(world.east.keepalives == 3)
    }

    /// The NAT was restarted and gave us another port: the next authenticated message is followed, no other.
    @Test func peerChangesItsPort() {
        var ports: [UInt16: UInt16] = [500: 12_000, 4500: 12_001]
        let world = world(ports: ports)
        world.initiate(world.west)
        world.run(seconds: 1)
        ports = [500: 13_000, 4500: 13_001]
        world.translate = { [unowned world] datagram in
            var datagram = datagram
            if datagram.from.address == world.westAddress {
                datagram.from = Endpoint(Self.outside, ports[datagram.from.port] ?? datagram.from.port)
            }
            return datagram
        }
        // A forgery from elsewhere first.
        var forged = world.sent[4]
        forged.from = Endpoint(Address("198.51.100.1")!, 4500)
        world.deliver(forged)
        #expect(world.east.engine.status(now: world.now).allSatisfy { $0.peer == Endpoint(Self.outside, 12_001) })
        world.run(world.west) { $0.terminate(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        world.run(seconds: 1)
        #expect(world.east.saw(.peerMoved))
    }

    @Test func noNATNoEncapsulation() {
        let world = Simulation()
        world.add()
        world.initiate(world.west)
        world.run(seconds: 60)
        #expect(world.isTunnelUp)
        #expect(world.west.outbound[0].encapsulation == nil)
        #expect(world.sent.allSatisfy { $0.from.port == 500 && $0.to.port == 500 })
        #expect(world.west.keepalives == 0)
    }

    @Test(arguments: [true, false])
    func forcedEncapsulation(_ byInitiator: Bool) {
        let world = Simulation()
        world.add { policy, side in policy.forceEncapsulation = (side === world.west) == byInitiator }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
        #expect(world.west.outbound[0].encapsulation == .init(sourcePort: 4500, destinationPort: 4500))
        #expect(world.east.outbound[0].encapsulation == .init(sourcePort: 4500, destinationPort: 4500))
    }

    @Test(arguments: [true, false])
    func withoutNATTraversal(_ atInitiator: Bool) {
        let world = Simulation()
        world.add { policy, side in if (side === world.west) == atInitiator { policy.natTraversal = false } }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        #expect(world.west.outbound[0].encapsulation == nil)
    }

    @Test func transportModeBehindNAT() {
        let world = Simulation()
        world.add { policy, side in
            policy.mode = .transport
            policy.forceEncapsulation = true
            policy.localSelector = Selector(Subnet(host: world.address(side)))
            policy.remoteSelector = Selector(
                Subnet(host: world.address(side === world.west ? world.east : world.west)))
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp, "\(world.west.said) \(world.east.said)")
        #expect(world.west.outbound[0].mode == .transport)
        #expect(world.west.outbound[0].encapsulation != nil)
    }

    /// The responder replaces the ISAKMP SA: at port 4500, and the port that the NAT shows, for its port 500 leads to nobody
    /// (RFC 3947 §4).
    @Test func theResponderRekeysISAKMP() {
        let world = world(ports: [500: 12_000, 4500: 12_001])
        for side in [world.west, world.east] {
            var policy = Policy.example(
                local: world.address(side), remote: side === world.west ? world.eastAddress : Self.outside, id: 1)
            policy.localID = .fqdn(side === world.west ? "west" : "east")
            policy.remoteID = .fqdn(side === world.west ? "east" : "west")
            let nets = [Subnet(Address("10.0.1.0")!, prefix: 24), Subnet(Address("10.0.2.0")!, prefix: 24)]
            policy.localSelector = Selector(side === world.west ? nets[0] : nets[1])
            policy.remoteSelector = Selector(side === world.west ? nets[1] : nets[0])
            policy.ikeLifetime = 600
            policy.rekeyPolicy.rekeyMargin = 60
            policy.rekeyPolicy.rekeys = side === world.east
            side.engine.add(policy)
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp)
        let before = world.sent.count
        world.run(seconds: 595)
        let first = world.sent.dropFirst(before).first { $0.octets[18] == 2 && $0.from.address == world.eastAddress }
        #expect(first?.from.port == 4500 && first?.to == Endpoint(Self.outside, 12_001), "\(world.east.said)")
        #expect(world.sent.dropFirst(before).allSatisfy { $0.from.port != 500 && $0.to.port != 500 })
        for side in [world.west, world.east] {
            let standing = side.engine.status(now: world.now).filter { !$0.isPhase2 && $0.isEstablished }
            #expect(standing.count == 2, "\(side.said)")
        }
        #expect(world.east.engine.status(now: world.now).allSatisfy { $0.peer == Endpoint(Self.outside, 12_001) })
        world.run(seconds: 30)
        #expect(world.isTunnelUp && world.east.failures.isEmpty)
    }
}
