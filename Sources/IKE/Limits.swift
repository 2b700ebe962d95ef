/// Every bound and every interval of IKE, each with its reason. What a stranger can send never makes memory grow past
/// what stands here.
enum Limits {
    // MARK: One message

    /// Octets of the longest datagram that is looked at. Main Mode with thirty transforms takes 1.5 kB, a chain of three
    /// certificates 5 kB.
    static let messageOctets = 8192
    /// Payloads in a message. Some peers send twenty vendor IDs.
    static let payloads = 48
    /// Proposals in an SA payload.
    static let proposals = 32
    /// Transforms in an SA payload, all proposals together. Peers that list every combination send about a hundred.
    static let transforms = 256
    /// Attributes in a transform; RFC 2409 and its successors know fewer than twenty.
    static let attributes = 24
    /// Octets of a nonce (RFC 2409 §5).
    static let nonceOctets = 8...256
    /// Octets of the nonces that we make: a hash of 256 bits deserves as many.
    static let ownNonceOctets = 32

    /// Certificates in a message, from the peer's own to an authority; they live as long as the message is read.
    static let certificates = 6
    /// Octets of one certificate, with its type: an RSA key of 8192 bits and its signature take 2 kB.
    static let certificateOctets = 4096
    /// Requests for certificates that we send; with more authorities than that we ask for any certificate.
    static let certificateRequests = 8
    /// Signatures of one peer that are verified in one Main Mode: whoever retries sends the same one again, unread.
    static let signatures = 4
    /// Keys that one signature is tried with: a peer has two at most, but an ID may be several connections'.
    static let keysTried = 8

    // MARK: Tables

    /// Main Mode exchanges begun by others and not authenticated yet: about 3 kB each, 200 kB in all. From half of it on, a
    /// new one takes the place of one that did not answer yet, drawn at random: a flood cannot keep a newcomer out for sure.
    static let halfOpen = 64
    /// Diffie-Hellman exchanges that strangers can have us do: so many at once,
    static let strangerExchanges = 64
    /// and one more each time this has passed.
    static let strangerExchangeInterval = second / 50
    /// ISAKMP SAs and exchanges of every kind: about 3 kB each. A stranger fills at most `halfOpen` of them.
    static let isakmpSAs = 512
    /// Quick Modes within one ISAKMP SA, those that are done and linger among them: about 2 kB each. Only an authenticated
    /// peer can begin one.
    static let quickModesPerSA = 32
    /// Established ISAKMP SAs of one peer. A peer that makes more loses the oldest.
    static let isakmpSAsPerPeer = 8
    /// Pairs of IPsec SAs: about 1 kB each.
    static let ipsecSAs = 2048
    /// Pairs of IPsec SAs of one connection with one peer. A peer that makes more loses the oldest.
    static let ipsecSAsPerConnection = 8
    /// Message IDs of exchanges that either end began within one ISAKMP SA, so that none is replayed: 4 octets each. At
    /// the limit the ISAKMP SA is deleted, and whoever needs another one negotiates it.
    static let messageIDs = 1024
    /// Deletions, or notifications, within one message that are acted upon.
    static let deletedSPIs = 64

    // MARK: Time, in nanoseconds

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
    /// NAT keepalives (RFC 3948 §4): home routers forget a UDP mapping after 30 seconds and more.
    static let keepaliveInterval = 20 * second
    /// How often an ISAKMP SA that nears its end is tried to be replaced.
    static let replaceAgain = 60 * second
    /// How long after Quick Mode's last message its initiator goes on sending by the old pair. Some responders install the
    /// new one only when that message comes, and ask for it again after four seconds.
    static let switchTime = 5 * second
    /// How long the old pair is kept after that.
    static let retireTime = 10 * second
    /// How long we take packets of a pair after telling the peer that it is over.
    static let farewellTime = 5 * second
    /// After so many Quick Modes in a row that the peer refused, the next one has an ISAKMP SA of its own.
    static let refusals = 3
    /// A connection whose pair lived less than this has not recovered from its failures.
    static let shortLife = 60 * second
    /// Two pairs that the two sides made within this time of each other were made at once.
    static let collisionTime = 60 * second
    /// An end of life further off than this is not believed (24 hours, as ipsec.conf allows).
    static let longestLife: UInt32 = 86_400
    /// A peer that asks for a shorter life than this gets this.
    static let shortestLife: UInt32 = 60

    // MARK: What strangers can make us say or send

    /// Lines about unauthenticated messages: so many at once,
    static let strangerLines = 10
    /// and one more each time this has passed.
    static let strangerLineInterval = 6 * second
    /// Error notifications in answer to unauthenticated messages that are at least as long.
    static let strangerReplies = 20
    static let strangerReplyInterval = second / 4
}

/// Lets a bounded number through at once, and then one an interval.
struct RateLimit {
    private let burst: Int
    private let interval: UInt64
    private var left: Int
    private var last: UInt64 = 0
    /// How many were held back since the last one that passed.
    private(set) var heldBack: UInt64 = 0

    init(burst: Int, interval: UInt64) {
        self.burst = burst
        self.interval = interval
        left = burst
    }

    /// Whether one may pass at `now`; after a pause, `heldBack` tells how many did not.
    mutating func allows(now: UInt64) -> Bool {
        if left < burst {
            let gained = (now &- last) / interval
            if gained > 0 {
                left = gained >= UInt64(burst - left) ? burst : left + Int(gained)
                last = now
            }
        } else {
            last = now
        }
        guard left > 0 else {
            heldBack += 1
            return false
        }
        left -= 1
        return true
    }

    /// `heldBack` so far, which begins again at 0.
    mutating func takeHeldBack() -> UInt64 {
        defer { heldBack = 0 }
        return heldBack
    }
}
