import Linux
import Netlink
import Wire

/// Keeps a tunnel's traffic out of the kernel's fast paths.
///
/// A firewall can offload a flow into a flowtable (nftables' `flow add`, iptables' FLOWOFFLOAD). The kernel then forwards the flow's
/// packets as soon as they arrive, by the route that the flow had when it was offloaded. No new route, no policy and no firewall rule
/// sees these packets.
///
/// - When an eroute is routed, the conntrack entries of its traffic are deleted. This ends their fast path and their masquerading. The
///   next packet starts a new flow, which takes the tunnel.
/// - While flowtables exist, a netdev table of Cygnet's drops cleartext packets that a policy covers. Outgoing packets pass it after
///   every fast path, incoming packets before.
public final class FastPaths {
    private let log: Log
    private let channel: NetlinkChannel?
    /// Cygnet's table in the kernel.
    private var present: PacketTable?
    private var flowtables: [Flowtable] = []
    /// Whether iptables' FLOWOFFLOAD is loaded.
    private var hasTarget = false
    /// Whether the kernel has the egress hook (Linux 5.16).
    private var hasEgress = true
    private var hasComplained = false
    /// The table of an earlier run, which stays until all that it held is routed again.
    private let earlier: Name?
    private var hasEarlier: Bool
    private let name: Name

    /// The two names of the table: a run makes its own while an earlier run's still drops packets.
    static let names: [Name] = ["cygnet", "cygnet-next"]

    init(log: Log) {
        self.log = log
        channel = try? NetlinkChannel(.netfilter)
        channel?.expectLongRequests()
        let chains = (try? channel?.dump(FirewallChain.dump(), FirewallChain.read)) ?? []
        earlier = Self.names.first { name in chains.contains { $0.family == 5 && $0.table == name } }
        hasEarlier = earlier != nil
        name = earlier == Self.names[0] ? Self.names[1] : Self.names[0]
        readFlowtables()
    }

    /// Whether flows can be offloaded.
    private var canOffload: Bool { !flowtables.isEmpty || hasTarget }

    private func readFlowtables() {
        flowtables = (try? channel?.dump(Flowtable.dump(), Flowtable.read)) ?? []
        hasTarget = Self.hasTarget
    }

    /// Whether iptables' FLOWOFFLOAD is loaded.
    public static var hasTarget: Bool {
        // Each IP version has its own file, which exists once the module is loaded.
        (["/proc/net/ip_tables_targets", "/proc/net/ip6_tables_targets"] as [Path]).contains { file in
            let targets = (try? Files.read(file, limit: 4_096)) ?? []
            return targets.split(separator: UInt8(ascii: "\n")).contains { Name(Array($0)) == "FLOWOFFLOAD" }
        }
    }

    /// Updates the table after a change of eroutes or interfaces.
    /// - Parameter fresh: an eroute that was just routed; its traffic took another way before.
    func update(_ networks: RoutedNetworks, _ routes: NetlinkChannel, fresh: Eroute? = nil) {
        readFlowtables()
        install(networks, routes)
        if let fresh, fresh.shunt != .passthrough { forget([fresh], all: true) }
    }

    /// The firewall's rules have changed: more flows may be offloaded or masqueraded than before.
    /// - Parameter wasRestored: rules of Cygnet had been removed, and were added again.
    func firewallChanged(_ networks: RoutedNetworks, _ routes: NetlinkChannel, wasRestored: Bool) {
        if networks.eroutes.isEmpty, present == nil { return }
        let before = flowtables
        readFlowtables()
        let isWhole = isWhole()
        if !isWhole { present = nil }
        install(networks, routes)
        if wasRestored || !isWhole || flowtables != before { forget(networks.eroutes, all: false) }
    }

    /// Removes an earlier run's table: everything that it held is routed again, or no conn covers it.
    func forgetEarlier() {
        guard hasEarlier, let earlier else { return }
        hasEarlier = false
        remove(PacketTable(.netdev, earlier))
    }

    func removeFromKernel() {
        forgetEarlier()
        if let present { remove(present) }
        present = nil
    }

    // MARK: The table

    private func install(_ networks: RoutedNetworks, _ routes: NetlinkChannel) {
        guard let channel else { return }
        let isWanted = canOffload && !networks.eroutes.isEmpty
        guard isWanted else {
            if let present { remove(present) }
            present = nil
            return
        }
        let devices = devices(networks, routes)
        while true {
            let table = FastPathRules(networks).table(name, on: devices, withEgress: hasEgress)
            if table == present { return }
            do throws(NetlinkError) {
                try channel.perform(table.replace())
                present = table
                hasComplained = false
                return
            } catch {
                if hasEgress, error.isUnsupported {
                    hasEgress = false
                    log.warning(
                        "this kernel is older than 5.16 and cannot drop packets that flow offload sends: with leftfirewall=yes, a tunnel's flows "
                            + "are accepted before they are offloaded")
                    continue
                }
                // A device that no longer exists is reported by the interface monitor.
                if hasComplained || error.isNotThere { return }
                hasComplained = true
                log.error("flow offload may bypass the tunnels: \(error)")
                return
            }
        }
    }

    private func remove(_ table: PacketTable) {
        do throws(NetlinkError) {
            try channel?.perform(table.remove())
        } catch { if !error.isNotThere { log.warning("\(error)") } }
    }

