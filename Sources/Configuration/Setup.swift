import Crypto
import Wire

/// `config setup`: parameters of the gateway as a whole. A new object holds the defaults.
public final class Setup {
    /// One word of `interfaces=`: a virtual interface and the physical one it is attached to.
    public struct Interface: Hashable, Sendable {
        /// The physical interface.
        public enum Device: Hashable, Sendable {
            /// The interface of the default route, followed as it changes.
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

    /// The conns of `plutoload=` or `plutostart=`.
    public enum ConnNames: Hashable, Sendable {
        /// `%search`: each conn's `auto=` decides.
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

    /// `plutodebug=` and `klipsdebug=`: the subjects with more lines in the log.
    public struct Debugging: Hashable, Sendable {
        /// A bit for each kind, in the order of the vocabulary.
        var pluto: UInt32 = 0
        /// Whether any kind is named.
        var klips = false

        /// No debugging.
        public init() {}

        /// Received ISAKMP messages: `raw`, `parsing`.
        public var received: Bool { pluto & 0b101 != 0 }
        /// Sent ISAKMP messages: `raw`, `emitting`.
        public var sent: Bool { pluto & 0b1001 != 0 }
        /// The course of a negotiation: `crypt`, `control`, `controlmore`, `lifecycle`, `natt`, `x509`, `dpd`.
        public var control: Bool { pluto & 0b1_1100_0111_0010 != 0 }
        /// `dns`
        public var names: Bool { pluto & 0b1_0000_0000 != 0 }
        /// Eroutes and SAs of the data plane: `klips`, and every word of `klipsdebug=`.
        public var plane: Bool { klips || pluto & 0b1000_0000 != 0 }
    }

    /// `interfaces=`, at most four; empty for `%none` and for an empty value.
    public internal(set) var interfaces = [Interface("ipsec0", .defaultRoute)]
    /// `hotplugstart=`: start when `ipsec hotplug` reports a new interface.
    public internal(set) var hotplugStart = false
    /// `forwardcontrol=`: switch IP forwarding on at start and off at stop.
    public internal(set) var forwardControl = false
    /// `rp_filter=`: reverse-path filter of the physical devices in use, 0 to 2; `nil` leaves it unchanged.
    public internal(set) var reversePathFilter: UInt8?
    /// `syslog=` as a number: facility × 8 + priority (RFC 3164 §4.1.1).
    public internal(set) var syslogPriority: UInt8 = 3 << 3 | 3
    /// `protostack=`
    public internal(set) var protocolStack = ProtocolStack.auto
    /// `uniqueids=`: a new ISAKMP SA of an ID from another address replaces that ID's connections.
    public internal(set) var uniqueIDs = true
    /// `hidetos=`: the outer TOS is 0 instead of the inner packet's.
    public internal(set) var hideTOS = true
    /// `overridemtu=`: MTU of ipsec interfaces in octets; 0 lets the data plane choose.
    public internal(set) var overrideMTU = 0
    /// `fragicmp=`: send ICMP "fragmentation needed" for packets too long for a tunnel.
    public internal(set) var answersFragmentationNeeded = true
    /// `pmtudisc=`: the outer header's Don't Fragment bit, for conns without their own. KLIPS never set it; a path that loses ICMP
    /// carries large packets only if they may be fragmented.
    public internal(set) var outerDF = SecurityAssociation.OuterDF.clear
    /// `manualstart=`: manually keyed conns brought up at start.
    public internal(set) var manualStart: [Name] = []
    /// `pluto=`: whether IKE runs.
    public internal(set) var runsPluto = true
    /// `plutoload=`: conns to load at start.
    public internal(set) var load = ConnNames.search
    /// `plutostart=`: conns to initiate at start.
    public internal(set) var start = ConnNames.search
    /// `plutowait=`: negotiate the conns of `start` one after another.
    public internal(set) var waits = false
    /// `prepluto=`: the command to run before IKE starts, with its arguments; empty for none.
    public internal(set) var prePluto: [Name] = []
    /// `postpluto=`: the command to run after IKE has started, as `prePluto`.
    public internal(set) var postPluto: [Name] = []
    /// `nat_traversal=`: RFC 3947.
    public internal(set) var natTraversal = true
    /// `keep_alive=`: seconds between NAT keepalives (RFC 3948 §4).
    public internal(set) var keepAlive: UInt32 = 20
    /// `force_keepalive=`: send keepalives also where no NAT was detected in front of us.
    public internal(set) var forceKeepAlive = false
    /// `virtual_private=`: the networks of `vhost:%priv`.
    public internal(set) var virtualPrivate: [VirtualNet] = []
    /// `myid=`: the ID of ends with `id=%myid`.
    public internal(set) var myID: Identity?
    /// `plutodebug=` and `klipsdebug=`
    public internal(set) var debug = Debugging()
    /// `plutostderrlog=`: the log file to use instead of syslog.
    public internal(set) var logFile: Name?
    /// `dumpdir=`: the directory for core dumps; `nil` forbids them.
    public internal(set) var dumpFolder: Name?
    /// `listen=`: the only address to listen on; `nil` is all.
    public internal(set) var listen: Address?
    /// `strictcrlpolicy=`: refuse certificates whose authority has no current CRL.
    public internal(set) var isCRLPolicyStrict = false
    /// `crlcheckinterval=`: seconds after which the CRLs are read again; 0 is never.
    public internal(set) var crlCheckInterval: UInt32 = 0

    /// `maxhalfopen=`, `maxstates=` and `maxconns=`
    public internal(set) var bounds = Bounds()

    /// The defaults.
    public init() {}
}
