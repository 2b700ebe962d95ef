import Linux
import Netlink
import Wire

/// This gateway's rules and policies, and all routes, read from the kernel, whether or not the daemon runs.
public enum KernelView {
    /// The largest number of routes that are shown for one IP version.
    private static let most = 64

    /// Rules, routes and policies, a line each, and a line for each table that cannot be read.
    public static var lines: [Sentence] {
        var lines: [Sentence] = []
        do throws(SystemError) {
            let channel = try NetlinkChannel(.route)
            let links = read(channel, Link.dump(), Link.read, &lines)
            for family in [Address.Family.ipv4, .ipv6] { show(family, links, channel, &lines) }
        } catch { lines.append("rules and routes cannot be read: \(error)") }
        do throws(SystemError) {
            show(try NetlinkChannel(.xfrm), &lines)
        } catch { if !error.isUnsupported { lines.append("policies cannot be read: \(error)") } }
        return lines
    }

    /// A table of the kernel. One that the kernel does not have is empty.
    private static func read<Value>(
        _ channel: NetlinkChannel, _ request: NetlinkRequest, _ read: (MessageHeader, Span<UInt8>) throws(WireError) -> Value?,
        _ lines: inout [Sentence]
    ) -> [Value] {
        do throws(NetlinkError) {
            return try channel.dump(request, read)
        } catch {
            if !error.isUnsupported { lines.append("\(error)") }
            return []
        }
    }

    private static func show(_ channel: NetlinkChannel, _ lines: inout [Sentence]) {
        do throws(NetlinkError) {
            for policy in try XFRMPolicies(channel).takeFound() where policy.direction == .outbound {
                let effect: StaticString = policy.action == .block ? "dropped" : policy.templates.isEmpty ? "in the clear" : "by ESP"
                lines.append("policy \(policy.selector.source) -> \(policy.selector.destination) \(effect)")
            }
        } catch { lines.append("\(error)") }
    }

    private static func show(_ family: Address.Family, _ links: [Link], _ channel: NetlinkChannel, _ lines: inout [Sentence]) {
        for rule in read(channel, Rule.dump(family), Rule.read, &lines) where rule.table != 255 {
            let ours: StaticString = Ownership.isOurs(rule) ? " (IPsec's)" : ""
            lines.append("rule \(rule.priority): look into table \(rule.table)\(ours)")
        }
        var count = 0
        for route in read(channel, Route.dump(family), Route.read, &lines)
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
