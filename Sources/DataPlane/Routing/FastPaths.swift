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
    /// Whether a read failed, and that was logged.
    private var isUnread = false
    /// The table of an earlier run, which stays until all that it held is routed again.
    private var earlier: Name?
    /// Whether it is known if an earlier run left a table.
    private var knowsEarlier = false
    /// Whether the earlier run's table is no longer needed, once this run's is installed.
    private var isEarlierObsolete = false
    /// Whether flowtables were read since the start. Until then there may be some.
    private var hasRead = false
    /// Whether a table is wanted that is not installed.
    private var lacksTable = false
    private var name = FastPaths.names[0]

    /// The two names of the table: a run makes its own while an earlier run's still drops packets.
    static let names: [Name] = ["cygnet", "cygnet-next"]

    init(log: Log) {
        self.log = log
        do throws(SystemError) {
            channel = try NetlinkChannel(.netfilter)
        } catch {
            channel = nil
            if !error.isUnsupported { log.error("flow offload may bypass the tunnels: \(error)", code: .fastPathsUnread) }
        }
        channel?.expectLongRequests()
        readFlowtables()
    }

    /// Whether flows can be offloaded.
    private var canOffload: Bool { !flowtables.isEmpty || hasTarget || !hasRead }

    private func readFlowtables() {
        hasTarget = Self.hasTarget
        guard let channel else { return }
        do throws(NetlinkError) {
            if !knowsEarlier { noteEarlier(try channel.dump(FirewallChain.dump(), FirewallChain.read)) }
            note(.success(try channel.dump(Flowtable.dump(), Flowtable.read)))
        } catch { note(.failure(error)) }
    }

    /// Notes the kernel's flowtables. If they cannot be read, those that are known stay, and with them the table; the next update reads
    /// them again.
    func note(_ answer: Result<[Flowtable], NetlinkError>) {
        switch answer {
        case .success(let found):
            flowtables = found
            isUnread = false
            hasRead = true
        case .failure(let error) where error.isWithoutNFTables:
            flowtables = []
            knowsEarlier = true
            hasRead = true
        case .failure(let error): complain(error)
        }
    }

    private func complain(_ error: NetlinkError) {
        if !isUnread {
            log.warning("\(error): the rules against flow offload stay as they are until the next change", code: .fastPathsUnread)
        }
        isUnread = true
    }

    private func noteEarlier(_ chains: [FirewallChain]) {
        knowsEarlier = true
        earlier = Self.names.first { name in chains.contains { $0.family == 5 && $0.table == name } }
        if earlier == name { name = Self.names[1] }
    }

    /// Whether iptables' FLOWOFFLOAD is loaded, or may be because that cannot be read.
    public static var hasTarget: Bool {
        // Each IP version has its own file, which exists once the module is loaded.
        (["/proc/net/ip_tables_targets", "/proc/net/ip6_tables_targets"] as [Path]).contains { file in
            do throws(SystemError) {
                let targets = try Files.read(file, limit: 4_096)
                return targets.split(separator: UInt8(ascii: "\n")).contains { Name(Array($0)) == "FLOWOFFLOAD" }
            } catch { return !error.isNoSuchFile }
        }
    }

    /// Updates the table after a change of eroutes or interfaces.
    /// - Parameter fresh: an eroute that was just routed; its traffic took another way before.
    func update(_ networks: RoutedNetworks, _ routes: NetlinkChannel, fresh: Eroute? = nil) {
        readFlowtables()
        install(networks, routes)
        if isEarlierObsolete { forgetEarlier() }
        if let fresh, fresh.shunt != .passthrough { forget([fresh], all: true) }
    }

    /// The firewall's rules have changed: more flows may be offloaded or masqueraded than before.
    /// - Parameter wasRestored: rules of Cygnet had been removed, and were added again.
    func firewallChanged(_ networks: RoutedNetworks, _ routes: NetlinkChannel, wasRestored: Bool) {
        if networks.eroutes.isEmpty, present == nil { return }
        let before = flowtables
        readFlowtables()
        let isWhole = isWhole()
        install(networks, routes, again: !isWhole)
        if wasRestored || !isWhole || flowtables != before { forget(networks.eroutes, all: false) }
    }

    /// Removes an earlier run's table: everything that it held is routed again, or no conn covers it. It stays until this run's table is
    /// installed, if one is needed.
    func forgetEarlier() {
        isEarlierObsolete = lacksTable
        if lacksTable { return }
        if let failure = forgetEarlierOrSay() { log.warning(failure) }
    }

    /// Returns the failure, for people.
    private func forgetEarlierOrSay() -> Sentence? {
        if !knowsEarlier { readFlowtables() }
        if !knowsEarlier, channel != nil { return "the rules against flow offload of an earlier run cannot be read, and may stay" }
        guard let earlier else { return nil }
        if let failure = remove(PacketTable(.netdev, earlier)) { return failure }
        self.earlier = nil
        return nil
    }

    /// Removes every table of Cygnet's. Returns failures, for people.
    func removeFromKernel() -> [Sentence] {
        var stayed: [Sentence] = []
        if let failure = forgetEarlierOrSay() { stayed.append(failure) }
        if let present, let failure = remove(present) { stayed.append(failure) }
        present = nil
        return stayed
    }

    // MARK: The table

    /// - Parameter again: the kernel may no longer have the table as it was installed.
    func install(_ networks: RoutedNetworks, _ routes: NetlinkChannel, again: Bool = false) {
        let isWanted = canOffload && !networks.eroutes.isEmpty
        defer { lacksTable = channel != nil && isWanted && present == nil }
        guard let channel, knowsEarlier else { return }
        guard isWanted else {
            if let present, let failure = remove(present) { log.warning(failure) }
            present = nil
            return
        }
        let devices: [Name]
        do throws(NetlinkError) { devices = try self.devices(networks, routes) } catch { return complain(error) }
        while true {
            let table = FastPathRules(networks).table(name, on: devices, withEgress: hasEgress)
            if table == present, !again { return }
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
                log.error("flow offload may bypass the tunnels: \(error)", code: .fastPathsUnread)
                return
            }
        }
    }

    /// Returns the failure, for people.
    private func remove(_ table: PacketTable) -> Sentence? {
        do throws(NetlinkError) {
            try channel?.perform(table.remove())
            return nil
        } catch { return error.isNotThere ? nil : "\(error)" }
    }

    /// Whether the kernel still has the whole table. Rules that cannot be read count as missing, and are installed again.
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
    private func devices(_ networks: RoutedNetworks, _ routes: NetlinkChannel) throws(NetlinkError) -> [Name] {
        let links = try routes.dump(Link.dump(), Link.read)
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
        } catch { log.warning("flows that began before a tunnel was routed may bypass it: \(error)", code: .fastPathsUnread) }
    }

    /// Whether conntrack has entries. A request to conntrack would load its module.
    private static var hasConntrackEntries: Bool {
        do throws(SystemError) {
            return try Files.read("/proc/sys/net/netfilter/nf_conntrack_count", limit: 16).first != UInt8(ascii: "0")
        } catch { return !error.isNoSuchFile }
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
