import Crypto
import ESP
import Linux
import Netlink
import Wire

/// The largest packet that each tunnel of the kernel's ESP takes, for its route to say: whoever sends, and a firewall that lowers
/// TCP's segment size to what a route carries, sees no other sign of a tunnel there.
struct TunnelMTUs {
    /// What `overridemtu=` says, of all of them.
    var fixed: UInt32?
    /// Of one that has no SA yet; `nil` where routes are to say nothing.
    var unknown: UInt32?
    private var known: [UInt32: UInt32] = [:]

    /// What AES-CBC with the longest check value leaves of an Ethernet, in UDP.
    static let ofEthernet: UInt32 = 1_390

    /// In octets; `nil` where the route is that of its ESP as well.
    func of(_ eroute: Eroute) -> UInt32? {
        if let own = eroute.mtu ?? fixed { return own }
        if eroute.shunt != .none || eroute.destination == eroute.remote.map({ Subnet(host: $0) }) { return nil }
        return known[eroute.requestID] ?? unknown
    }

    /// An outbound SA stands.
    /// - Returns: whether its tunnel takes another size than before.
    mutating func learn(_ sa: SecurityAssociation) -> Bool {
        let path = UDPSocket.pathMTU(from: sa.source, to: sa.destination, mark: Ownership.mark) ?? 1_500
        let largest = Layout(sa.suite, sa.mode).largestPacket(
            mtu: path, outer: sa.destination.family, encapsulated: sa.encapsulation != nil)
        // Every link of IPv6's carries this much.
        let mtu = UInt32(max(largest, Layout.minimumIPv6MTU))
        return known.updateValue(mtu, forKey: sa.requestID) != mtu
    }

    mutating func forget(_ eroute: Eroute) { known[eroute.requestID] = nil }
}

extension Routing {
    /// Peers that lie inside the network that is reached through them: their ESP goes by the routes that there were, which carry
    /// more than a tunnel.
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

    /// The route to a peer that lies inside the network reached through it, where this gateway's own packets to it need the tunnel's
    /// source address. It carries no MTU, because the tunnel's ESP takes it too. `nil` where the kernel's own route will do.
    func fromWithin(to peer: Subnet) -> Route? {
        guard let eroute = eroutes.first(where: { $0.remote == peer.address && $0.shunt == .none && $0.destination.contains(peer) }),
            let leading = leading(to: eroute.destination), let source = source(leading),
            let plain = kernelsRoute(to: peer.address), plain.kind == .unicast, plain.preferredSource != source
        else { return nil }
        return Route(
            to: peer, table: Ownership.table, owner: Ownership.owner, metric: Self.peerMetric, interface: plain.interface,
            gateway: plain.gateway, preferredSource: source)
    }
}
