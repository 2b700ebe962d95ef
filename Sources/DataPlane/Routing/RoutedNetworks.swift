import Netlink
import Wire

/// What routes and firewall rules are made from: the eroutes that are routed, and this machine's networks and addresses.
struct RoutedNetworks {
    /// How packets to a remote network are routed.
    enum Way {
        /// Into this TUN device; an unreachable route of a higher metric holds the traffic if the device disappears.
        case device(UInt32)
        /// Towards the peer, so that the kernel's policies catch them; only if its own routes do not lead there.
        case peer
    }

    var way: Way
    /// The eroutes, in the order in which they were routed.
    var eroutes: [Eroute] = []
    /// Remote networks that an earlier run holds, and that no connection has routed since.
    var leftover: [Subnet] = []
    /// Link-local networks, and those that this machine is directly connected to.
    private(set) var localNetworks: [Subnet] = []
    /// Addresses of this machine's interfaces.
    private(set) var ownAddresses: [Address] = []
    /// The addresses with their networks, without those of the tunnels' device, of loopback interfaces and of link-local networks.
    private(set) var interfaceAddresses: [InterfaceAddress] = []

    init(_ way: Way) { self.way = way }

    /// Takes this machine's networks and addresses from a snapshot.
    mutating func read(_ interfaces: InterfaceSnapshot) {
        var networks = Subnet.linkScope
        var addresses: [Address] = []
        var reached: [InterfaceAddress] = []
        for address in interfaces.addresses {
            guard let link = interfaces.links.first(where: { $0.index == address.interface }), link.isUp else { continue }
            addresses.append(address.address)
            if isOwnDevice(link) { continue }
            if link.isLoopback || Subnet.linkScope.contains(where: { $0.contains(address.network) }) { continue }
            reached.append(address)
            if address.network == Subnet(host: address.address) || networks.contains(address.network) { continue }
            networks.append(address.network)
        }
        ownAddresses = addresses
        interfaceAddresses = reached
        localNetworks = networks
    }

    /// Whether the routes lead into this device.
    func isOwnDevice(_ link: Link) -> Bool {
        if case .device(let own) = way { return link.index == own }
        return false
    }

    /// Directly connected networks, link-local networks, and this machine's own addresses.
    var everythingLocal: [Subnet] {
        localNetworks + ownAddresses.map { Subnet(host: $0) }.filter { own in !localNetworks.contains { $0.contains(own) } }
    }

    /// Directly connected and link-local networks inside this one, which therefore do not enter its tunnel. A network that has a tunnel of
    /// its own is not among them.
    func localNetworks(inside destination: Subnet) -> [Subnet] {
        localNetworks.filter { network in
            network != destination && destination.contains(network) && !eroutes.contains { $0.destination == network }
        }
    }

    /// Whether a network is inside a larger one that has a tunnel, or had one in an earlier run.
    func isInsideTunnel(_ network: Subnet) -> Bool {
        eroutes.contains { $0.shunt != .passthrough && $0.destination != network && $0.destination.contains(network) }
            || leftover.contains { $0 != network && $0.contains(network) }
    }

    /// Whether packets to a remote network leave in the clear and need no route of Cygnet's: its eroutes are all passthrough, and they
    /// cover what any wider eroute would take.
    func isPassthrough(_ destination: Subnet) -> Bool {
        var own: Eroute?
        for eroute in eroutes where eroute.destination == destination {
            guard eroute.shunt == .passthrough else { return false }
            own = eroute
        }
        guard let own else { return false }
        let isNarrow = own.localSelector.ipProtocol != 0 || own.remoteSelector.ipProtocol != 0
        for wider in eroutes where wider.shunt != .passthrough && wider.destination.contains(destination) {
            if isNarrow || !own.localSelector.subnet.contains(wider.localSelector.subnet) { return false }
        }
        return true
    }

    /// The eroute that decides the route to a remote network: one with a source address, else one that covers this gateway's own packets,
    /// else the first.
    func leading(to destination: Subnet) -> Eroute? {
        let all = eroutes.filter { $0.destination == destination }
        return all.first { $0.sourceAddress != nil } ?? all.first { $0.localSelector.subnet.contains($0.local) } ?? all.first
    }

    /// Peers that are inside the network that is reached through them. Their ESP follows the routes that existed before, which also
    /// carry other traffic.
    var peersInside: [Subnet] {
        guard case .peer = way else { return [] }
        var peers: [Subnet] = []
        for eroute in eroutes where eroute.shunt == .none {
            guard let remote = eroute.remote, eroute.destination.contains(remote), !eroute.destination.isHost else { continue }
            let peer = Subnet(host: remote)
            if !peers.contains(peer), !eroutes.contains(where: { $0.destination == peer }) { peers.append(peer) }
        }
        return peers
    }

    /// Remote ends that are a single address inside a network of ours, except the peer's own address.
    var virtualAddresses: [ProxyNeighbour] {
        var found: [ProxyNeighbour] = []
        for eroute in eroutes where eroute.destination.isHost && eroute.destination.address.family == .ipv4 {
            let address = eroute.destination.address
            if eroute.remote == address || ownAddresses.contains(address) { continue }
            for own in interfaceAddresses where own.network.contains(address) && !own.network.isHost {
                found.append(ProxyNeighbour(address, interface: own.interface, owner: Ownership.owner))
                break
            }
        }
        return found
    }
}
