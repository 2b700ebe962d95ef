import Crypto
import Wire

/// A `conn` section with everything that `%default` and `also` bring, read into values: complete, and free of errors.
///
/// Which end is this machine is not known yet: see `Orientation`.
public struct ConnectionDescription: Hashable, Sendable {
    public enum Auto: UInt8, Sendable { case ignore, add, route, start }
    public enum Mode: UInt8, Sendable { case tunnel, transport }

    public var name: Name
    /// The section's own first line.
    public var place: Place
    public var left: End
    public var right: End
    public var mode = Mode.tunnel
    public var auto = Auto.ignore
    /// In order of preference, never empty.
    public var ikeSuites = Suites.defaultIKE
    /// In order of preference, never empty.
    public var espSuites = Suites.defaultESP
    /// `ike=` was written: a peer that offers anything else is refused.
    public var isIKEStrict = false
    /// `esp=` was written: a peer that offers anything else is refused.
    public var isESPStrict = false
    /// The group of Quick Mode's own Diffie-Hellman: `pfsgroup=`, or the one `esp=` names, or the first of `ikeSuites`.
    /// `nil` is `pfs=no`.
    public var pfsGroup: Group?
    /// Seconds, 1 to 86,400.
    public var ikeLifetime: UInt32 = 3600
    /// Seconds, 1 to 86,400.
    public var keyLife: UInt32 = 8 * 3600
    /// Whole attempts; 0 is `%forever`.
    public var keyingTries: UInt32 = 0

    public init(name: Name, place: Place, left: End, right: End) {
        self.name = name
        self.place = place
        self.left = left
        self.right = right
        pfsGroup = ikeSuites[0].group
    }

    /// Packets of which family the tunnel carries.
    public var innerFamily: Address.Family? {
        left.subnet?.address.family ?? right.innerFamily ?? left.host.family
    }

    public subscript(side: Side) -> End { side == .left ? left : right }
}

/// Which of a conn's two ends.
public enum Side: UInt8, Hashable, Sendable, CustomStringConvertible {
    case left, right
    public var other: Side { self == .left ? .right : .left }
    public var description: String { self == .left ? "left" : "right" }
}

/// One end of a conn: everything that `left…` or `right…` says.
public struct End: Hashable, Sendable {
    public enum Host: Hashable, Sendable {
        case address(Address)
        /// `%any`, `0.0.0.0` or `::`: anyone, who must come to us.
        case any
        /// This machine, at whatever address the default route uses.
        case defaultRoute
        /// To be looked up, again at every attempt.
        case name(Name)

        /// `nil` where only the running system can tell.
        public var family: Address.Family? { if case .address(let address) = self { address.family } else { nil } }
    }

    public enum NextHop: Hashable, Sendable {
        /// The other end is reached as the kernel's own routes say.
        case direct
        /// The default route's gateway.
        case defaultRoute
        case address(Address)
    }

    public var host: Host
    /// The network behind this end; `nil` is the host itself.
    public var subnet: Subnet?
    public var nextHop = NextHop.direct
    /// `nil` is the host's own address.
    public var identity: Identity?
    /// The address this gateway itself uses towards the far subnet.
    public var sourceIP: Address?
    /// IP protocol the tunnel is narrowed to; 0 is any.
    public var ipProtocol: UInt8 = 0
    /// Port the tunnel is narrowed to; 0 is any.
    public var port: UInt16 = 0

    public init(_ host: Host) { self.host = host }

    /// Packets of which family this side sends through the tunnel; `nil` where only the running system can tell.
    var innerFamily: Address.Family? { subnet?.address.family ?? host.family }

    /// What the tunnel carries on this side, once the host's address is known.
    public func selector(host address: Address) -> Selector {
        Selector(subnet ?? Subnet(host: address), ipProtocol: ipProtocol, port: port)
    }
}

extension Sentence.StringInterpolation {
    mutating func appendInterpolation(_ side: Side) { appendInterpolation(side.description) }
}
