import Linux
import Netlink
import Wire

/// Keeps a tunnel's traffic out of the kernel's fast paths. A flow that a firewall has offloaded into a flowtable (nftables'
/// `flow add`, iptables' FLOWOFFLOAD) is forwarded where it comes in, with the route it once had: no new route, no policy and no
/// rule of a firewall sees its packets.
///
/// - When an eroute is routed, the kernel forgets the flows of its selectors, which ends their fast path at once and their
///   masquerading as well. The next packet is a new flow's, and finds the tunnel.
/// - While there are flowtables, a table of our own stands at the devices themselves: what the policy covers and is in the
///   clear is dropped behind every fast path on its way out, and in front of it on its way in.
public final class FastPaths {
    private let log: Log
    private let exchange: Exchange?
    /// What is in the kernel.
    private var present: PacketTable?
    private var flowtables: [Flowtable] = []
    private var hasTarget = false
    /// Whether the kernel lets us look at what leaves (5.16).
    private var hasEgress = true
    private var hasComplained = false
    /// An earlier run's table stands, until all that it held is routed again.
    private let earlier: Name?
    private var earlierStands: Bool
    private let name: Name

    /// Two, so that a run can build its own while the last one's still holds.
    static let names: [Name] = ["cygnet", "cygnet-next"]

    init(log: Log) {
        self.log = log
        exchange = try? Exchange(.netfilter)
        exchange?.expectLongRequests()
        let chains = (try? exchange?.dump(FirewallChain.dump(), FirewallChain.read)) ?? []
        earlier = Self.names.first { name in chains.contains { $0.family == 5 && $0.table == name } }
        earlierStands = earlier != nil
        name = earlier == Self.names[0] ? Self.names[1] : Self.names[0]
        look()
    }

    /// Whether flows can be offloaded.
    private var areThere: Bool { !flowtables.isEmpty || hasTarget }

    private func look() {
        flowtables = (try? exchange?.dump(Flowtable.dump(), Flowtable.read)) ?? []
        hasTarget = Self.hasTarget
    }

    /// Whether iptables' FLOWOFFLOAD is loaded.
    public static var hasTarget: Bool {
        // Another file for each IP version; modules that were never loaded have none.
        (["/proc/net/ip_tables_targets", "/proc/net/ip6_tables_targets"] as [Path]).contains { file in
            let targets = (try? Files.read(file, limit: 4_096)) ?? []
            return targets.split(separator: UInt8(ascii: "\n")).contains { Name(Array($0)) == "FLOWOFFLOAD" }
        }
    }

    /// An eroute is routed or let go, or this machine's interfaces are others.
    /// - Parameter fresh: the eroute whose traffic went another way before.
    func bring(_ routing: Routing, fresh: Eroute? = nil) {
        look()
        put(routing)
        if let fresh, fresh.shunt != .passthrough { forget([fresh], all: true) }
    }

    /// The firewall has changed: flows may have been offloaded, or masqueraded, that were not before.
    /// - Parameter wasRestored: rules of ours had been swept away, and are back.
    func firewallChanged(_ routing: Routing, wasRestored: Bool) {
        if routing.eroutes.isEmpty, present == nil { return }
        let before = flowtables
        look()
        let isWhole = isWhole()
        if !isWhole { present = nil }
        put(routing)
        if wasRestored || !isWhole || flowtables != before { forget(routing.eroutes, all: false) }
    }

    /// All that an earlier run left held is routed again, or let go.
    func forgetEarlier() {
        guard earlierStands, let earlier else { return }
        earlierStands = false
        remove(PacketTable(.netdev, earlier))
    }

    func removeFromKernel() {
        forgetEarlier()
        if let present { remove(present) }
        present = nil
    }

    // MARK: The table

    private func put(_ routing: Routing) {
        guard let exchange else { return }
        let isWanted = areThere && !routing.eroutes.isEmpty
        guard isWanted else {
            if let present { remove(present) }
            present = nil
            return
        }
        let devices = devices(routing)
        while true {
            let table = FastPathRules(routing.eroutes, routing).table(name, on: devices, withEgress: hasEgress)
            if table == present { return }
            do throws(NetlinkError) {
                try exchange.perform(table.replace())
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
                // A device that has just gone tells so itself.
                if hasComplained || error.isNotThere { return }
                hasComplained = true
                log.error("flow offload may bypass the tunnels: \(error)")
                return
            }
        }
    }

    private func remove(_ table: PacketTable) {
        do throws(NetlinkError) {
            try exchange?.perform(table.remove())
        } catch { if !error.isNotThere { log.warning("\(error)") } }
    }

