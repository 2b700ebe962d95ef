import Linux
import Netlink
import Wire

/// The routes that lead traffic to its tunnels, for both planes: in a separate routing table, which a separate rule selects.
/// Routes in other tables are never changed.
///
/// The rule does not match packets with Cygnet's mark, which are this gateway's own IKE and ESP. So a peer may be inside the network
/// that is reached through it. Networks that this gateway is directly connected to do not enter a tunnel to a larger network: `throw`
/// routes send their packets on to the main table.
final class Routing {
    static let metric: UInt32 = 100
    /// Metric of routes to peers inside the network reached through them: these hold no traffic.
    static let peerMetric: UInt32 = 101
    /// Metric of the unreachable routes behind them, which the kernel keeps when a device disappears with its routes.
    static let heldMetric: UInt32 = 17241

    let log: Log
    let channel: NetlinkChannel
    /// The eroutes, and this machine's networks and addresses.
    private(set) var networks: RoutedNetworks

    /// Cygnet's routes in the kernel.
    private var present: [Route] = []
    private var proxyARP = ProxyARP()
    /// Takes the routes to hosts that ARP is answered for, if the interface of the ARP request also leads to their peer.
    var dummy: DummyDevice?
    /// The MTU of each tunnel, if no device has it.
    var mtus = TunnelMTUs()
    let fastPaths: FastPaths

    /// Reads what an earlier run left.
    init(_ way: RoutedNetworks.Way, log: Log) throws(PlaneError) {
        networks = RoutedNetworks(way)
        self.log = log
        fastPaths = FastPaths(log: log)
        do throws(SystemError) {
            channel = try NetlinkChannel(.route)
        } catch { throw PlaneError(reason: "\(error)") }
        try readKernel()
        for route in present where route.kind != .throw && route.metric != Self.peerMetric && !networks.leftover.contains(route.destination)
        {
            networks.leftover.append(route.destination)
        }
        updateAll()
    }

    /// Whether an earlier run left traffic to this network held.
    func wasHeld(_ destination: Subnet) -> Bool { networks.leftover.contains(destination) }

    /// Routes packets for the eroute's remote network.
    func route(_ eroute: Eroute) throws(PlaneError) {
        let destination = eroute.destination
        let isFresh = !networks.eroutes.contains {
            $0.requestID == eroute.requestID && $0.shunt == eroute.shunt && $0.localSelector == eroute.localSelector
                && $0.remoteSelector == eroute.remoteSelector
        }
        networks.eroutes.removeAll { $0.requestID == eroute.requestID }
        networks.eroutes.append(eroute)
        do throws(NetlinkError) {
            try updateWithDependents(destination)
        } catch {
            networks.eroutes.removeAll { $0.requestID == eroute.requestID }
            updateOrLog(destination)
            throw PlaneError(reason: "\(error)")
        }
        networks.leftover.removeAll { $0 == destination }
        fastPaths.update(networks, channel, fresh: isFresh ? eroute : nil)
        proxyARP.update(networks.virtualAddresses, channel, log)
    }

    /// Stops routing packets for the eroute's remote network, unless another eroute leads there.
    func unroute(_ eroute: Eroute) {
        networks.eroutes.removeAll { $0.requestID == eroute.requestID }
        do throws(NetlinkError) {
            try updateWithDependents(eroute.destination)
        } catch { log.error("\(error)", code: .kernelRefused) }
        fastPaths.update(networks, channel)
        proxyARP.update(networks.virtualAddresses, channel, log)
    }

    /// Uses another device in place of the former one.
    func lead(into device: UInt32) {
        networks.way = .device(device)
        refresh()
    }

    /// Updates the routes to a remote network, and those that depend on them.
    private func updateWithDependents(_ destination: Subnet) throws(NetlinkError) {
        try update(destination)
        for network in networks.localNetworks + networks.peersInside
            + present.filter({ $0.kind == .throw || $0.metric == Self.peerMetric }).map({ $0.destination })
        { try update(network) }
        for other in networks.eroutes where other.shunt == .passthrough { try update(other.destination) }
        try updateRules()
    }

