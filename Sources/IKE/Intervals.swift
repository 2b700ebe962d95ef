import Wire

/// Every interval of IKE, each with its reason, in nanoseconds. They bound no memory: what does is in `Wire`.
extension Limits {
    static let second: UInt64 = 1_000_000_000
    /// How long each sending of a message waits for its answer. The first wait spans a slow router's Diffie-Hellman, all of
    /// them together half a minute of outage; then the attempt has failed.
    static let retransmission: [UInt64] = [1 * second, 2 * second, 4 * second, 8 * second, 15 * second]
    /// Between a failed attempt and the next one, by the number of failures. A home router whose line was down comes back
    /// within the last of them.
    static let pause: [UInt64] = [5 * second, 10 * second, 20 * second, 40 * second, 60 * second]
    /// How long a Main Mode that another began may take until it is authenticated: as long as he goes on retransmitting.
    static let halfOpenTime = 40 * second
    /// The responder of Quick Mode goes on longer: the initiator has the pair already, and sends by it.
    static let patientRetransmission: [UInt64] = retransmission + [30 * second, 60 * second, 60 * second, 60 * second, 60 * second]
    /// An ISAKMP message of more octets travels in fragments: what PPPoE's 1,492 leave beside the headers of IPv6 and UDP and the
    /// non-ESP marker.
    static let unfragmentedOctets = 1440
    /// How long a finished Quick Mode is kept to answer retransmissions of its last message: as long as they may come.
    static let linger = 330 * second
    /// How long the plane may take to find an SPI.
    static let spiTime = 10 * second
    /// The same message is answered again at most so often.
    static let answerAgain = second / 2
    /// INITIAL-CONTACT in an Informational exchange is heard only this soon after Main Mode; a replay comes later.
    static let initialContactTime = 10 * second
    /// DPD asks again at least this long after it asked: a round trip over any line.
    static let probeInterval = 2 * second
    /// How long a peer has to answer one before somebody else may have what it has.
    static let probeTime = 4 * second
    /// NAT keepalives (RFC 3948 §4): home routers forget a UDP mapping after 30 seconds and more.
    static let keepaliveInterval = 20 * second
    /// How often an ISAKMP SA that nears its end is tried to be replaced.
    static let replaceAgain = 60 * second
    /// How long after Quick Mode's last message its initiator goes on sending by the old pair. Some responders install the
    /// new one only when that message comes, and ask for it again after four seconds.
    static let switchTime = 5 * second
    /// How long Quick Mode's responder goes on sending by the old pair at most: some initiators install the new one only a while
    /// after they sent its last message (racoon: 56 ms later). The initiator's first packet by the new pair ends the wait.
    static let responderSwitchTime = second
    /// How often the responder looks meanwhile whether that packet came: the kernel counts packets, but does not tell of the
    /// first.
    static let firstPacketCheckInterval = second / 10
    /// How long the old pair is kept after that.
    static let retireTime = 10 * second
    /// How long we take packets of a pair after telling the peer that it is over.
    static let deletionGraceTime = 5 * second
    /// How long an ISAKMP SA that is not used any more stands beside its successor: the peer moves its IPsec SAs over meanwhile.
    static let handoverTime = 30 * second
    /// After so many Quick Modes in a row that the peer refused, and none that it agreed to, the next one has an ISAKMP SA of its
    /// own.
    static let refusals = 3
    /// A connection whose pair lived less than this has not recovered from its failures.
    static let shortLife = 60 * second
    /// Two pairs that the two sides made within this time of each other were made at once.
    static let collisionTime = 60 * second
    /// An end of life further off than this is not believed (24 hours, as ipsec.conf allows).
    static let longestLife: UInt32 = 86_400
    /// A peer that asks for a shorter life than this gets this.
    static let shortestLife: UInt32 = 60

    // MARK: What strangers can make us do: one more each time this has passed

    static let strangerLineInterval = 6 * second
    static let strangerReplyInterval = second / 4
    /// Of the processor, one part of so many for all whom we do not know together, and the same again for the addresses of our
    /// peers; for one source, one of so many. A thousand road warriors that come back at once are there within some ten
    /// seconds: one core does a hundred MODP-2048 a second in a fifth of its time.
    static let strangersShareOfTime: UInt64 = 5
    static let sourceShare: UInt64 = 20
    /// What of it gathers: packets of tunnels wait so long, and for one exchange more. Peers are bounded by their number, too.
    static let strangersBurst = second / 50
    static let peersBurst = second / 5
    static let sourceBurst = second / 20
    /// ESP of SAs that we do not have: a probe more, or an attempt earlier than its time.
    static let hurryInterval = 5 * second
    /// Main Mode from addresses that no connection names: another look-up of the peers' host names.
    static let lookUpInterval = 5 * second

    /// The life of an SA, in seconds: the shorter of what we want and what the peer wants, within reason.
    static func life(ours: UInt32, theirs: UInt32?) -> UInt32 {
        max(min(ours, theirs ?? ours, longestLife), min(ours, shortestLife))
    }
}
