import Crypto
import IKE
import Testing
import Wire

/// Peers that say themselves what lies behind them, within bounds, and whose it is where two say the same.
@Suite struct OwnerTests {
    private static let inner = Selector(Subnet(host: Address("10.77.0.5")!))
    private static let moved = Address("198.51.100.77")!

    private static func allowed(_ takesPeerItself: Bool = false) -> VirtualSubnets {
        VirtualSubnets(
            takesNetworks: false, takesPeerItself: takesPeerItself,
            nets: [
                VirtualNet(Subnet(Address("10.0.0.0")!, prefix: 8), isExcluded: false),
                VirtualNet(Subnet(Address("10.78.0.0")!, prefix: 16), isExcluded: true),
            ])
    }

    /// West asks for `selector`, by `id`; east takes whoever is allowed.
    private static func add(
        _ world: Simulation, _ selector: Selector, id: Identity? = nil, _ virtual: VirtualSubnets?, life: UInt32? = nil,
        _ ikeLifetime: UInt32 = 3600
    ) {
        world.add { policy, side in
            policy.ikeLifetime = ikeLifetime
            if let life { policy.espLifetime = life }
            if side === world.east {
                policy.remote = nil
                policy.remoteID = nil
                policy.remoteSelector = virtual == nil ? inner : Selector(Subnet(host: .any(.ipv4)))
                policy.virtual = virtual
            } else {
                policy.localSelector = selector
                if let id { policy.localID = id }
            }
        }
    }

    @Test(arguments: [
        ("10.77.0.5/32", true), ("10.78.0.5/32", false), ("172.16.0.1/32", false), ("10.77.0.0/24", false), ("192.0.2.1/32", false),
    ])
    func withinBounds(_ asked: String, _ isTaken: Bool) {
        let world = Simulation()
        let parts = asked.split(separator: "/")
        Self.add(world, Selector(Subnet(Address(String(parts[0]))!, prefix: Int(parts[1])!)), Self.allowed())
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.isTunnelUp == isTaken, "\(world.east.said)")
        if isTaken { #expect(world.east.outbound[0].destinationSelector == Self.inner) }
        if !isTaken {
            #expect(world.east.saw(.noConnection) && world.east.saw("\(asked)"), "\(world.east.said)")
            #expect(world.east.saw("(a host of %v4:10.0.0.0/8,%v4:!10.78.0.0/16)"), "\(world.east.said)")
        }
    }

