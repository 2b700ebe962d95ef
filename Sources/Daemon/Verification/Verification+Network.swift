import Configuration
import Host
import Linux
import Netlink
import Wire

/// This machine's network settings and routes for tunnels.
extension Verification {
    /// A gateway for a network must forward packets.
    func lookAtForwarding() {
        for family in [Address.Family.ipv4, .ipv6] {
            let isGateway = oriented.contains {
                let near = $0.oriented.localSelector.subnet
                return !near.isHost && near.address.family == family
            }
            guard isGateway else { continue }
            let is4 = family == .ipv4
            let setting: Sentence = is4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding"
            let value = Self.setting(setting)
            look(
                value ?? 0 != 0 || (configuration.setup.forwardControl && is4), "\(is4 ? "IPv4" : "IPv6") packets are forwarded",
                "enable it: sysctl -w \(setting)=1\(is4 ? ", or forwardcontrol=yes" : "")")
        }
    }

    func lookAtInterfaces() {
        let carriers = read("/proc/net/pppoe", limit: 4_096)
        for interface in configuration.setup.interfaces {
            guard case .named(let name) = interface.device else { continue }
            let what: Sentence = "interfaces=: \(name) can carry a tunnel"
            guard let link = links.first(where: { $0.name == name }) else {
                warn(what, "it does not exist now; it is used when it appears")
                continue
            }
            let isCarrier = carriers.split(separator: UInt8(ascii: "\n")).contains { line in
                line.split(separator: UInt8(ascii: " ")).last.map { Name(Array($0)) } == name
            }
            let hasAddress = addresses.contains { $0.interface == link.index && $0.address.family == .ipv4 }
            if isCarrier || (!hasAddress && links.contains { $0.isPointToPoint && $0.name.hasPrefix("ppp") }) {
                fail(what, "it only carries PPPoE: name the ppp interface, which has the address")
            } else {
                look(hasAddress && link.isUp, what, link.isUp ? "it has no IPv4 address" : "it is down")
            }
        }
        for link in links where !link.isLoopback && link.isUp && addresses.contains(where: { $0.interface == link.index }) {
            let own = Self.setting("net/ipv4/conf/\(link.name)/rp_filter") ?? 0
            let filter = max(own, Self.setting("net/ipv4/conf/all/rp_filter") ?? 0)
            if filter == 1 {
                warn(
                    "\(link.name) takes packets even if their answers leave by another interface",
                    "its reverse path filter is strict, and drops packets from a peer inside a protected network: "
                        + "sysctl -w net/ipv4/conf/\(link.name)/rp_filter=2 (and all/rp_filter)")
            }
        }
        lookAtOverlaps()
    }

    /// A common mistake: both ends' networks have the same addresses.
    private func lookAtOverlaps() {
        for conn in oriented {
            guard let far = conn.oriented.remoteSelector?.subnet, far.prefix > 0 else { continue }
            // The peer itself may be in a directly connected network.
            if far.isHost, far.address == conn.oriented.remoteAddress { continue }
            for address in addresses where !address.network.isHost && address.network.contains(far) {
                warn(
                    "conn \(conn.name): the remote network \(far) is not a local network",
                    "it is inside this machine's own network \(address.network): the tunnel does not reach hosts there, unless it is "
                        + "an extruded subnet; renumber one of the two")
            }
        }
    }

    /// Rules with lower priority numbers than ours are used first.
    func lookAtRules() {
        for family in [Address.Family.ipv4, .ipv6] {
            for rule in read({ $0.rules(family) })
            where rule.priority < Ownership.priority && rule.table != 255 {
                fail(
                    "no routing rule comes before IPsec's",
                    "rule \(rule.priority) looks into table \(rule.table) first: its routes bypass the tunnels; "
                        + "give it a priority above \(UInt32(Ownership.priority))")
            }
        }
        for conn in oriented {
            // Packets without a route go nowhere.
            guard let far = conn.oriented.remoteSelector?.subnet, far.prefix > 0, !hasKernelESP,
                PIDFile.holder(options.pidFile) != nil,
                let route = tables.route(to: far.address)
            else { continue }
            let name = configuration.setup.interfaces.first?.virtual ?? "ipsec0"
            let device = links.first { $0.name == name }?.index
            if route.interface != device, route.kind == .unicast {
                warn(
                    "conn \(conn.name): packets for \(far) go into the tunnel",
                    "they do not: the conn is not routed ('ipsec auto --route \(conn.name)'), or another route covers it")
            }
        }
    }
}
