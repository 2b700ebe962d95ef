import ESP
import Netlink
import Wire

/// Counters of refused ESP packets, by cause; the same for both data planes. The kernel distinguishes fewer causes.
public struct RefusedESP: Equatable, Sendable {
    /// No SA has the SPI. Counted only for the whole plane.
    public var unknownSPI: UInt64 = 0
    /// The integrity check failed. For the kernel's plane as a whole: or the packet was truncated.
    public var failedCheck: UInt64 = 0
    /// A length that the suite does not produce, or a malformed inner packet.
    public var malformed: UInt64 = 0
    /// The sequence number was seen before. For the kernel's plane as a whole: or is behind the replay window.
    public var replayed: UInt64 = 0
    /// The sequence number is behind the replay window.
    public var tooOld: UInt64 = 0
    /// Authentic, but outside the SA's selectors.
    public var outsidePolicy: UInt64 = 0

    /// Zeros.
    public init() {}

    /// The sum of all causes.
    public var total: UInt64 { unknownSPI &+ failedCheck &+ malformed &+ replayed &+ tooOld &+ outsidePolicy }

    mutating func count(_ refusal: PacketRefusal, _ packets: UInt64 = 1) {
        switch refusal {
        case .notAuthentic: failedCheck &+= packets
        case .replayed: replayed &+= packets
        case .tooOld: tooOld &+= packets
        case .outsideSelectors: outsidePolicy &+= packets
        case .wrongSPI: unknownSPI &+= packets
        case .malformed, .badPadding, .badNextHeader, .badInnerPacket, .congestion, .cipherFailed, .noRoom, .notIP, .tooBig,
            .sequenceExhausted, .notForTransport:
            malformed &+= packets
        }
    }

    /// The sum of both.
    public static func + (a: RefusedESP, b: RefusedESP) -> RefusedESP {
        var sum = a
        sum.unknownSPI &+= b.unknownSPI
        sum.failedCheck &+= b.failedCheck
        sum.malformed &+= b.malformed
        sum.replayed &+= b.replayed
        sum.tooOld &+= b.tooOld
        sum.outsidePolicy &+= b.outsidePolicy
        return sum
    }

    /// The difference from `earlier`. A counter that has become smaller was reset.
    public func since(_ earlier: RefusedESP) -> RefusedESP {
        func rest(_ now: UInt64, _ before: UInt64) -> UInt64 { now >= before ? now - before : now }
        var difference = RefusedESP()
        difference.unknownSPI = rest(unknownSPI, earlier.unknownSPI)
        difference.failedCheck = rest(failedCheck, earlier.failedCheck)
        difference.malformed = rest(malformed, earlier.malformed)
        difference.replayed = rest(replayed, earlier.replayed)
        difference.tooOld = rest(tooOld, earlier.tooOld)
        difference.outsidePolicy = rest(outsidePolicy, earlier.outsidePolicy)
        return difference
    }

    /// `3 failed their integrity check, 1 replayed`; `none` if all are zero.
    public var words: Sentence {
        var parts: [Sentence] = []
        func add(_ count: UInt64, _ what: StaticString) {
            if count > 0 { parts.append("\(count) \(what)") }
        }
        add(failedCheck, "failed their integrity check")
        add(malformed, "malformed or of a length that the suite does not make")
        add(replayed, "replayed")
        add(tooOld, "older than the replay window")
        add(outsidePolicy, "outside of the negotiated selectors")
        add(unknownSPI, "of an unknown SPI")
        return parts.isEmpty ? "none" : Sentence.joined(parts, by: ", ")
    }
}

extension RefusedESP {
    /// The counters of one SA of our own ESP.
    init(_ usage: Usage) {
        for refusal in PacketRefusal.allCases { count(refusal, usage[refusal]) }
    }

    /// The counters of the whole kernel.
    init(_ statistics: XFRMStatistics) {
        unknownSPI = statistics.noState
        failedCheck = statistics.protocolError
        replayed = statistics.sequenceError
        outsidePolicy = statistics.againstPolicy
    }
}

/// The counters of one SA, or of several.
public struct Traffic: Equatable, Sendable {
    /// Packets carried. (In `octets` the kernel also counts the outer header of sent packets.)
    public var packets: UInt64
    /// Octets of inner packets.
    public var octets: UInt64
    /// Refused packets; only inbound SAs refuse packets.
    public var refused: RefusedESP

    /// Zeros by default.
    public init(packets: UInt64 = 0, octets: UInt64 = 0, refused: RefusedESP = RefusedESP()) {
        self.packets = packets
        self.octets = octets
        self.refused = refused
    }

    /// The sum of both.
    public static func + (a: Traffic, b: Traffic) -> Traffic {
        Traffic(packets: a.packets &+ b.packets, octets: a.octets &+ b.octets, refused: a.refused + b.refused)
    }
}

extension Traffic {
    init(_ usage: Usage) {
        self.init(packets: usage.packets, octets: usage.octets, refused: RefusedESP(usage))
    }

    init(_ state: XFRMState) {
        var refused = RefusedESP()
        refused.failedCheck = UInt64(state.failedChecks)
        refused.replayed = UInt64(state.replays)
        refused.tooOld = UInt64(state.behindWindow)
        self.init(packets: state.packets, octets: state.octets, refused: refused)
    }
}

/// Both directions of one tunnel.
public struct TunnelTraffic: Equatable, Sendable {
    /// The sum of the outbound SAs.
    public var sent: Traffic
    /// The sum of the inbound SAs.
    public var received: Traffic

    /// Zeros by default.
    public init(sent: Traffic = Traffic(), received: Traffic = Traffic()) {
        self.sent = sent
        self.received = received
    }

    /// The sum of both.
    public static func + (a: TunnelTraffic, b: TunnelTraffic) -> TunnelTraffic {
        TunnelTraffic(sent: a.sent + b.sent, received: a.received + b.received)
    }

    /// `sent 8 packets, 672 octets; received 8 packets, 672 octets; refused 1: 1 replayed`
    public var words: Sentence {
        var line: Sentence =
            "sent \(sent.packets) packets, \(sent.octets) octets; "
            + "received \(received.packets) packets, \(received.octets) octets"
        if received.refused.total > 0 { line += "; refused \(received.refused.total): \(received.refused.words)" }
        return line
    }
}