    @Test func peerItselfWhereThatIsSaid() {
        let world = Simulation()
        Self.add(world, Selector(Subnet(host: world.westAddress)), Self.allowed(true))
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.isTunnelUp, "\(world.east.said)")
    }

    @Test func protocolsStayTheConns() {
        let world = Simulation()
        Self.add(world, Selector(Self.inner.subnet, ipProtocol: 17, port: 53), Self.allowed())
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(!world.isTunnelUp)
    }

    /// Somebody else, or the same one, comes from another address and wants the inner address that is in use.
    private static func second(
        _ first: Identity?, _ second: Identity?, uniqueIDs: Bool = true, _ virtual: VirtualSubnets? = allowed()
    ) -> Simulation {
        let world = Simulation()
        world.east.engine.uniqueIDs = uniqueIDs
        add(world, inner, id: first, virtual)
        world.initiate(world.west)
        world.run(seconds: 10)
        world.treatment = { _ in [] }
        world.run(world.west) { $0.forget(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        comesFromElsewhere(world)
        add(world, inner, id: second, virtual)
        world.initiate(world.west)
        world.run(seconds: 5)
        return world
    }

    /// From now on what west sends comes from another address.
    private static func comesFromElsewhere(_ world: Simulation, _ address: Address = moved) {
        world.treatment = { [$0] }
        world.translate = { [unowned world] datagram in
            var datagram = datagram
            if datagram.from.address == world.westAddress { datagram.from.address = address }
            if datagram.to.address == address { datagram.to.address = world.westAddress }
            return datagram
        }
    }

    @Test(arguments: [
        // Somebody else has to wait.
        (Identity.fqdn("ann"), Identity.fqdn("bob"), true, false),
        // The same one comes back from elsewhere.
        (.fqdn("ann"), .fqdn("ann"), true, true), (.address(Address("10.77.0.5")!), .address(Address("10.77.0.5")!), true, true),
        // Two addresses are two peers; a star that a peer sends is a letter, whoever comes first.
        (.address(Address("192.0.2.1")!), .address(Address("10.77.0.5")!), true, false),
        (name("C=DE, CN=ann"), name("C=DE, CN=ann"), true, true),
        (name("C=DE, CN=*"), name("C=DE, CN=ann"), true, false), (name("C=DE, CN=ann"), name("C=DE, CN=*"), true, false),
        (.fqdn("ann"), .address(Address("10.77.0.5")!), true, false),
        // Where many share one ID, it is not known whether it is the same one.
        (.fqdn("ann"), .fqdn("ann"), false, false),
    ])
    func nothingHasTwoOwners(_ first: Identity, _ second: Identity, _ uniqueIDs: Bool, _ isTaken: Bool) {
        let world = Self.second(first, second, uniqueIDs: uniqueIDs)
        let owners = world.east.outbound.map { $0.destination }
        #expect(owners == [isTaken ? Self.moved : world.westAddress], "\(world.east.said)")
        #expect(world.east.inbound.count == 1 && world.east.lost.isEmpty == !isTaken, "\(world.east.said)")
        if !isTaken { #expect(world.east.saw(.addressTaken), "\(world.east.said)") }
    }

    private static func name(_ text: String) -> Identity { .distinguishedName(DistinguishedName.der(Array(text.utf8))!) }

    /// What somebody else has keeps out whatever overlaps it: an address in a network, a network around an address.
    @Test(arguments: [
        ("10.77.0.5/32", "10.77.0.0/24", false), ("10.77.0.0/24", "10.77.0.5/32", false), ("10.77.0.0/24", "10.77.0.128/25", false),
        ("10.77.0.0/24", "10.77.1.0/24", true), ("10.77.0.5/32", "10.77.0.6/32", true),
    ])
    func whatOverlapsIsTaken(_ first: String, _ second: String, _ isTaken: Bool) {
        let world = Simulation()
        let bounds = VirtualSubnets(
            takesNetworks: true, takesPeerItself: false, nets: [VirtualNet(Subnet(Address("10.0.0.0")!, prefix: 8), isExcluded: false)])
        Self.add(world, Self.selector(first), id: .fqdn("ann"), bounds)
        world.initiate(world.west)
        world.run(seconds: 10)
        world.treatment = { _ in [] }
        world.run(world.west) { $0.forget(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        Self.comesFromElsewhere(world)
        Self.add(world, Self.selector(second), id: .fqdn("bob"), bounds)
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.east.outbound.count == (isTaken ? 2 : 1), "\(world.east.said)")
        #expect(world.east.outbound.first?.destination == world.westAddress && world.east.lost.isEmpty, "\(world.east.said)")
        if !isTaken { #expect(world.west.saw(.invalidIDInformation), "\(world.west.said)") }
    }

    private static func selector(_ text: String) -> Selector {
        let parts = text.split(separator: "/")
        return Selector(Subnet(Address(String(parts[0]))!, prefix: Int(parts[1])!))
    }

    /// What is another connection's, or directly connected, is nobody's to claim, in whole or in part.
    @Test(arguments: [
        ("10.77.0.0/24", "10.77.0.0/16", false), ("10.77.0.0/24", "10.77.0.9/32", false), ("10.77.0.0/24", "10.77.0.0/24", false),
        ("10.77.0.0/24", "0.0.0.0/0", false), ("10.77.0.0/24", "10.77.1.0/24", true),
    ])
    func reservedNetworks(_ asked: String, _ reserved: String, _ isTaken: Bool) {
        for owner in [Name("other"), nil] {
            let world = Simulation()
            world.east.engine.reservedNetworks = [ReservedNetwork(Self.selector(reserved).subnet, of: owner)]
            let bounds = VirtualSubnets(
                takesNetworks: true, takesPeerItself: true, nets: [VirtualNet(Subnet(Address("10.0.0.0")!, prefix: 8), isExcluded: false)])
            Self.add(world, Self.selector(asked), bounds)
            world.initiate(world.west)
            world.run(seconds: 5)
            #expect(world.isTunnelUp == isTaken, "\(world.east.said)")
            if !isTaken { #expect(world.west.saw(.invalidIDInformation), "\(world.west.said)") }
        }
        // The peer itself is where it is, whatever network that is in.
        let world = Simulation()
        world.east.engine.reservedNetworks = [ReservedNetwork(Self.selector("192.0.2.0/24").subnet, of: "other")]
        Self.add(world, Selector(Subnet(host: world.westAddress)), Self.allowed(true))
        world.initiate(world.west)
        world.run(seconds: 5)
        #expect(world.isTunnelUp, "\(world.east.said)")
    }

    /// Somebody else gets it once the one who has it was asked whether he lives, and had the time to answer; not while he does.
    @Test(arguments: [true, false]) func whoDoesNotAnswerMakesWay(_ isAlive: Bool) {
        let world = Simulation()
        Self.add(world, Self.inner, id: .fqdn("ann"), Self.allowed())
        world.initiate(world.west)
        world.run(seconds: 10)
        let first = world.east.outbound.map { $0.spi }
        let cookie = Array(world.sent[0].octets[0..<8])
        // The second is the same machine by another name: both their messages come from one address.
        var bob = Policy.example(local: world.westAddress, remote: world.eastAddress, id: 2)
        bob.localID = .fqdn("bob")
        bob.localSelector = Self.inner
        bob.remoteSelector = Selector(Subnet(Address("10.0.2.0")!, prefix: 24))
        world.west.engine.add(bob)
        world.treatment = { datagram in isAlive || Array(datagram.octets[0..<8]) != cookie ? [datagram] : [] }
        world.initiate(world.west, 2)
        world.run(seconds: 1)
        #expect(world.east.outbound.map { $0.spi } == first, "\(world.east.said)")
        for _ in 0..<3 {
            world.run(seconds: 6)
            world.initiate(world.west, 2)
        }
        world.run(seconds: 1)
        #expect((world.east.outbound.map { $0.spi } == first) == isAlive, "\(world.east.said)")
        #expect(world.east.outbound.count == 1 && world.east.lost.isEmpty == isAlive, "\(world.east.said)")
    }

    /// Both ask at once, and the one who asked first is the last to finish: it is refused, unless it may be the same one.
    @Test(arguments: [
        (Identity.fqdn("ann"), Identity.fqdn("bob"), false),
        (.address(Address("192.0.2.1")!), .address(Address("192.0.2.1")!), true),
        (.address(Address("192.0.2.1")!), .address(Address("10.77.0.5")!), false),
    ])
    func nothingHasTwoOwnersAtOnce(_ first: Identity, _ second: Identity, _ isLateTaken: Bool) {
        let world = Simulation()
        Self.add(world, Self.inner, id: first, Self.allowed())
        var count = 0
        var late: Datagram?
        world.treatment = { [unowned world] datagram in
            if datagram.from.address == world.westAddress { count += 1 }
            // Its third message of Quick Mode, behind three of Main Mode.
            guard count == 5, late == nil else { return [datagram] }
            late = datagram
            return []
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.west.outbound.count == 1 && world.east.outbound.isEmpty && world.east.inbound.count == 1)
        world.treatment = { _ in [] }
        world.run(world.west) { $0.forget(ConnectionID(1), now: world.now, random: world.west.random, &$1) }
        Self.comesFromElsewhere(world)
        Self.add(world, Self.inner, id: second, Self.allowed())
        world.initiate(world.west)
        world.run(seconds: 2)
        #expect(world.east.outbound.map { $0.destination } == [Self.moved], "\(world.east.said)")
        let before = world.sent.filter { $0.from.address == world.eastAddress }.count
        if let late { world.deliver(late) }
        // Whoever loses is told, and whoever has it asked whether he is there.
        #expect(world.sent.filter { $0.from.address == world.eastAddress }.count == before + (isLateTaken ? 1 : 2))
        world.run(seconds: 5)
        #expect(world.east.outbound.map { $0.destination } == [isLateTaken ? world.westAddress : Self.moved], "\(world.east.said)")
        #expect(world.east.inbound.count == 1 && world.east.lost.isEmpty == !isLateTaken, "\(world.east.said)")
        #expect(world.east.saw(.addressTaken) == !isLateTaken, "\(world.east.said)")
    }

    /// A NAT gives the peer another address within one ISAKMP SA: it is the same one, whoever else has its ID.
    @Test(arguments: [true, false], [3600, 600] as [UInt32]) func ownerMoves(_ uniqueIDs: Bool, _ ikeLifetime: UInt32) {
        let world = Simulation()
        world.east.engine.uniqueIDs = uniqueIDs
        let before = Address("198.51.100.76")!
        Self.comesFromElsewhere(world, before)
        Self.add(world, Self.inner, id: .fqdn("ann"), Self.allowed(), life: 1800, ikeLifetime)
        world.initiate(world.west)
        world.run(seconds: 10)
        #expect(world.east.outbound.map { $0.destination } == [before], "\(world.east.said)")
        // By then the shorter of the ISAKMP SAs has been replaced.
        world.run(seconds: 800)
        Self.comesFromElsewhere(world)
        world.run(seconds: 990)
        #expect(world.east.saw(.peerMoved), "\(world.east.said)")
        #expect(world.east.outbound.map { $0.destination } == [Self.moved], "\(world.east.said)")
        #expect(!world.east.saw(.addressTaken) && world.east.lost.count <= 1, "\(world.east.said)")
    }

    /// The NAT does so before the last message of Quick Mode: what east sends goes where that came from.
    @Test func ownerMovesMeanwhile() {
        let world = Simulation()
        Self.add(world, Self.inner, id: .fqdn("ann"), Self.allowed())
        var count = 0
        var address = Address("198.51.100.76")!
        world.translate = { [unowned world] datagram in
            var datagram = datagram
            if datagram.from.address == world.westAddress {
                count += 1
                if count == 5 { address = Self.moved }
                datagram.from = Endpoint(address, count == 5 ? 12_345 : datagram.from.port)
            } else if datagram.to.address != world.westAddress {
                datagram.to = Endpoint(world.westAddress, datagram.to.port == 12_345 ? 4500 : datagram.to.port)
            }
            return datagram
        }
        world.initiate(world.west)
        world.run(seconds: 1)
        #expect(world.isTunnelUp, "\(world.east.said)")
        #expect(world.east.outbound.map { $0.destination } == [Self.moved], "\(world.east.said)")
        #expect(world.east.outbound.first?.encapsulation == .init(sourcePort: 4500, destinationPort: 12_345))
    }

    /// Where the conn itself says what is behind its peer it is no different; who is refused is told.
    @Test func fixedNetworksHaveOneOwner() {
        let world = Self.second(.fqdn("ann"), .fqdn("bob"), nil)
        #expect(world.east.outbound.map { $0.destination } == [world.westAddress], "\(world.east.said)")
        #expect(world.west.failures.count == 1 && world.west.saw(.invalidIDInformation), "\(world.west.said)")
    }
}
