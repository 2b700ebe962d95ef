import Crypto
import IKE
import Testing
import Wire

/// Peers from anywhere in transport mode, as L2TP has them, and conns that leave the port open (`17/%any`).
@Suite struct RoadWarriorTests {
    private static let outside = Address("203.0.113.5")!
    private static let anybody = Selector(Subnet(host: .any(.ipv4)), ipProtocol: 17, port: 0)
    private static let privately = VirtualSubnets(
        takesNetworks: false, takesPeerItself: true,
        nets: [VirtualNet(Subnet(Address("192.0.0.0")!, prefix: 16), isExcluded: false)])

    private static func host(_ address: Address, _ port: UInt16, _ ipProtocol: UInt8 = 17) -> Selector {
        Selector(Subnet(host: address), ipProtocol: ipProtocol, port: port)
    }

    /// West is the client, by `port`; east has the public configuration.
    private static func add(
        _ world: Simulation, port: UInt16 = 1701, id: Identity? = nil, server: Address? = nil, virtual: VirtualSubnets? = privately,
        _ change: (inout Policy, Bool) -> Void = { _, _ in }
    ) {
        world.add { policy, side in
            policy.mode = .transport
            policy.pfsGroup = nil
            policy.remoteID = nil
            if side === world.east {
                policy.remote = nil
                policy.localSelector = host(world.eastAddress, 1701)
                policy.remoteSelector = anybody
                policy.virtual = virtual
            } else {
                policy.remote = server ?? world.eastAddress
                policy.localSelector = host(world.westAddress, port)
                policy.remoteSelector = host(server ?? world.eastAddress, 1701)
                if let id { policy.localID = id }
            }
            change(&policy, side === world.west)
        }
    }

    /// From now on west is behind a NAT, at these ports outside.
    private static func translate(_ world: Simulation, _ ports: [UInt16: UInt16] = [500: 12_000, 4500: 12_001]) {
        world.translate = { [unowned world] datagram in
            var datagram = datagram
            if datagram.from.address == world.westAddress {
                datagram.from = Endpoint(outside, ports[datagram.from.port] ?? datagram.from.port)
            } else if datagram.to.address == outside {
                for (inside, outside) in ports where outside == datagram.to.port { datagram.to = Endpoint(world.westAddress, inside) }
            }
            return datagram
        }
    }