    /// Whether the kernel has what it was given.
    private func isWhole() -> Bool {
        guard let exchange, let present else { return true }
        var rules = 0
        var chains = 0
        _ = try? exchange.dump(FirewallRule.dump()) { (header, body) throws(WireError) -> Bool? in
            if try PacketTable.isRule(header, body, of: present) { rules += 1 }
            return nil
        }
        for chain in (try? exchange.dump(FirewallChain.dump(), FirewallChain.read)) ?? []
        where chain.family == present.family.rawValue && chain.table == present.name { chains += 1 }
        return rules == present.chains.reduce(0) { $0 + $1.rules.count } && chains == present.chains.count { $0.hook != nil }
    }

    /// Every device that packets may leave by, without ours. What only crosses a bridge is nobody's that we speak for, unless the
    /// bridge itself is the line.
    private func devices(_ routing: Routing) -> [Name] {
        let links = (try? routing.exchange.dump(Link.dump(), Link.read)) ?? []
        let lines = routing.interfaceAddresses.filter { own in routing.eroutes.contains { $0.local == own.address } }
        var names: [Name] = []
        for link in links where !link.isLoopback && link.kind != "dummy" && names.count < Limits.guardedDevices {
            if case .device(let own) = routing.way, link.index == own { continue }
            let isPort = links.contains { $0.index == link.master && $0.kind == "bridge" }
            if isPort, !lines.contains(where: { $0.interface == link.master }) { continue }
            names.append(link.name)
        }
        return names
    }

    // MARK: Flows

    /// When flows that could not be forgotten are looked at again.
    private var againAt: UInt64?
    /// They are to be looked at again, and `advance` is to say when.
    private var isBusy = false
    private var tries = 0
    private static let patience: UInt64 = 1_000_000_000
    private static let mostTries = 30

    var nextDeadline: UInt64? { isBusy ? 0 : againAt }

    func advance(_ routing: Routing, now: UInt64) {
        if let due = againAt, due <= now {
            againAt = nil
            forget(routing.eroutes, all: false)
            tries = isBusy ? tries + 1 : 0
        }
        guard isBusy else { return }
        isBusy = false
        againAt = now + Self.patience
        if tries < Self.mostTries { return }
        log.warning(
            "the kernel keeps flows that were offloaded before their tunnel was routed: reload the firewall to end them")
        (againAt, tries) = (nil, 0)
    }

    /// Has the kernel forget flows, and looks again: a packet may have been under way between route and firewall.
    /// - Parameter all: also those that only go as the routes say.
    private func forget(_ eroutes: [Eroute], all: Bool) {
        guard let exchange, !eroutes.isEmpty, Self.followsFlows else { return }
        do throws(NetlinkError) {
            for family in [Address.Family.ipv4, .ipv6] {
                let concerned = eroutes.filter { $0.destination.address.family == family && $0.shunt != .passthrough }
                if concerned.isEmpty { continue }
                var takesAll = all
                var isHeld = false
                for _ in 0..<8 {
                    let flows = try exchange.dump(ConntrackEntry.dump(family)) { (header, body) throws(WireError) -> ConntrackEntry? in
                        guard let entry = try ConntrackEntry.read(header, body) else { return nil }
                        guard takesAll || entry.isOffloaded || entry.isTranslated else { return nil }
                        return concerned.contains { $0.takes(entry) } ? entry : nil
                    }
                    for flow in flows {
                        do throws(NetlinkError) {
                            try exchange.perform(flow.remove())
                        } catch {
                            // Kernels before 2023 leave an offloaded flow to its flowtable, which lets go at its next packet, since
                            // the route is another.
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

    /// Only then: asking would load what follows them.
    private static var followsFlows: Bool {
        let count = (try? Files.read("/proc/sys/net/netfilter/nf_conntrack_count", limit: 16)) ?? []
        return !count.isEmpty && count.first != UInt8(ascii: "0")
    }
}

extension Routing {
    /// The firewall is not what it was; or, where rules of ours had been swept away, it is again.
    func firewallChanged(wasRestored: Bool) { fastPaths.firewallChanged(self, wasRestored: wasRestored) }

    var nextDeadline: UInt64? { fastPaths.nextDeadline }
    func advance(now: UInt64) { fastPaths.advance(self, now: now) }

    /// What an earlier run left held is routed again, or nobody's.
    func forgetEarlier() { fastPaths.forgetEarlier() }

    /// The interface that has an address of ours.
    func interfaceName(_ address: Address) -> Name {
        guard let own = interfaceAddresses.first(where: { $0.address == address }) else { return Name([]) }
        let links = (try? exchange.dump(Link.dump(), Link.read)) ?? []
        return links.first { $0.index == own.interface }?.name ?? Name([])
    }
}

extension Eroute {
    /// Whether a flow's packets, in either direction and on either side of a translation, are of this eroute.
    func takes(_ entry: ConntrackEntry) -> Bool { takes(entry.original) || takes(entry.reply) }

    func takes(_ tuple: ConntrackEntry.Tuple) -> Bool {
        // This gateway's own IKE and ESP with its peers has flows as well.
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
