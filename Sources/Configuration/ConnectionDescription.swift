import Crypto
import Wire

/// A `conn` section with everything it inherits from `%default` and `also=`, as values: complete and without errors.
///
/// A new object holds the defaults. Which end is this machine is decided later: see `Orientation`. A class, because many hold it
/// and it does not change once it is read.
public final class ConnectionDescription {
    /// `auto=`. `manual` conns are keyed by hand: see `manualKeying`.
    public enum Auto: UInt8, Sendable { case ignore, add, route, start, manual }
    /// `type=`. The last three have no SA: their traffic passes unencrypted, is dropped, or is rejected with ICMP.
    public enum Mode: UInt8, Sendable {
        case tunnel, transport, passthrough, drop, reject

        /// Whether the connection has SAs.
        public var isKeyed: Bool { self == .tunnel || self == .transport }
    }
    /// `authby=`
    public enum Authentication: UInt8, Sendable {
        case secret, rsasig, secretOrRSA, never

        /// Whether a pre-shared key may be used.
        public var mayUseSecret: Bool { self == .secret || self == .secretOrRSA }
        /// Whether RSA signatures may be used.
        public var mayUseRSA: Bool { self == .rsasig || self == .secretOrRSA }
    }
    /// `failureshunt=`: what happens to the traffic after the last attempt to negotiate has failed.
    public enum FailureShunt: UInt8, Sendable { case none, passthrough, drop, reject }
    /// `dpdaction=`: what happens to a connection whose peer is dead. Its traffic is held, its route is removed, or it is negotiated
    /// again, alone or with all connections of the peer. `none` switches DPD off.
    public enum DPDAction: UInt8, Sendable { case hold, clear, restart, restartByPeer, none }
    /// `encapsulation=`, `forceencaps=`: ESP in UDP where a NAT is found, always, or never.
    public enum Encapsulation: UInt8, Sendable { case auto, always, never }

    /// `esn=`: extended sequence numbers. `accept` takes them where the peer proposes them and never proposes them itself, because
    /// some old peers refuse a whole proposal with an unknown attribute.
    public enum ESN: UInt8, Sendable { case accept, no, yes, either }