    @Test(arguments: [1701, 0, 49_152] as [UInt16]) func clientWithoutNAT(_ port: UInt16) {
        let world = Simulation()
        Self.add(world, port: port)
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.isTunnelUp, "\(world.east.said)")
        #expect(world.east.outbound.first?.destinationSelector == Self.host(world.westAddress, port))
        #expect(world.east.outbound.first?.sourceSelector == Self.host(world.eastAddress, 1701))
        #expect(world.east.outbound.first?.mode == .transport)
    }

    /// The client names its private address; the protected traffic is between the outer ones (RFC 3947 §5.2).
    @Test(arguments: [true, false], [1701, 49_152] as [UInt16]) func clientBehindNAT(_ isVirtual: Bool, _ port: UInt16) {
        let world = Simulation()
        Self.translate(world)
        Self.add(world, port: port, virtual: isVirtual ? Self.privately : nil)
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.east.outbound.map { $0.destination } == [Self.outside], "\(world.east.said)")
        #expect(world.east.outbound.first?.destinationSelector == Self.host(Self.outside, port))
        #expect(world.east.inbound.first?.sourceSelector == Self.host(Self.outside, port))
        #expect(world.east.inbound.first?.destinationSelector == Self.host(world.eastAddress, 1701))
        #expect(world.east.outbound.first?.encapsulation == .init(sourcePort: 4500, destinationPort: 12_001))
        #expect(world.west.outbound.first?.sourceSelector == Self.host(world.westAddress, port), "\(world.west.said)")
    }

    /// An address outside `vhost:`'s bounds is refused.
    @Test func boundsHoldBehindNAT() {
        let world = Simulation()
        Self.translate(world)
        let others = VirtualSubnets(
            takesNetworks: false, takesPeerItself: true, nets: [VirtualNet(Subnet(Address("10.0.0.0")!, prefix: 8), isExcluded: false)])
        Self.add(world, virtual: others)
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.east.outbound.isEmpty && world.west.saw(.invalidIDInformation), "\(world.west.said)")
    }

    /// Without a NAT no peer has another address than the one that it names.
    @Test func foreignAddressWithoutNAT() {
        let world = Simulation()
        Self.add(world) { policy, isClient in
            if isClient { policy.localSelector = Self.host(Address("192.0.9.9")!, 1701) }
        }
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.east.outbound.isEmpty, "\(world.east.said)")
    }

    /// The server is behind a NAT, and the client knows only its public address.
    @Test func serverBehindNAT() {
        let world = Simulation()
        let server = Address("203.0.113.77")!
        world.translate = { [unowned world] datagram in
            var datagram = datagram
            if datagram.from.address == world.eastAddress { datagram.from.address = server }
            if datagram.to.address == server { datagram.to.address = world.eastAddress }
            return datagram
        }
        Self.add(world, server: server)
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.east.inbound.first?.destinationSelector == Self.host(world.eastAddress, 1701), "\(world.east.said)")
        #expect(world.west.outbound.first?.destinationSelector == Self.host(server, 1701), "\(world.west.said)")
    }

    /// The server rekeys: it names the traffic that the client named, which does not know its outer address.
    @Test func serverReplacesKeys() {
        let world = Simulation()
        Self.translate(world)
        Self.add(world) { policy, isClient in
            policy.espLifetime = 1800
            policy.rekeyPolicy.rekeys = !isClient
        }
        world.initiate(world.west)
        world.run(seconds: 5)
        let first = world.east.outbound.map { $0.spi }
        world.run(seconds: 1780)
        #expect(world.east.saw("STATE_QUICK_I2"), "\(world.east.said)")
        #expect(world.west.failures.isEmpty && world.east.failures.isEmpty, "\(world.west.said)")
        #expect(
            world.east.outbound.last.map { !first.contains($0.spi) && $0.destinationSelector == Self.host(Self.outside, 1701) } ?? false)
    }

    /// Another client behind the same NAT: by another port it has its own pair; by the same one it is refused while the first lives.
    @Test(arguments: [(49_152, true), (1701, false), (0, false)] as [(UInt16, Bool)])
    func secondBehindOneNAT(_ port: UInt16, _ isTaken: Bool) {
        let world = Simulation()
        Self.translate(world)
        Self.add(world, id: .address(Address("192.0.2.1")!))
        world.initiate(world.west)
        world.run(seconds: 5)
        let first = world.east.outbound.map { $0.spi }
        world.treatment = { _ in [] }
        world.run(world.west) { $0.forget(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        world.treatment = { [$0] }
        Self.translate(world, [500: 13_000, 4500: 13_001])
        Self.add(world, port: port, id: .address(Address("192.0.2.9")!))
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(first.count == 1 && world.east.outbound.first?.spi == first[0], "\(world.east.said)")
        #expect(world.east.outbound.count == (isTaken ? 2 : 1), "\(world.east.said)")
        if isTaken {
            #expect(world.east.outbound.last?.destinationSelector == Self.host(Self.outside, port))
            #expect(world.east.outbound.last?.encapsulation?.destinationPort == 13_001)
        } else {
            #expect(world.east.saw(.addressTaken), "\(world.east.said)")
            #expect(world.west.saw(.invalidIDInformation), "\(world.west.said)")
        }
    }

    /// `6/%any` in tunnel mode, from a fixed network, as the peer itself and with a virtual address.
    @Test(arguments: [(6, 22, true), (6, 0, true), (17, 22, false), (0, 0, false)] as [(UInt8, UInt16, Bool)], [0, 1, 2])
    func anyPortInTunnelMode(_ asked: (UInt8, UInt16, Bool), _ kind: Int) {
        let world = Simulation()
        let nets = [Subnet(host: Address("10.77.0.5")!), Subnet(host: world.westAddress), Subnet(Address("10.77.0.0")!, prefix: 16)]
        world.add { policy, side in
            if side === world.west {
                policy.localSelector = Selector(nets[kind], ipProtocol: asked.0, port: asked.1)
            } else {
                policy.remote = nil
                policy.remoteID = nil
                policy.remoteSelector = Selector(kind == 2 ? nets[2] : Subnet(host: .any(.ipv4)), ipProtocol: 6, port: 0)
                if kind == 0 {
                    policy.virtual = VirtualSubnets(
                        takesNetworks: false, takesPeerItself: false,
                        nets: [VirtualNet(Subnet(Address("10.0.0.0")!, prefix: 8), isExcluded: false)])
                }
            }
        }
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.isTunnelUp == asked.2, "\(world.east.said)")
        if asked.2 { #expect(world.east.outbound.first?.destinationSelector == Selector(nets[kind], ipProtocol: 6, port: asked.1)) }
    }

    /// A peer that can name only one port is not granted all of them.
    @Test func onePortIsNotAll() {
        let world = Simulation()
        world.add { policy, side in
            let net = Subnet(Address("10.77.0.0")!, prefix: 16)
            if side === world.west { policy.localSelector = Selector(net, ipProtocol: 6, port: 0) }
            if side === world.east { policy.remoteSelector = Selector(net, ipProtocol: 6, port: 22) }
        }
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(!world.isTunnelUp)
    }

    @Test func whoIsThereIsKnown() {
        let world = Simulation()
        Self.translate(world)
        Self.add(world, id: .fqdn("ann"))
        world.initiate(world.west)
        world.run(seconds: 5)
        for sa in world.east.outbound + world.east.inbound {
            #expect(world.east.engine.peer(spi: sa.spi, destination: sa.destination)?.id == .fqdn("ann"))
        }
        #expect(world.east.engine.peer(spi: 4711, destination: world.eastAddress) == nil)
    }
}
