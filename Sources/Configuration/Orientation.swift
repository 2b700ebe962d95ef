import Wire

/// What this machine knows of itself that tells a conn's ends apart.
public struct Machine: Sendable {
    public struct DefaultRoute: Hashable, Sendable {
        /// Ours, on the interface the route uses.
        public var address: Address
        /// `nil` on a point-to-point link.
        public var gateway: Address?
        public var interface: Name

        public init(address: Address, gateway: Address?, interface: Name) {
            self.address = address
            self.gateway = gateway
            self.interface = interface
        }
    }

    /// Every address of every interface that is up.
    public var addresses: [Address]
    /// At most one a family.
    public var defaultRoutes: [DefaultRoute]

    public init(addresses: [Address], defaultRoutes: [DefaultRoute] = []) {
        self.addresses = addresses
        self.defaultRoutes = defaultRoutes
    }
}

/// A conn seen from this machine.
public enum Orientation: Sendable {
    case oriented(Oriented)
    /// Neither end is this machine, or both are; a sentence for the log that says what was looked for.
    case unoriented(String)

    /// Which end of `conn` this machine is.
    /// - Parameter lookUp: the addresses of a host name, empty while they are not known.
    public static func of(
        _ conn: ConnectionDescription, on machine: Machine, lookUp: (Name) -> [Address] = { _ in [] }
    ) -> Orientation { .unoriented("") }
}

/// What orientation works out.
public struct Oriented: Hashable, Sendable {
    /// Which end is ours.
    public var side: Side
    public var localAddress: Address
    /// `nil` for `%any`, and for a name that could not be looked up.
    public var remoteAddress: Address?
    /// `nil` for `%direct`.
    public var nextHop: Address?
    public var localID: Identity
    /// `nil` for `%any` without an ID: any identity will do.
    public var remoteID: Identity?
    public var localSelector: Selector
    /// `nil` while the peer's address is not known and no subnet stands for it.
    public var remoteSelector: Selector?
}
