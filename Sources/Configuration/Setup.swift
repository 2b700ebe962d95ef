import Wire

/// `config setup`: what concerns the gateway as a whole. A fresh value holds the defaults.
public struct Setup: Hashable, Sendable {
    /// One word of `interfaces=`: a virtual interface and what it stands on.
    public struct Interface: Hashable, Sendable {
        public enum Device: Hashable, Sendable {
            /// Whatever the default route uses, followed as it changes.
            case defaultRoute
            case named(Name)
        }
        /// `ipsec0` to `ipsec3`.
        public var virtual: Name
        public var device: Device

        public init(_ virtual: Name, _ device: Device) {
            self.virtual = virtual
            self.device = device
        }
    }

    /// Which conns `plutoload=` or `plutostart=` mean.
    public enum Names: Hashable, Sendable {
        /// Let each conn's `auto=` decide.
        case search
        case these([Name])
    }

    public enum ProtocolStack: UInt8, Sendable {
        /// XFRM where the kernel takes an ESP state, otherwise TUN.
        case auto
        /// The kernel's XFRM.
        case netkey
        /// Our own ESP behind a TUN device.
        case klips
    }

    /// At most four; empty for `%none` and for `interfaces=` with nothing behind it.
    public var interfaces = [Interface("ipsec0", .defaultRoute)]
    public var protocolStack = ProtocolStack.auto
    /// A new connection with a known ID from a different address replaces the old ones.
    public var uniqueIDs = true
    /// Do not copy the inner TOS outward.
    public var hideTOS = true
    /// MTU of ipsec interfaces in octets; 0 leaves the choice to the plane.
    public var overrideMTU = 0
    /// Answer "fragmentation needed" for packets too long for a tunnel.
    public var answersFragmentationNeeded = true
    public var load = Names.search
    public var start = Names.search
    public var natTraversal = true
    /// Seconds between NAT keepalives.
    public var keepAlive: UInt32 = 20
    /// Send keepalives even where no NAT was found in front of us.
    public var forceKeepAlive = false
    /// Where `%myid` is used.
    public var myID: Identity?
    /// Words of `plutodebug=`, without `none`; `all` stands for every kind.
    public var debug: [Name] = []
    /// Where a core dump may go; `nil` allows none.
    public var dumpFolder: Name?
    /// The only address to listen on; `nil` is every one.
    public var listen: Address?

    public init() {}
}
