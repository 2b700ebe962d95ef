import Linux
import Netlink
import Wire

/// This gateway's rules and policies, and all routes, read from the kernel, whether or not the daemon runs.
public enum KernelView {
    /// The largest number of routes that are shown for one IP version.
    private static let most = 64

    /// Rules, routes and policies, a line each.
    public static var lines: [Sentence] {
        var lines: [Sentence] = []
        if let channel = try? NetlinkChannel(.route) {
            let links = (try? channel.dump(Link.dump(), Link.read)) ?? []
            for family in [Address.Family.ipv4, .ipv6] { show(family, links, channel, &lines) }
        }
        if let channel = try? NetlinkChannel(.xfrm), let policies = try? XFRMPolicies(channel) {
            for policy in policies.takeFound() where policy.direction == .outbound {
                let effect: StaticString = policy.action == .block ? "dropped" : policy.templates.isEmpty ? "in the clear" : "by ESP"
                lines.append("policy \(policy.selector.source) -> \(policy.selector.destination) \(effect)")
            }
        }
        return lines
    }

    private static func show(_ family: Address.Family, _ links: [Link], _ channel: NetlinkChannel, _ lines: inout [Sentence]) {
        for rule in (try? channel.dump(Rule.dump(family), Rule.read)) ?? [] where rule.table != 255 {
            let ours: StaticString = Ownership.isOurs(rule) ? " (IPsec's)" : ""
            lines.append("rule \(rule.priority): look into table \(rule.table)\(ours)")
        }
        var count = 0
        for route in (try? channel.dump(Route.dump(family), Route.read)) ?? []
        where Ownership.isOurs(route) || (route.table == 254 && route.kind == .unicast) {
            count += 1
            guard count <= most else { continue }
            var line: Sentence = "route \(route)"
            if let link = links.first(where: { $0.index == route.interface }) { line += " dev \(link.name)" }
            if let source = route.preferredSource { line += " src \(source)" }
            if Ownership.isOurs(route) { line += " (IPsec's, metric \(route.metric))" }
            lines.append(line)
        }
        if count > most { lines.append("and \(count - most) routes more") }
    }
}
