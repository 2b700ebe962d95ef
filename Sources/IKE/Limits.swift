/// Every bound and every interval of IKE, each with its reason. What a stranger can send never makes memory grow past
/// what stands here.
enum Limits {
    // MARK: One message

    /// Octets of the longest datagram that is looked at. Main Mode with thirty transforms takes 1.5 kB; certificates
    /// will take a few kB.
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

    // MARK: Tables

    /// Main Mode exchanges begun by others and not authenticated yet: about 3 kB each, 200 kB in all.
    static let halfOpen = 64
    /// ISAKMP SAs and exchanges of every kind: about 3 kB each. A stranger fills at most `halfOpen` of them.
    static let isakmpSAs = 512
    /// Quick Modes under way within one ISAKMP SA: about 2 kB each. Only an authenticated peer can begin one.
    static let quickModesPerSA = 32
    /// Established ISAKMP SAs of one peer. A peer that makes more loses the oldest.
    static let isakmpSAsPerPeer = 8
    /// Pairs of IPsec SAs: about 1 kB each.
    static let ipsecSAs = 2048
    /// Pairs of IPsec SAs of one connection with one peer. A peer that makes more loses the oldest.
    static let ipsecSAsPerConnection = 8
    /// Message IDs of Quick Modes that a peer began within one ISAKMP SA, so that none is replayed: 4 octets each. At
    /// the limit the ISAKMP SA is deleted, and whoever needs another one negotiates it.
    static let quickModeIDs = 512
    /// The last message IDs of Informational exchanges within one ISAKMP SA. An older one replayed changes nothing any
    /// more: the SPIs it deletes are gone, and INITIAL-CONTACT is heard early or not at all.
    static let informationalIDs = 64
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
    /// How long a finished Quick Mode is kept to answer retransmissions of its last message: as long as they may come.
    static let linger = 60 * second
    /// How long the plane may take to find an SPI.
    static let spiTime = 10 * second
    /// The same message is answered again at most so often.
    static let answerAgain = second / 2
    /// INITIAL-CONTACT in an Informational exchange is heard only this soon after Main Mode; a replay comes later.
    static let initialContactTime = 10 * second
    /// NAT keepalives (RFC 3948 §4): home routers forget a UDP mapping after 30 seconds and more.
    static let keepaliveInterval = 20 * second
    /// How often an ISAKMP SA that nears its end is tried to be replaced.
    static let replaceAgain = 60 * second
    /// How long before its end an IPsec SA that we initiated is replaced: this, or a tenth of its life when that is less.
    static let replaceMargin = 540 * second
    /// An end of life further off than this is not believed (24 hours, as ipsec.conf allows).
    static let longestLife: UInt32 = 86_400
    /// A peer that asks for a shorter life than this gets this.
    static let shortestLife: UInt32 = 60

    // MARK: What strangers can make us say or send

    /// Lines about unauthenticated messages: so many at once,
    static let strangerLines = 10
    /// and one more each time this has passed.
    static let strangerLineInterval = 6 * second
    /// Error notifications answered to unauthenticated messages, which are never longer than what they answer.
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
