import Crypto
import ESP
import Linux
import Netlink
import Wire

/// The MTU of each tunnel with the kernel's ESP, for its route. Senders, and firewalls that reduce TCP's segment size to the route's MTU,
/// see no other sign of the tunnel.
struct TunnelMTUs {
    /// `overridemtu=`, for all tunnels.
    var fixed: UInt32?
    /// For a tunnel without an SA; `nil` if routes have no MTU.
    var unknown: UInt32?
    private var known: [UInt32: UInt32] = [:]

    /// What is left of an Ethernet MTU with AES-CBC, the longest integrity check value and UDP.
    static let ofEthernet: UInt32 = 1_390

    /// In octets; `nil` if the route carries the tunnel's ESP as well.
    func of(_ eroute: Eroute) -> UInt32? {
        if let own = eroute.mtu ?? fixed { return own }
        if eroute.shunt != .none || eroute.destination == eroute.remote.map({ Subnet(host: $0) }) { return nil }
        return known[eroute.requestID] ?? unknown
    }

    /// Records an outbound SA.
    /// - Returns: whether its tunnel's MTU changes.
    mutating func learn(_ sa: SecurityAssociation) -> Bool {
        let path = UDPSocket.pathMTU(from: sa.source, to: sa.destination, mark: Ownership.mark) ?? 1_500
        let largest = Layout(sa.suite, sa.mode).largestPacket(
            mtu: path, outer: sa.destination.family, encapsulated: sa.encapsulation != nil)
        // The minimum MTU of IPv6 (RFC 8200 §5).
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

    /// The route to a peer inside the network reached through it, if this gateway's own packets to the peer need the tunnel's source
    /// address. It has no MTU, because the tunnel's ESP uses it too. `nil` if the kernel's own route suffices.
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
