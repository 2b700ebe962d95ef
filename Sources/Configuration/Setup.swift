import Crypto
import Wire

/// `config setup`: what concerns the gateway as a whole. A fresh value holds the defaults.
public final class Setup {
    /// One word of `interfaces=`: a virtual interface and what it stands on.
    public struct Interface: Hashable, Sendable {
        /// The physical interface.
        public enum Device: Hashable, Sendable {
            /// Whatever the default route uses, followed as it changes.
            case defaultRoute
            case named(Name)
        }
        /// `ipsec0` to `ipsec3`.
        public var virtual: Name
        /// The physical interface that the virtual one is attached to.
        public var device: Device

        /// One `ipsec0=eth0`.
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

    /// `protostack=`: who processes ESP.
    public enum ProtocolStack: UInt8, Sendable {
        /// XFRM where the kernel takes an ESP state, otherwise TUN.
        case auto
        /// The kernel's XFRM.
        case netkey
        /// Our own ESP behind a TUN device.
        case klips
    }

    /// `plutodebug=` and `klipsdebug=`: about what there are more lines in the log.
    public struct Debugging: Hashable, Sendable {
        /// A bit for each kind, in the order of the vocabulary.
        var pluto: UInt32 = 0
        /// Whether any kind is named.
        var klips = false

        /// No debugging.
        public init() {}

        /// ISAKMP messages that come: `raw`, `parsing`.
        public var received: Bool { pluto & 0b101 != 0 }
        /// ISAKMP messages that go: `raw`, `emitting`.
        public var sent: Bool { pluto & 0b1001 != 0 }
        /// The course of a negotiation: `crypt`, `control`, `controlmore`, `lifecycle`, `natt`, `x509`, `dpd`.
        public var control: Bool { pluto & 0b1_1100_0111_0010 != 0 }
        /// `dns`
        public var names: Bool { pluto & 0b1_0000_0000 != 0 }
        /// Eroutes and SAs that the data plane is given: `klips`, and every kind of `klipsdebug=`.
        public var plane: Bool { klips || pluto & 0b1000_0000 != 0 }
    }

    /// At most four; empty for `%none` and for `interfaces=` with nothing behind it.
    public internal(set) var interfaces = [Interface("ipsec0", .defaultRoute)]
    /// Start when a hook tells of an interface that came (`ipsec hotplug`).
    public internal(set) var hotplugStart = false
    /// Switch IP forwarding on at start and off at stop.
    public internal(set) var forwardControl = false
    /// Reverse-path filter of the physical devices used, 0 to 2; `nil` leaves it alone.
    public internal(set) var reversePathFilter: UInt8?
    /// Where setup's messages go, in syslog's numbers: facility × 8 + priority (RFC 3164 §4.1.1).
    public internal(set) var syslogPriority: UInt8 = 3 << 3 | 3
    /// `protostack=`
    public internal(set) var protocolStack = ProtocolStack.auto
    /// A new connection with a known ID from a different address replaces the old ones.
    public internal(set) var uniqueIDs = true
    /// Do not copy the inner TOS outward.
    public internal(set) var hideTOS = true
    /// MTU of ipsec interfaces in octets; 0 leaves the choice to the plane.
    public internal(set) var overrideMTU = 0
    /// Answer "fragmentation needed" for packets too long for a tunnel.
    public internal(set) var answersFragmentationNeeded = true
    /// The outer packets' Don't Fragment bit, for conns that do not say it themselves. KLIPS never set it, and a path that
    /// loses ICMP carries only what may be fragmented.
    public internal(set) var outerDF = SecurityAssociation.OuterDF.clear
    /// Manual conns brought up at start.
    public internal(set) var manualStart: [Name] = []
    /// Whether the IKE side runs.
    public internal(set) var runsPluto = true
    /// `plutoload=`: conns to load at start.
    public internal(set) var load = Names.search
    /// `plutostart=`: conns to initiate at start.
    public internal(set) var start = Names.search
    /// Negotiate one after another.
    public internal(set) var waits = false
    /// Commands run before and after the start of the IKE side, in words; empty for none.
    public internal(set) var prePluto: [Name] = []
    /// `postpluto=`, as `prePluto`.
    public internal(set) var postPluto: [Name] = []
    /// `nat_traversal=`: RFC 3947.
    public internal(set) var natTraversal = true
    /// Seconds between NAT keepalives.
    public internal(set) var keepAlive: UInt32 = 20
    /// Send keepalives even where no NAT was found in front of us.
    public internal(set) var forceKeepAlive = false
    /// What `vhost:%priv` may be.
    public internal(set) var virtualPrivate: [VirtualNet] = []
    /// Where `%myid` is used.
    public internal(set) var myID: Identity?
    /// `plutodebug=` and `klipsdebug=`
    public internal(set) var debug = Debugging()
    /// `plutostderrlog=`: where the daemon's lines go in the place of syslog.
    public internal(set) var logFile: Name?
    /// Where a core dump may go; `nil` allows none.
    public internal(set) var dumpFolder: Name?
    /// The only address to listen on; `nil` is every one.
    public internal(set) var listen: Address?
    /// Refuse certificates whose authority has no fresh CRL.
    public internal(set) var isCRLPolicyStrict = false
    /// Seconds after which the CRLs are read again; 0 never.
    public internal(set) var crlCheckInterval: UInt32 = 0

    /// `maxhalfopen=`, `maxstates=` and `maxconns=`
    public internal(set) var bounds = Bounds()

    /// The defaults.
    public init() {}
}
