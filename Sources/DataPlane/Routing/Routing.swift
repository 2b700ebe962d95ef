import Linux
import Netlink
import Wire

/// The routes that lead traffic to its tunnels, for both planes: in a routing table of their own, which a rule of their own selects.
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

    /// How packets to a remote network are routed.
    enum Way {
        /// Into this TUN device; an unreachable route of a higher metric stands behind.
        case device(UInt32)
        /// Towards the peer, so that the kernel's policies catch them; only if its own routes do not lead there.
        case peer
    }

    let log: Log
    let exchange: Exchange
    private(set) var way: Way

    /// The eroutes, in the order in which they were routed.
    private(set) var eroutes: [Eroute] = []
    /// Cygnet's routes in the kernel.
    private var present: [Route] = []
    /// Remote networks that an earlier run holds, and that no connection has routed since.
    private(set) var leftover: [Subnet] = []
    /// Link-local networks, and those that this machine is directly connected to.
    private(set) var localNetworks: [Subnet] = []
    /// Addresses of this machine's interfaces.
    private(set) var ownAddresses: [Address] = []
    /// The addresses with their networks, if a network has more than this machine.
    private(set) var interfaceAddresses: [InterfaceAddress] = []
    private var proxyARP = ProxyARP()
    /// For hosts for which ARP is answered on the interface that also leads to them.
    var dummy: DummyDevice?
    /// The MTU of each tunnel, if no device has it.
    var mtus = TunnelMTUs()
    let fastPaths: FastPaths

    /// Reads what an earlier run left.
    init(_ way: Way, log: Log) throws(PlaneError) {
        self.way = way
        self.log = log
        fastPaths = FastPaths(log: log)
        do throws(SystemError) {
            exchange = try Exchange(.route)
        } catch { throw PlaneError(reason: "\(error)") }
        try lookAtKernel()
        for route in present where route.kind != .throw && route.metric != Self.peerMetric && !leftover.contains(route.destination) {
            leftover.append(route.destination)
        }
        bringAll()
    }

    /// Whether an earlier run left traffic to this network held.
    func wasHeld(_ destination: Subnet) -> Bool { leftover.contains(destination) }

    /// Routes packets for the eroute's remote network.
    func route(_ eroute: Eroute) throws(PlaneError) {
        let destination = eroute.destination
        let isFresh = !eroutes.contains {
            $0.requestID == eroute.requestID && $0.shunt == eroute.shunt && $0.localSelector == eroute.localSelector
                && $0.remoteSelector == eroute.remoteSelector
        }
        eroutes.removeAll { $0.requestID == eroute.requestID }
        eroutes.append(eroute)
        do throws(NetlinkError) {
            try bringAround(destination)
        } catch {
            eroutes.removeAll { $0.requestID == eroute.requestID }
            try? bring(destination)
            throw PlaneError(reason: "\(error)")
        }
        leftover.removeAll { $0 == destination }
        fastPaths.bring(self, fresh: isFresh ? eroute : nil)
        proxyARP.bring(virtualAddresses, exchange, log)
    }

    /// Stops routing packets for the eroute's remote network, unless another eroute leads there.
    func unroute(_ eroute: Eroute) {
        eroutes.removeAll { $0.requestID == eroute.requestID }
        do throws(NetlinkError) {
            try bringAround(eroute.destination)
        } catch { log.error("\(error)") }
        fastPaths.bring(self)
        proxyARP.bring(virtualAddresses, exchange, log)
    }

    /// Uses another device in place of the former one.
    func lead(into device: UInt32) {
        way = .device(device)
        refresh()
    }

    /// Updates the routes to a remote network, and those that depend on them.
    private func bringAround(_ destination: Subnet) throws(NetlinkError) {
        try bring(destination)
        for network in localNetworks + peersInside
            + present.filter({ $0.kind == .throw || $0.metric == Self.peerMetric }).map({ $0.destination })
        { try bring(network) }
        for other in eroutes where other.shunt == .passthrough { try bring(other.destination) }
        try bringRules()
    }

    /// Restores what a change of interfaces, addresses or rules may have removed.
    /// - Parameter interfaces: as they are now; `nil` asks the kernel.
    func refresh(_ interfaces: InterfaceSnapshot? = nil) {
        let old = localNetworks
        do throws(PlaneError) {
            try lookAtKernel(interfaces)
        } catch { log.warning("cannot read the routes: \(error.reason)") }
        for network in old where !localNetworks.contains(network) { bringOrSay(network) }
        bringAll()
        fastPaths.bring(self)
        proxyARP.bring(virtualAddresses, exchange, log)
    }

    private func bringAll() {
        for eroute in eroutes { bringOrSay(eroute.destination) }
        for network in localNetworks + peersInside { bringOrSay(network) }
        // An earlier run's routes to networks of no present connection.
        for route in present { bringOrSay(route.destination) }
        bringRulesOrSay()
    }

    /// Removes all of Cygnet's routes and rules from the kernel, an earlier run's included. Returns failures, for people.
    @discardableResult func removeFromKernel() -> [Sentence] {
        eroutes = []
        leftover = []
        try? lookAtKernel()
        bringAll()
        fastPaths.removeFromKernel()
        proxyARP.removeFromKernel(exchange)
        return present.map { "the route to \($0.destination) stays" }
    }

    // MARK: The wanted routes

    /// Directly connected networks, link-local networks, and this machine's own addresses.
    var everythingLocal: [Subnet] {
        localNetworks + ownAddresses.map { Subnet(host: $0) }.filter { own in !localNetworks.contains { $0.contains(own) } }
    }

    /// Directly connected and link-local networks inside this one, which therefore do not enter its tunnel. A network that has a tunnel of
    /// its own is not among them.
    func localNetworks(inside destination: Subnet) -> [Subnet] {
        localNetworks.filter { network in
            network != destination && destination.contains(network) && !eroutes.contains { $0.destination == network }
        }
    }

    /// Whether a network is inside a larger one that has a tunnel, or had one in an earlier run.
    private func isInsideTunnel(_ network: Subnet) -> Bool {
        eroutes.contains { $0.shunt != .passthrough && $0.destination != network && $0.destination.contains(network) }
            || leftover.contains { $0 != network && $0.contains(network) }
    }

    /// The routes that a destination needs; `nil` keeps an earlier run's.
    private func wanted(_ destination: Subnet) -> [Route]? {
        if let eroute = leading(to: destination) {
            // What goes in the clear by intent needs no route of ours, and is thrown out of a wider tunnel's route, where all
            // that the wider one takes is let pass: the kernel then forwards and masquerades it itself.
            if isPassedBy(destination) {
                return isInsideTunnel(destination)
                    ? [Route(to: destination, kind: .throw, table: Ownership.table, owner: Ownership.owner, metric: Self.metric)] : []
            }
            switch way {
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
                for candidate in [eroute] + eroutes where candidate.destination == destination && candidate.shunt == .none {
                    if let routes = towardsPeer(candidate) { return routes }
                }
                return []
            }
        }
        if leftover.contains(destination) { return nil }
        if peersInside.contains(destination), let route = fromWithin(to: destination) { return [route] }
        if localNetworks.contains(destination) && isInsideTunnel(destination) || peersInside.contains(destination) {
            return [Route(to: destination, kind: .throw, table: Ownership.table, owner: Ownership.owner, metric: Self.metric)]
        }
        return []
    }

    /// Whether all eroutes to a remote network are passthrough.
    private func isPassedBy(_ destination: Subnet) -> Bool {
        var own: Eroute?
        for eroute in eroutes where eroute.destination == destination {
            guard eroute.shunt == .passthrough else { return false }
            own = eroute
        }
        guard let own else { return false }
        let isNarrow = own.localSelector.ipProtocol != 0 || own.remoteSelector.ipProtocol != 0
        for wider in eroutes where wider.shunt != .passthrough && wider.destination.contains(destination) {
            if isNarrow || !own.localSelector.subnet.contains(wider.localSelector.subnet) { return false }
        }
        return true
    }

    /// The eroute that decides the route to a remote network: one with a source address, else one that covers this gateway's own packets,
    /// else the first.
    func leading(to destination: Subnet) -> Eroute? {
        let all = eroutes.filter { $0.destination == destination }
        return all.first { $0.sourceAddress != nil } ?? all.first { $0.localSelector.subnet.contains($0.local) } ?? all.first
    }

    /// The source address of this gateway's own packets to the remote network: `leftsourceip=`, or an address of ours that the tunnel
    /// covers.
    func source(_ eroute: Eroute) -> Address? {
        let near = eroute.localSelector.subnet
        if let source = eroute.sourceAddress {
            if ownAddresses.contains(source) { return source }
            log.warning("\"\(eroute.name)\" has leftsourceip=\(source), which is not an address of this machine")
        }
        if near.contains(eroute.local) { return eroute.local }
        return ownAddresses.first { near.contains($0) }
    }

    /// Empty if the kernel's own routes already lead there with the right source; `nil` if there is no route to the peer.
    private func towardsPeer(_ eroute: Eroute) -> [Route]? {
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
        if virtualAddresses.contains(where: { $0.address == destination.address && $0.interface == interface }),
            let dummy = dummy?.index(exchange)
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

    /// The kernel's route for our own IKE, which does not use our table; `nil` if there is none.
    func kernelsRoute(to address: Address, from source: Address? = nil) -> Route? {
        try? exchange.answer(Route.find(address, from: source, mark: Ownership.mark), Route.read)
    }

    // MARK: Changing the kernel's routes

    private func lookAtKernel(_ interfaces: InterfaceSnapshot? = nil) throws(PlaneError) {
        do throws(NetlinkError) {
            var routes: [Route] = []
            for family in [Address.Family.ipv4, .ipv6] {
                do throws(NetlinkError) {
                    routes += try exchange.dump(Route.dump(family, table: Ownership.table), Route.read)
                } catch { if !error.isNotThere, !error.isUnsupported { throw error } }
            }
            present = routes.filter(Ownership.isOurs)
            if let interfaces {
                lookAtAddresses(interfaces)
            } else {
                lookAtAddresses(try InterfaceSnapshot(exchange))
            }
        } catch { throw PlaneError(reason: "\(error)") }
    }

    private func lookAtAddresses(_ interfaces: InterfaceSnapshot) {
        var networks = Subnet.linkScope
        var addresses: [Address] = []
        var reached: [InterfaceAddress] = []
        for address in interfaces.addresses {
            guard let link = interfaces.links.first(where: { $0.index == address.interface }), link.isUp else { continue }
            addresses.append(address.address)
            if case .device(let own) = way, link.index == own { continue }
            if link.isLoopback || Subnet.linkScope.contains(where: { $0.contains(address.network) }) { continue }
            reached.append(address)
            if address.network == Subnet(host: address.address) || networks.contains(address.network) { continue }
            networks.append(address.network)
        }
        ownAddresses = addresses
        interfaceAddresses = reached
        localNetworks = networks
    }

    /// Changes the kernel's routes for one destination to the wanted ones. New routes are added first, so that there is always one.
    private func bring(_ destination: Subnet) throws(NetlinkError) {
        guard let wanted = wanted(destination) else { return }
        let old = present.filter { $0.destination == destination }
        var kept: [Route] = []
        for route in wanted {
            if let same = old.first(where: { Self.isSame($0, route) }) {
                kept.append(same)
                continue
            }
            try exchange.perform(route.add(replacing: true))
            kept.append(route)
        }
        for route in old where !kept.contains(where: { Self.isSamePlace($0, route) }) {
            do throws(NetlinkError) {
                try exchange.perform(route.remove())
            } catch { if !error.isNotThere { throw error } }
        }
        present.removeAll { $0.destination == destination }
        present += kept
    }

    private func bringOrSay(_ destination: Subnet) {
        do throws(NetlinkError) {
            try bring(destination)
        } catch { log.error("\(error)") }
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
    private func bringRules() throws(NetlinkError) {
        for family in [Address.Family.ipv4, .ipv6] {
            var rules: [Rule] = []
            do throws(NetlinkError) {
                rules = try exchange.dump(Rule.dump(family), Rule.read)
            } catch { if !error.isUnsupported { throw error } }
            let isThere = rules.contains(where: Ownership.isOurs)
            let isWanted = present.contains { $0.destination.address.family == family }
            if isWanted, !isThere { try exchange.perform(Ownership.rule(family).add()) }
            if isThere, !isWanted { try exchange.perform(Ownership.rule(family).remove()) }
        }
    }

    private func bringRulesOrSay() {
        do throws(NetlinkError) {
            try bringRules()
        } catch { log.error("\(error)") }
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
