import Linux
import Netlink
import Wire

/// `leftfirewall=yes` also reduces the maximum segment size of TCP connections through the tunnel, in both directions, to what the route's
/// MTU allows. Hosts that receive no ICMP have no other way to learn the tunnel's MTU.
///
/// The rules are in a table of our own: unlike an accept rule, a rule that changes packets works independently of other tables.
struct SegmentClamp {
    static let table: Name = "cygnet"
    private var present: PacketTable?
    private var hasFailed = false

    /// - Parameter chains: the chains that the kernel has.
    /// - Throws: if the kernel does not remove the rules.
    mutating func update(
        _ passes: [FirewallPass], _ chains: [FirewallChain], _ channel: NetlinkChannel, _ log: Log
    ) throws(NetlinkError) {
        let isThere = chains.contains { $0.family == PacketTable.Family.inet.rawValue && $0.table == Self.table }
        if !isThere { present = nil }
        let wanted = PacketTable(.inet, Self.table, [PacketChain("forward", .forward, passes.flatMap { Self.rules($0) })])
        if passes.isEmpty ? !isThere : wanted == present { return }
        do throws(NetlinkError) {
            try channel.perform(passes.isEmpty ? wanted.remove() : wanted.replace())
            present = passes.isEmpty ? nil : wanted
        } catch {
            if passes.isEmpty { throw error }
            if hasFailed { return }
            hasFailed = true
            log.warning("TCP's maximum segment size is not reduced: \(error)", code: .firewallUnchanged)
        }
    }

    private static func rules(_ pass: FirewallPass) -> [PacketRule] {
        let family = pass.near.address.family
        let (source, destination): (UInt32, UInt32) = family == .ipv4 ? (12, 16) : (8, 24)
        return [(pass.near, pass.far), (pass.far, pass.near)].map {
            PacketRule([.family(family), .network($0.0, at: source), .network($0.1, at: destination), .tcpSYN], .clampMSS)
        }
    }
}