    /// Restores routes and rules that a change of interfaces, addresses or rules may have removed.
    /// - Parameter interfaces: as they are now; `nil` asks the kernel.
    func refresh(_ interfaces: InterfaceSnapshot? = nil) {
        let old = networks.localNetworks
        do throws(PlaneError) {
            try readKernel(interfaces)
        } catch { log.warning("cannot read the routes: \(error.reason)", code: .kernelRefused) }
        for network in old where !networks.localNetworks.contains(network) { updateOrLog(network) }
        updateAll()
        fastPaths.update(networks, channel)
        proxyARP.update(networks.virtualAddresses, channel, log)
    }

    private func updateAll() {
        updateRoutes()
        do throws(NetlinkError) {
            try updateRules()
        } catch { log.error("\(error)", code: .kernelRefused) }
    }

    private func updateRoutes() {
        for eroute in networks.eroutes { updateOrLog(eroute.destination) }
        for network in networks.localNetworks + networks.peersInside { updateOrLog(network) }
        // An earlier run's routes to networks of no present connection.
        for route in present { updateOrLog(route.destination) }
    }

    /// Removes all of Cygnet's routes and rules from the kernel, an earlier run's included. Returns failures, for people.
    @discardableResult func removeFromKernel() -> [Sentence] {
        networks.eroutes = []
        networks.leftover = []
        var stayed: [Sentence] = []
        do throws(PlaneError) {
            try readKernel()
        } catch { stayed.append(error.reason) }
        updateRoutes()
        for route in present { stayed.append("the route to \(route.destination) stays") }
        do throws(NetlinkError) {
            try updateRules()
        } catch { stayed.append("\(error)") }
        return stayed + fastPaths.removeFromKernel() + proxyARP.removeFromKernel(channel)
    }

    /// The name of the interface that has this address; empty if none has.
    func interfaceName(_ address: Address) -> Name {
        guard let own = networks.interfaceAddresses.first(where: { $0.address == address }) else { return Name([]) }
        do throws(NetlinkError) {
            return try channel.dump(Link.dump(), Link.read).first { $0.index == own.interface }?.name ?? Name([])
        } catch {
            log.warning("\(error)", code: .kernelRefused)
            return Name([])
        }
    }

    // MARK: Fast paths

    /// The firewall's rules have changed. `wasRestored`: rules of Cygnet had been removed, and were added again.
    func firewallChanged(wasRestored: Bool) { fastPaths.firewallChanged(networks, channel, wasRestored: wasRestored) }

    /// When `advance` has something to do next, monotonic nanoseconds.
    var nextDeadline: UInt64? { fastPaths.nextDeadline }
    func advance(now: UInt64) { fastPaths.advance(networks.eroutes, now: now) }

    /// Everything that an earlier run held has been routed again, or no conn covers it.
    func forgetEarlier() { fastPaths.forgetEarlier() }

    // MARK: The wanted routes

    /// The routes that a destination needs; `nil` keeps an earlier run's.
    private func wanted(_ destination: Subnet) throws(NetlinkError) -> [Route]? {
        if let eroute = networks.leading(to: destination) {
            // Passthrough traffic needs no route of Cygnet's. A throw route takes it out of a wider tunnel's route, so that the kernel
            // forwards and masquerades it by its own routes.
            if networks.isPassthrough(destination) {
                return networks.isInsideTunnel(destination)
                    ? [Route(to: destination, kind: .throw, table: Ownership.table, owner: Ownership.owner, metric: Self.metric)] : []
            }
            switch networks.way {
            case .device(let index):
                return [
                    Route(to: destination, kind: .unreachable, table: Ownership.table, owner: Ownership.owner, metric: Self.heldMetric),
                    Route(
                        to: destination, table: Ownership.table, owner: Ownership.owner, metric: Self.metric, interface: index,
                        preferredSource: source(eroute), mtu: eroute.mtu),
                ]
            case .peer:
                if eroute.shunt != .none { return [] }
                // Of several eroutes, one may have lost its interface.
                for candidate in [eroute] + networks.eroutes where candidate.destination == destination && candidate.shunt == .none {
                    if let routes = try towardsPeer(candidate) { return routes }
                }
                return []
            }
        }
        if networks.leftover.contains(destination) { return nil }
        if networks.peersInside.contains(destination), let route = try routeToPeerInside(destination) { return [route] }
        if networks.localNetworks.contains(destination) && networks.isInsideTunnel(destination)
            || networks.peersInside.contains(destination)
        {
            return [Route(to: destination, kind: .throw, table: Ownership.table, owner: Ownership.owner, metric: Self.metric)]
        }
        return []
    }

