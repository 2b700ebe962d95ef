import Wire

/// Every interval of IKE in nanoseconds, with its reason. Limits of memory are in `Wire/Limits.swift`.
extension Limits {
    static let second: UInt64 = 1_000_000_000
    /// How long to wait for an answer after each transmission of a message. The first interval covers a slow router's
    /// Diffie-Hellman, all of them together half a minute of outage.
    static let retransmission: [UInt64] = [1 * second, 2 * second, 4 * second, 8 * second, 15 * second]
    /// The pause after a failed attempt, by the number of failures. A router whose line was down is back within the longest.
    static let pause: [UInt64] = [5 * second, 10 * second, 20 * second, 40 * second, 60 * second]
    /// How long Main Mode may take as responder until the peer is authenticated: as long as the peer retransmits.
    static let halfOpenTime = 40 * second
    /// The same for Quick Mode as responder. It is longer, since the initiator has the pair already and sends by it.
    static let patientRetransmission: [UInt64] = retransmission + [30 * second, 60 * second, 60 * second, 60 * second, 60 * second]
    /// The longest ISAKMP message in octets that needs no IP fragments: PPPoE's MTU of 1,492 less the headers of IPv6 and UDP and
    /// the non-ESP marker.
    static let unfragmentedOctets = 1440
    /// How long an unfinished set of fragments is kept: a retransmission after 15 seconds completes it.
    static let reassemblyTime = 30 * second
    /// How long a finished Quick Mode is kept to answer retransmissions of its last message: as long as the peer retransmits.
    static let linger = 330 * second
    /// How long the DNS may take to find keys: longer than all questions of a search.
    static let keySearchTime = 20 * second
    /// How long the data plane may take to answer.
    static let spiTime = 10 * second
    /// The minimum time between two answers to the same message.
    static let answerAgain = second / 2
    /// How long after Main Mode INITIAL-CONTACT in an Informational exchange is accepted. A later one may be a replay.
    static let initialContactTime = 10 * second
    /// The minimum time between two DPD probes: longer than any round trip.
    static let probeInterval = 2 * second
    /// How long a peer has to answer a probe before another peer may take over its address.
    static let probeTime = 4 * second
    /// NAT keepalives (RFC 3948 §4). Home routers keep a UDP mapping for 30 seconds or more.
    static let keepaliveInterval = 20 * second
    /// The time between two attempts to replace an ISAKMP SA that is about to expire.
    static let replaceAgain = 60 * second
    /// How long the initiator of Quick Mode sends by the old pair after QI2. Some responders install the new pair only when QI2
    /// comes, and ask for it again after four seconds.
    static let switchTime = 5 * second
    /// How long the responder of Quick Mode sends by the old pair at most. Some initiators install the new pair some time after
    /// they sent QI2 (racoon: 56 ms). The initiator's first packet by the new pair ends the wait.
    static let responderSwitchTime = second
    /// How often the responder checks for that packet. The kernel counts packets, but does not report the first.
    static let firstPacketCheckInterval = second / 10
    /// How long the old pair is kept after the switch.
    static let retireTime = 10 * second
    /// How long packets of a pair are accepted after the peer was told that it is deleted.
    static let deletionGraceTime = 5 * second
    /// How long an unused ISAKMP SA is kept beside its successor, while the peer moves its IPsec SAs to the new one.
    static let handoverTime = 30 * second
    /// After so many refused Quick Modes in a row, and none that succeeded, the next one begins within a new ISAKMP SA.
    static let refusals = 3
    /// A pair that lived less than this does not reset the connection's number of failures.
    static let shortLife = 60 * second
    /// Two pairs that the two gateways initiated within this time of each other count as simultaneous.
    static let collisionTime = 60 * second
    /// The longest lifetime in seconds: 24 hours, as in ipsec.conf.
    static let longestLife: UInt32 = 86_400
    /// The shortest lifetime in seconds that a peer may ask for.
    static let shortestLife: UInt32 = 60

    // MARK: What strangers can make us do: one more each time this has passed

    static let strangerLineInterval = 6 * second
    static let strangerReplyInterval = second / 4
    /// The share of processor time for unauthenticated messages: one part in so many for all unknown sources together, and as much
    /// again for the addresses of our peers; for one source, one part in so many. A thousand road warriors that come back at once
    /// are connected within some ten seconds: one core does a hundred MODP-2048 exchanges a second in a fifth of its time.
    static let strangersShareOfTime: UInt64 = 5
    static let sourceShare: UInt64 = 20
    /// How much unused time may accumulate. Packets of tunnels wait so long, and for one exchange more. The number of peers bounds
    /// theirs.
    static let strangersBurst = second / 50
    static let peersBurst = second / 5
    static let sourceBurst = second / 20
    /// ESP with an unknown SPI brings forward at most one probe or attempt in this time.
    static let earlyProbeInterval = 5 * second
    /// Main Mode from unknown addresses causes at most one look-up of the peers' host names in this time.
    static let lookUpInterval = 5 * second

    /// The lifetime of an SA in seconds: the shorter of ours and the peer's, within the bounds above.
    static func life(ours: UInt32, theirs: UInt32?) -> UInt32 {
        max(min(ours, theirs ?? ours, longestLife), min(ours, shortestLife))
    }
}
