import Wire

/// The addresses and default routes of this machine, which tell a conn's ends apart.
public struct Machine: Sendable {
    /// The default route of one address family.
    public struct DefaultRoute: Hashable, Sendable {
        /// Our address on the interface that the route uses.
        public var address: Address
        /// The next hop; `nil` on a point-to-point link.
        public var gateway: Address?
        /// Name of the interface that the route uses.
        public var interface: Name

        /// A default route.
        public init(address: Address, gateway: Address?, interface: Name) {
            self.address = address
            self.gateway = gateway
            self.interface = interface
        }
    }

    /// All addresses of the interfaces that are up and that `interfaces=` selects.
    public var addresses: [Address]
    /// The default routes, at most one of each family.
    public var defaultRoutes: [DefaultRoute]

    /// Whether `interfaces=` excludes some interfaces.
    public var isNarrowed = false

    /// The end of messages where `isNarrowed` is set.
    var choice: StaticString { isNarrowed ? " on an interface of interfaces=" : "" }

    /// The machine as a snapshot of its interfaces shows it.
    public init(addresses: [Address], defaultRoutes: [DefaultRoute] = []) {
        self.addresses = addresses
        self.defaultRoutes = defaultRoutes
    }

    /// The default route of a family; of IPv4, if there is one, where the family does not matter.
    func defaultRoute(_ family: Address.Family?) -> DefaultRoute? {
        if let family { return defaultRoutes.first { $0.address.family == family } }
        return defaultRoutes.first { $0.address.family == .ipv4 } ?? defaultRoutes.first
    }
}

/// Which end of a conn is this machine, FreeS/WAN's "oriented".
public enum Orientation: Sendable {
    /// One end is this machine.
    case oriented(Oriented)
    /// Neither end is this machine, or both are; the reason for the log.
    case unoriented(Sentence)

    /// Decides which end of `conn` is this machine.
    /// - Parameter lookUp: the addresses of a host name, empty while they are not known.
    public static func of(
        _ conn: ConnectionDescription, on machine: Machine, lookUp: (Name) -> [Address] = { _ in [] }
    ) -> Orientation {
        func no(_ reason: __owned Sentence) -> Orientation { .unoriented(reason) }
        if conn.isWithinOneNetwork { return .oriented(Oriented(within: conn, machine)) }
        let left = SeenEnd(conn.left, other: conn.right, machine, lookUp)
        let right = SeenEnd(conn.right, other: conn.left, machine, lookUp)
        if let missing = left.missing ?? right.missing { return no("conn \(conn.name): \(missing)") }
        switch (left.isOurs, right.isOurs) {
        case (true, true):
            return no("conn \(conn.name): left=\(left.text) and right=\(right.text) are both addresses of this machine")
        case (false, false):
            return no("conn \(conn.name): neither left=\(left.text) nor right=\(right.text) is an address of this machine\(machine.choice)")
        case (true, false): return .oriented(Oriented(conn, .left, left, right, machine))
        case (false, true): return .oriented(Oriented(conn, .right, right, left, machine))
        }
    }

    /// One end as this machine sees it.
    struct SeenEnd {
        /// `nil` for `%any`, and for a name that could not be looked up.
        var address: Address?
        var isOurs = false
        /// For messages.
        var text: Sentence
        /// Why the conn cannot be oriented yet.
        var missing: Sentence?

        init(_ end: End, other: End, _ machine: Machine, _ lookUp: (Name) -> [Address]) {
            switch end.host {
            case .any: text = "%any"
            case .address(let address):
                self.address = address
                isOurs = machine.addresses.contains(address)
                text = "\(address)"
            case .defaultRoute:
                text = "%defaultroute"
                isOurs = true
                address = machine.defaultRoute(other.host.family)?.address
                if address == nil { missing = "%defaultroute has no address: there is no default route\(machine.choice)" }
            case .name(let name):
                let found = lookUp(name)
                // Ours if any of its addresses is; otherwise one of the family of the other end.
                let family = other.host.family
                address =
                    found.first { machine.addresses.contains($0) }
                    ?? found.first { family == nil || $0.family == family }
                isOurs = address.map { machine.addresses.contains($0) } ?? false
                text = address.map { "\(name) (\($0))" } ?? "\(name) (no address found)"
            }
        }
    }
}

/// The values of a conn that depend on which end is this machine.
public struct Oriented: Hashable, Sendable {
    /// Which end is ours.
    public var side: Side
    /// Our outer address.
    public var localAddress: Address
    /// `nil` for `%any`, and for a name that could not be looked up.
    public var remoteAddress: Address?
    /// `nil` for `%direct`.
    public var nextHop: Address?
    /// The ID that we send.
    public var localID: Identity
    /// The ID that the peer must have; `nil` is any: `%any` without an ID, `id=%any`, and `id=%fromcert`.
    public var remoteID: Identity?
    /// What the tunnel carries on our side.
    public var localSelector: Selector
    /// What the tunnel carries on the peer's side; `nil` while its address is unknown and it has no subnet.
    public var remoteSelector: Selector?

    /// For a conn within one network: left is ours, with our address in that network if there is one.
    init(within conn: ConnectionDescription, _ machine: Machine) {
        let subnet = conn.left.subnet ?? .everything(.ipv4)
        let family = subnet.address.family
        side = .left
        localAddress = machine.addresses.first { subnet.contains($0) } ?? machine.addresses.first { $0.family == family } ?? .any(family)
        localID = .address(localAddress)
        localSelector = conn.left.selector(host: localAddress)
        remoteSelector = conn.right.selector(host: localAddress)
    }

    init(
        _ conn: ConnectionDescription, _ side: Side, _ ours: Orientation.SeenEnd, _ theirs: Orientation.SeenEnd,
        _ machine: Machine
    ) {
        let local = conn[side]
        let remote = conn[side.other]
        self.side = side
        // An end that is ours has an address: that is how it was found.
        localAddress = ours.address ?? .any(.ipv4)
        remoteAddress = theirs.address
        switch local.nextHop {
        case .direct: nextHop = nil
        case .address(let address): nextHop = address
        case .defaultRoute: nextHop = machine.defaultRoute(localAddress.family)?.gateway
        }
        localID = local.identity ?? .address(localAddress)
        remoteID =
            remote.identity
            ?? (remote.isAnyIdentity || remote.isIdentityFromCertificate ? nil : theirs.address.map { .address($0) })
        localSelector = local.selector(host: localAddress)
        remoteSelector =
            theirs.address.map { remote.selector(host: $0) }
            ?? remote.subnet.map { Selector($0, ipProtocol: remote.ipProtocol, port: remote.port) }
    }
}