    /// The source address of this gateway's own packets to the remote network: `leftsourceip=`, or an address of ours that the tunnel
    /// covers.
    private func source(_ eroute: Eroute) -> Address? {
        let near = eroute.localSelector.subnet
        if let source = eroute.sourceAddress {
            if networks.ownAddresses.contains(source) { return source }
            log.warning("has leftsourceip=\(source), which is not an address of this machine", conn: eroute.name)
        }
        if near.contains(eroute.local) { return eroute.local }
        return networks.ownAddresses.first { near.contains($0) }
    }

    /// Empty if the kernel's own routes already lead there with the right source; `nil` if there is no route to the peer.
    private func towardsPeer(_ eroute: Eroute) throws(NetlinkError) -> [Route]? {
        let destination = eroute.destination
        guard let remote = eroute.remote, let peer = kernelsRoute(to: remote, from: eroute.local), let interface = peer.interface
        else { return nil }
        let source = source(eroute)
        let mtu = mtus.of(eroute)
        func route(by interface: UInt32, via gateway: Address? = nil, from source: Address?) -> [Route] {
            [
                Route(
                    to: destination, table: Ownership.table, owner: Ownership.owner, metric: Self.metric, interface: interface,
                    gateway: gateway, preferredSource: source, mtu: mtu)
            ]
        }
        if networks.virtualAddresses.contains(where: { $0.address == destination.address && $0.interface == interface }),
            let dummy = dummy?.index(channel)
        {
            return route(by: dummy, from: source)
        }
        let plain = kernelsRoute(to: destination.anyHost)
        if let plain {
            if plain.kind == .local { return [] }
            let isRight = source == nil || plain.preferredSource == source
            if plain.kind == .unicast, plain.interface == interface, isRight {
                guard mtu != nil, plain.gateway == nil || plain.gateway?.family == destination.address.family else { return [] }
                return route(by: interface, via: plain.gateway, from: plain.preferredSource)
            }
        }
        var gateway = peer.gateway
        // A next hop on another interface belongs to a default route that no longer exists.
        if let hop = eroute.nextHop, let way = kernelsRoute(to: hop), way.interface == interface, way.gateway == nil {
            gateway = hop
        }
        // Traffic without a policy keeps its route.
        if gateway?.family != destination.address.family { gateway = plain?.interface == interface ? plain?.gateway : nil }
        return route(by: interface, via: gateway, from: source)
    }

    /// The route to a peer inside the network reached through it, if this gateway's own packets to the peer need the tunnel's source
    /// address. It has no MTU, because the tunnel's ESP uses it too. `nil` if the kernel's own route suffices.
    private func routeToPeerInside(_ peer: Subnet) throws(NetlinkError) -> Route? {
        let eroute = networks.eroutes.first { $0.remote == peer.address && $0.shunt == .none && $0.destination.contains(peer) }
        guard let eroute, let leading = networks.leading(to: eroute.destination), let source = source(leading),
            let plain = kernelsRoute(to: peer.address), plain.kind == .unicast, plain.preferredSource != source
        else { return nil }
        return Route(
            to: peer, table: Ownership.table, owner: Ownership.owner, metric: Self.peerMetric, interface: plain.interface,
            gateway: plain.gateway, preferredSource: source)
    }

