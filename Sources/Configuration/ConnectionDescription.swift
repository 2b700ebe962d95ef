import Crypto
import Wire

/// A `conn` section with everything that `%default` and `also` bring, read into values: complete, and free of errors.
///
/// A fresh value holds the defaults. Which end is this machine is not known yet: see `Orientation`. A class, because it is
/// handed about a lot and nobody changes it once it is read.
public final class ConnectionDescription {
    /// `auto=`. `manual` conns are keyed by hand: see `manualKeying`.
    public enum Auto: UInt8, Sendable { case ignore, add, route, start, manual }
    /// `type=`. The last three carry nothing: what they cover goes in the clear, vanishes, or is answered with ICMP.
    public enum Mode: UInt8, Sendable {
        case tunnel, transport, passthrough, drop, reject

        /// Whether there is anything to encrypt.
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
    /// What becomes of the traffic when the negotiation has failed for good.
    public enum FailureShunt: UInt8, Sendable { case none, passthrough, drop, reject }
    /// What becomes of a connection whose peer is dead: its traffic held, its route taken away, or negotiated anew, alone or with
    /// all that the peer has. With `none` nobody asks whether the peer is alive.
    public enum DPDAction: UInt8, Sendable { case hold, clear, restart, restartByPeer, none }
    /// `encapsulation=`, `forceencaps=`: ESP in UDP where a NAT is found, always, or never.
    public enum Encapsulation: UInt8, Sendable { case auto, always, never }

    /// `esn=`: whether packets are numbered with 64 bits. `accept` does where the peer proposes it, and never does itself:
    /// there are old peers that refuse a proposal whole where one word of it is unknown to them.
    public enum ESN: UInt8, Sendable { case accept, no, yes, either }

    /// The section's name; of one pair of `leftsubnets=` and `rightsubnets=`, with its place in both behind it: `net/1x2`.
    public let name: Name
    /// The section's name.
    public let section: Name
    /// The section's own first line.
    public let place: Place
    /// What `left…` says.
    public internal(set) var left = End()
    /// What `right…` says.
    public internal(set) var right = End()
    /// `type=`
    public internal(set) var mode = Mode.tunnel
    /// It is for traffic within one network: which end is this machine does not matter, nor where the other one is.
    public var isWithinOneNetwork: Bool { mode == .passthrough && left.subnet != nil && left.subnet == right.subnet }
    /// `auto=`: what happens to the connection at start.
    public internal(set) var auto = Auto.ignore
    /// `authby=`
    public internal(set) var authentication = Authentication.rsasig
    /// In order of preference, never empty.
    public internal(set) var ikeSuites = Suites.defaultIKE
    /// In order of preference, never empty.
    public internal(set) var espSuites = Suites.defaultESP
    /// `ike=` was written: a peer that offers anything else is refused.
    public internal(set) var isIKEStrict = false
    /// `esp=` was written: a peer that offers anything else is refused.
    public internal(set) var isESPStrict = false
    /// Or what `esp=` says of the same; `espSuites` are as it has them.
    public internal(set) var esn = ESN.accept
    /// The group of Quick Mode's own Diffie-Hellman: `pfsgroup=`, or the one `esp=` names, or the first of `ikeSuites`.
    /// `nil` is `pfs=no`.
    public internal(set) var pfsGroup: Group?
    /// `pfsGroup` was not written: it is the one that the ISAKMP SA is negotiated with.
    public internal(set) var pfsFollowsISAKMP = true
    /// Seconds, 1 to 86,400.
    public internal(set) var ikeLifetime: UInt32 = 3600
    /// Seconds, 1 to 86,400.
    public internal(set) var keyLife: UInt32 = 8 * 3600
    /// Whether we negotiate anew before keys expire. A peer may do so all the same.
    public internal(set) var rekeys = true
    /// Seconds before the end of a key's life at which we begin to negotiate anew.
    public internal(set) var rekeyMargin: UInt32 = 540
    /// By how many percent at most the margin is lengthened at random.
    public internal(set) var rekeyFuzz: UInt32 = 100
    /// Whole attempts; 0 is `%forever`.
    public internal(set) var keyingTries: UInt32 = 0
    /// Seconds of silence after which we ask whether the peer is alive; 0 never asks.
    public internal(set) var dpdDelay: UInt32 = 0
    /// Seconds without an answer after which the peer counts as dead; more than `dpdDelay`.
    public internal(set) var dpdTimeout: UInt32 = 120
    /// `dpdaction=`
    public internal(set) var dpdAction = DPDAction.hold
    /// `encapsulation=` or `forceencaps=`
    public internal(set) var encapsulation = Encapsulation.auto
    /// `failureshunt=`
    public internal(set) var failureShunt = FailureShunt.none
    /// `no` to what the default asks: that a packet out of the tunnel fits the tunnel's addresses.
    public internal(set) var disablesArrivalCheck = false
    /// Octets of the largest packet for the tunnel; 0 leaves it to `overridemtu=`.
    public internal(set) var mtu: UInt32 = 0
    /// The outer packets' Don't Fragment bit; `nil` is as `config setup` says.
    public internal(set) var outerDF: SecurityAssociation.OuterDF?
    /// For `ipsec manual`: there where `spi=` or `spibase=` is.
    public internal(set) var manualKeying: ManualKeying?

    /// - Parameter section: where it differs from the name.
    public init(name: Name, section: Name? = nil, place: Place) {
        self.name = name
        self.section = section ?? name
        self.place = place
        pfsGroup = ikeSuites[0].group
    }

    /// Packets of which family the tunnel carries.
    public var innerFamily: Address.Family? {
        left.subnet?.address.family ?? right.innerFamily ?? left.host.family
    }

    /// The end on one side.
    public subscript(side: Side) -> End { side == .left ? left : right }
}

/// Which of a conn's two ends.
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
