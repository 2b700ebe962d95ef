import Linux
import Netlink
import Wire

/// This machine's links, addresses, routes and nftables, read for a report. Each method returns no entries if the kernel does not have the
/// table. A table that cannot be read is empty too, and `takeFailures` says why.
public final class NetworkTables {
    private var route: NetlinkChannel?
    private var netfilter: NetlinkChannel?
    private var failures: [Sentence] = []

    /// Opens the sockets. What cannot be opened is a failure, unless the kernel lacks it.
    public init() {
        route = open(.route)
        netfilter = open(.netfilter)
    }

    /// Why something could not be read since the last call.
    public func takeFailures() -> [Sentence] {
        defer { failures = [] }
        return failures
    }

    /// The network interfaces.
    public func links() -> [Link] { read(route, Link.dump(), Link.read) }
    /// The addresses of the interfaces.
    public func addresses() -> [InterfaceAddress] { read(route, InterfaceAddress.dump(), InterfaceAddress.read) }
    /// The routing rules of a family.
    public func rules(_ family: Address.Family) -> [Rule] { read(route, Rule.dump(family), Rule.read) }
    /// The flowtables of nftables.
    public func flowtables() -> [Flowtable] { read(netfilter, Flowtable.dump(), Flowtable.read) }
    /// The base chains and other chains of nftables.
    public func chains() -> [FirewallChain] { read(netfilter, FirewallChain.dump(), FirewallChain.read) }
    /// The properties of the rules of nftables.
    public func firewallRules() -> [FirewallRuleProperties] { read(netfilter, FirewallRule.dump(), FirewallRuleProperties.read) }

    /// The route that a packet of this machine takes; `nil` if there is none.
    public func route(to address: Address) -> Route? {
        // Without a route the kernel answers with an error.
        try? route?.answer(Route.find(address), Route.read)
    }

    private func open(_ family: NetlinkSocket.Family) -> NetlinkChannel? {
        do throws(SystemError) {
            return try NetlinkChannel(family)
        } catch {
            if !error.isUnsupported { failures.append("\(error)") }
            return nil
        }
    }

    private func read<Value>(
        _ channel: NetlinkChannel?, _ request: NetlinkRequest, _ read: (MessageHeader, Span<UInt8>) throws(WireError) -> Value?
    ) -> [Value] {
        guard let channel else { return [] }
        do throws(NetlinkError) {
            return try channel.dump(request, read)
        } catch {
            if !(channel === netfilter ? error.isWithoutNFTables : error.isUnsupported) { failures.append("\(error)") }
            return []
        }
    }
}