    /// The kernel's route for our own IKE, which does not use our table; `nil` if there is none. A route that leads nowhere is an error for
    /// the kernel. If it does not answer, the tunnel's route is made without what this would tell: traffic must stay caught.
    private func kernelsRoute(to address: Address, from source: Address? = nil) -> Route? {
        do throws(NetlinkError) {
            return try channel.answer(Route.find(address, from: source, mark: Ownership.mark), Route.read)
        } catch {
            if error.isUnanswered { log.warning("the route to \(address) cannot be read: \(error)", code: .kernelRefused) }
            return nil
        }
    }

    // MARK: Changing the kernel's routes

    private func readKernel(_ interfaces: InterfaceSnapshot? = nil) throws(PlaneError) {
        do throws(NetlinkError) {
            var routes: [Route] = []
            for family in [Address.Family.ipv4, .ipv6] {
                do throws(NetlinkError) {
                    routes += try channel.dump(Route.dump(family, table: Ownership.table), Route.read)
                } catch { if !error.isNotThere, !error.isUnsupported { throw error } }
            }
            present = routes.filter(Ownership.isOurs)
            if let interfaces {
                networks.read(interfaces)
            } else {
                networks.read(try InterfaceSnapshot(channel))
            }
        } catch { throw PlaneError(reason: "\(error)") }
    }

    /// Changes the kernel's routes for one destination to the wanted ones. New routes are added first, so that there is always one.
    private func update(_ destination: Subnet) throws(NetlinkError) {
        guard let wanted = try wanted(destination) else { return }
        let old = present.filter { $0.destination == destination }
        var kept: [Route] = []
        for route in wanted {
            if let same = old.first(where: { Self.isSame($0, route) }) {
                kept.append(same)
                continue
            }
            try channel.perform(route.add(replacing: true))
            kept.append(route)
        }
        for route in old where !kept.contains(where: { Self.isSamePlace($0, route) }) {
            do throws(NetlinkError) {
                try channel.perform(route.remove())
            } catch { if !error.isNotThere { throw error } }
        }
        present.removeAll { $0.destination == destination }
        present += kept
    }

    private func updateOrLog(_ destination: Subnet) {
        do throws(NetlinkError) {
            try update(destination)
        } catch { log.error("\(error)", code: .kernelRefused) }
    }

    /// Whether the kernel considers two routes the same, so that one replaces the other.
    private static func isSamePlace(_ one: Route, _ other: Route) -> Bool {
        one.destination == other.destination && one.metric == other.metric
    }

    private static func isSame(_ one: Route, _ other: Route) -> Bool {
        guard isSamePlace(one, other), one.kind == other.kind else { return false }
        // The kernel may report more of an unreachable route than it was given.
        return one.kind != .unicast
            || (one.interface == other.interface && one.gateway == other.gateway
                && one.preferredSource == other.preferredSource && one.mtu == other.mtu)
    }

    /// Adds a rule for each family that has routes, and removes it for the other.
    private func updateRules() throws(NetlinkError) {
        for family in [Address.Family.ipv4, .ipv6] {
            var rules: [Rule] = []
            do throws(NetlinkError) {
                rules = try channel.dump(Rule.dump(family), Rule.read)
            } catch { if !error.isUnsupported { throw error } }
            let isThere = rules.contains(where: Ownership.isOurs)
            let isWanted = present.contains { $0.destination.address.family == family }
            if isWanted, !isThere { try channel.perform(Ownership.rule(family).add()) }
            if isThere, !isWanted { try channel.perform(Ownership.rule(family).remove()) }
        }
    }
}

extension Subnet {
    /// An address inside the network that a host may have.
    fileprivate var anyHost: Address {
        isHost
            ? address
            : address.family == .ipv4
                ? Address(ipv4: UInt32(truncatingIfNeeded: address.low) | 1)
                : Address(ipv6High: address.high, low: address.low | 1)
    }
}