    /// The section's name; for a pair of `leftsubnets=` and `rightsubnets=` followed by its position in both: `net/1x2`; for an entry of
    /// a policy group followed by its network: `clear#192.0.2.0/24`.
    public let name: Name
    /// The section's name.
    public let section: Name
    /// The section's own first line.
    public let place: Place
    /// What `left…` says.
    public internal(set) var left = End()
    /// What `right…` says.
    public internal(set) var right = End()
    /// Whether it is an entry of a policy group (`right=%group`).
    public var isOfGroup: Bool { name.bytes.contains(UInt8(ascii: "#")) }
    /// Whether both are entries of policy groups for the same traffic.
    public func isSameEntry(as other: ConnectionDescription) -> Bool {
        isOfGroup && other.isOfGroup && left.subnet == other.left.subnet && right.subnet == other.right.subnet
    }
    /// `type=`
    public internal(set) var mode = Mode.tunnel
    /// Whether it is a passthrough conn within one network: then it does not matter which end is this machine.
    public var isWithinOneNetwork: Bool { mode == .passthrough && left.subnet != nil && left.subnet == right.subnet }
    /// `auto=`: what happens to the connection at start.
    public internal(set) var auto = Auto.ignore
    /// `authby=`
    public internal(set) var authentication = Authentication.rsasig
    /// `ike=`, or the default, in order of preference; never empty.
    public internal(set) var ikeSuites = Suites.defaultIKE
    /// `esp=`, or the default, in order of preference; never empty.
    public internal(set) var espSuites = Suites.defaultESP
    /// Whether `ike=` was given: other proposals of a peer are refused.
    public internal(set) var isIKEStrict = false
    /// Whether `esp=` was given: other proposals of a peer are refused.
    public internal(set) var isESPStrict = false
    /// `esn=`, or what `esp=` says about it. `espSuites` agree with it.
    public internal(set) var esn = ESN.accept
    /// The group of Quick Mode's own Diffie-Hellman: `pfsgroup=`, or the one `esp=` names, or the first of `ikeSuites`.
    /// `nil` is `pfs=no`.
    public internal(set) var pfsGroup: Group?
    /// Whether `pfsgroup=` was not given: Quick Mode uses the group of its ISAKMP SA.
    public internal(set) var pfsFollowsISAKMP = true
    /// `ikelifetime=` in seconds, 1 to 86,400.
    public internal(set) var ikeLifetime: UInt32 = 3600
    /// `keylife=` in seconds, 1 to 86,400.
    public internal(set) var keyLife: UInt32 = 8 * 3600
    /// `rekey=`: whether we rekey before keys expire. The peer may rekey in any case.
    public internal(set) var rekeys = true
    /// `rekeymargin=`: seconds before a key's expiry at which we rekey.
    public internal(set) var rekeyMargin: UInt32 = 540
    /// `rekeyfuzz=`: the margin is lengthened at random by at most this many percent.
    public internal(set) var rekeyFuzz: UInt32 = 100
    /// `keyingtries=`: attempts to negotiate; 0 is `%forever`.
    public internal(set) var keyingTries: UInt32 = 0
    /// `dpddelay=`: seconds of silence after which the peer is probed; 0 is never.
    public internal(set) var dpdDelay: UInt32 = 0
    /// `dpdtimeout=`: seconds without an answer after which the peer is considered dead; more than `dpdDelay`.
    public internal(set) var dpdTimeout: UInt32 = 120
    /// `dpdaction=`
    public internal(set) var dpdAction = DPDAction.hold
    /// `encapsulation=` or `forceencaps=`
    public internal(set) var encapsulation = Encapsulation.auto
    /// `fragmentation=`
    public internal(set) var fragmentation = Fragmentation.yes
    /// `fragmentsize=`: octets of an IP datagram with a fragment; 0 is 576 for IPv4 and 1,280 for IPv6.
    public internal(set) var fragmentSize: UInt32 = 0
    /// `failureshunt=`
    public internal(set) var failureShunt = FailureShunt.none
    /// `disablearrivalcheck=`: whether the check is off that decrypted packets have addresses of the tunnel.
    public internal(set) var disablesArrivalCheck = false
    /// `mtu=`: octets of the largest inner packet; 0 leaves it to `overridemtu=`.
    public internal(set) var mtu: UInt32 = 0
    /// `pmtudisc=`: the outer header's Don't Fragment bit; `nil` is that of `config setup`.
    public internal(set) var outerDF: SecurityAssociation.OuterDF?
    /// The keys of `ipsec manual`; `nil` without `spi=` and `spibase=`.
    public internal(set) var manualKeying: ManualKeying?

    /// A connection with the defaults.
    /// - Parameter section: the section's name where it differs from `name`.
    public init(name: Name, section: Name? = nil, place: Place) {
        self.name = name
        self.section = section ?? name
        self.place = place
        pfsGroup = ikeSuites[0].group
    }

    /// The address family of the inner packets; `nil` where only the running system can tell.
    public var innerFamily: Address.Family? {
        left.subnet?.address.family ?? right.innerFamily ?? left.host.family
    }

    /// The end on one side.
    public subscript(side: Side) -> End { side == .left ? left : right }
}

/// One of the two ends of a conn.
public enum Side: UInt8, Hashable, Sendable, Worded {
    case left, right
    /// The opposite side.
    public var other: Side { self == .left ? .right : .left }
    /// `left` or `right`, as parameters begin.
    public var word: StaticString { self == .left ? "left" : "right" }
    /// `left` or `right`
    public var sentence: Sentence { "\(word)" }
}

extension Sentence.StringInterpolation {
    mutating func appendInterpolation(_ side: Side) { appendInterpolation(side.word) }
}
