import Configuration
import Linux
import Netlink
import Wire

/// Reads this machine's addresses and reports their changes.
public final class InterfaceWatch {
    private let monitor: RouteMonitor
    private let channel: NetlinkChannel

    /// - Throws: if there is no netlink socket.
    public init() throws(SystemError) {
        // The monitor comes first, so that changes during the first look are reported.
        monitor = try RouteMonitor()
        channel = try NetlinkChannel(.route)
    }

    /// For epoll.
    public var number: Int32 { monitor.number }

    /// Reads all pending events. Returns whether any may change the result of `look`.
    public func drain() -> Bool {
        var matters = false
        do throws(SystemError) {
            while try monitor.next({ event in
                switch event {
                case .address(let address), .addressGone(let address): matters = matters || !address.isTentative
                case .route(let route): matters = matters || Self.isDefault(route)
                case .routeGone(let route): matters = matters || Self.isDefault(route) || Ownership.isOurs(route)
                case .ruleGone(let rule): matters = matters || Ownership.isOurs(rule)
                case .link, .linkGone, .overrun: matters = true
                }
            }) {}
        } catch { matters = true }
        return matters
    }

    /// Addresses of the interfaces that are up and that `interfaces=` selects, and each family's default route over one of them.
    /// - Throws: if the kernel cannot be asked. That does not mean that addresses were removed.
    public func look(_ chosen: [Setup.Interface]) throws(NetlinkError) -> (machine: Machine, interfaces: InterfaceSnapshot) {
        let interfaces = try InterfaceSnapshot(channel)
        return (try machine(chosen, interfaces), interfaces)
    }

    private func machine(_ chosen: [Setup.Interface], _ interfaces: InterfaceSnapshot) throws(NetlinkError) -> Machine {
        let up = interfaces.links.filter { $0.isUp }
        let addresses = interfaces.addresses.filter { address in
            !address.isTentative && up.contains { $0.index == address.interface }
        }
        var machine = Machine(addresses: addresses.map { $0.address })
        for family in [Address.Family.ipv4, .ipv6] {
            var routes: [Route] = []
            do throws(NetlinkError) {
                // Only default routes: there may be very many others.
                routes = try channel.dump(Route.dump(family)) { (header, body) throws(WireError) in
                    try Route.read(header, body).flatMap { Self.isDefault($0) ? $0 : nil }
                }
            } catch { if !error.isUnsupported { throw error } }
            guard let route = routes.min(by: { $0.metric < $1.metric }),
                let link = up.first(where: { $0.index == route.interface })
            else { continue }
            let own = addresses.first { $0.interface == link.index && $0.address.family == family && $0.scope == 0 }
            guard let address = route.preferredSource ?? own?.address else { continue }
            machine.defaultRoutes.append(
                Machine.DefaultRoute(address: address, gateway: route.gateway, interface: link.name))
        }
        // interfaces=%defaultroute without any other word, which is the default, accepts every interface.
        if chosen.count == 1, chosen[0].device == .defaultRoute { return machine }
        var narrowed = Machine(addresses: [])
        narrowed.isNarrowed = true
        for link in up {
            var counts = false
            for one in chosen {
                if case .named(let name) = one.device {
                    if name == link.name { counts = true }
                } else {
                    for route in machine.defaultRoutes where route.interface == link.name { counts = true }
                }
            }
            guard counts else { continue }
            for address in addresses where address.interface == link.index { narrowed.addresses.append(address.address) }
            for route in machine.defaultRoutes where route.interface == link.name { narrowed.defaultRoutes.append(route) }
        }
        return narrowed
    }

    /// Why an address of this machine cannot be a source address, as the end of a sentence; `nil` if it can. An IPv6 address cannot
    /// be used until duplicate address detection has succeeded, also when its link returns (RFC 4862 §5.4).
    public func isUnusable(_ address: Address) -> StaticString? {
        guard let all = try? channel.dump(InterfaceAddress.dump(), InterfaceAddress.read) else { return nil }
        let same = all.filter { $0.address == address }
        if same.isEmpty { return "is gone" }
        return same.allSatisfy { $0.isTentative } ? "is being checked for duplicates" : nil
    }

    /// Whether the route is in the main table and leaves this machine.
    private static func isDefault(_ route: Route) -> Bool {
        route.destination.prefix == 0 && route.table == 254 && route.interface != nil
    }
}