    /// Whether the kernel still has the whole table.
    private func isWhole() -> Bool {
        guard let channel, let present else { return true }
        var rules = 0
        var chains = 0
        _ = try? channel.dump(FirewallRule.dump()) { (header, body) throws(WireError) -> Bool? in
            if try PacketTable.isRule(header, body, of: present) { rules += 1 }
            return nil
        }
        for chain in (try? channel.dump(FirewallChain.dump(), FirewallChain.read)) ?? []
        where chain.family == present.family.rawValue && chain.table == present.name { chains += 1 }
        return rules == present.chains.reduce(0) { $0 + $1.rules.count } && chains == present.chains.count { $0.hook != nil }
    }

    /// Every device that packets may leave by, except the tunnels' own. Ports of a bridge are included only if a tunnel's local address
    /// is the bridge's: other packets that cross a bridge do not pass this gateway.
    private func devices(_ networks: RoutedNetworks, _ routes: NetlinkChannel) -> [Name] {
        let links = (try? routes.dump(Link.dump(), Link.read)) ?? []
        let uplinks = networks.interfaceAddresses.filter { own in networks.eroutes.contains { $0.local == own.address } }
        var names: [Name] = []
        for link in links where !link.isLoopback && link.kind != "dummy" && names.count < Limits.guardedDevices {
            if networks.isOwnDevice(link) { continue }
            let isPort = links.contains { $0.index == link.master && $0.kind == "bridge" }
            if isPort, !uplinks.contains(where: { $0.interface == link.master }) { continue }
            names.append(link.name)
        }
        return names
    }

    // MARK: Flows

    /// When the entries that could not be deleted are tried again, monotonic nanoseconds.
    private var retryAt: UInt64?
    /// Whether the kernel refused to delete entries, and `advance` has not set `retryAt` yet.
    private var isBusy = false
    private var tries = 0
    private static let retryInterval: UInt64 = 1_000_000_000
    private static let tryLimit = 30

    var nextDeadline: UInt64? { isBusy ? 0 : retryAt }

    func advance(_ eroutes: [Eroute], now: UInt64) {
        if let due = retryAt, due <= now {
            retryAt = nil
            forget(eroutes, all: false)
            tries = isBusy ? tries + 1 : 0
        }
        guard isBusy else { return }
        isBusy = false
        retryAt = now + Self.retryInterval
        if tries < Self.tryLimit { return }
        log.warning(
            "the kernel keeps flows that were offloaded before their tunnel was routed: reload the firewall to end them")
        (retryAt, tries) = (nil, 0)
    }

    /// Deletes the eroutes' conntrack entries, and repeats until there are none: a packet that had passed the route but not yet the
    /// firewall adds one.
    /// - Parameter all: also entries that are neither offloaded nor translated.
    private func forget(_ eroutes: [Eroute], all: Bool) {
        guard let channel, !eroutes.isEmpty, Self.hasConntrackEntries else { return }
        do throws(NetlinkError) {
            for family in [Address.Family.ipv4, .ipv6] {
                let concerned = eroutes.filter { $0.destination.address.family == family && $0.shunt != .passthrough }
                if concerned.isEmpty { continue }
                var takesAll = all
                var isHeld = false
                for _ in 0..<8 {
                    let flows = try channel.dump(ConntrackEntry.dump(family)) { (header, body) throws(WireError) -> ConntrackEntry? in
                        guard let entry = try ConntrackEntry.read(header, body) else { return nil }
                        guard takesAll || entry.isOffloaded || entry.isTranslated else { return nil }
                        return concerned.contains { $0.takes(entry) } ? entry : nil
                    }
                    for flow in flows {
                        do throws(NetlinkError) {
                            try channel.perform(flow.remove())
                        } catch {
                            // Kernels before 2023 do not delete an offloaded flow. The flowtable gives it up at its next packet,
                            // because the route has changed.
                            isHeld = isHeld || error.isBusy
                            if !error.isBusy, !error.isNotThere { throw error }
                        }
                    }
                    if isHeld { isBusy = true }
                    if flows.isEmpty || isHeld { break }
                    takesAll = all && flows.count == Limits.kernelEntries
                }
            }
        } catch { log.warning("flows that began before a tunnel was routed may bypass it: \(error)") }
    }

    /// Whether conntrack has entries. A request to conntrack would load its module.
    private static var hasConntrackEntries: Bool {
        let count = (try? Files.read("/proc/sys/net/netfilter/nf_conntrack_count", limit: 16)) ?? []
        return !count.isEmpty && count.first != UInt8(ascii: "0")
    }
}

extension Eroute {
    /// Whether the eroute covers a flow's packets, in either direction, before or after address translation.
    func takes(_ entry: ConntrackEntry) -> Bool { takes(entry.original) || takes(entry.reply) }

    func takes(_ tuple: ConntrackEntry.Tuple) -> Bool {
        // Conntrack also has entries of this gateway's own IKE and ESP.
        if tuple.ipProtocol == 50
            || tuple.ipProtocol == 17 && [500, 4500].contains(tuple.sourcePort) && [tuple.source, tuple.destination].contains(local)
        {
            return false
        }
        let proto = tuple.ipProtocol
        return localSelector.covers(tuple.source, ipProtocol: proto, port: tuple.sourcePort)
            && remoteSelector.covers(tuple.destination, ipProtocol: proto, port: tuple.destinationPort)
            || remoteSelector.covers(tuple.source, ipProtocol: proto, port: tuple.sourcePort)
                && localSelector.covers(tuple.destination, ipProtocol: proto, port: tuple.destinationPort)
    }
}
