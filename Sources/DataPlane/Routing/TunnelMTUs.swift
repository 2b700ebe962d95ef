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
