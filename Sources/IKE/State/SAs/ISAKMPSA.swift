import Crypto
import Wire

/// An ISAKMP SA, from Main Mode's first message to its end.
final class ISAKMPSA: SATableEntry {
    /// FreeS/WAN's states of Main Mode. Each is named for the last message sent.
    enum State {
        case mainI1, mainI2, mainI3, mainI4, mainR1, mainR2, mainR3

        var name: StaticString {
            switch self {
            case .mainI1: "STATE_MAIN_I1"
            case .mainI2: "STATE_MAIN_I2"
            case .mainI3: "STATE_MAIN_I3"
            case .mainI4: "STATE_MAIN_I4"
            case .mainR1: "STATE_MAIN_R1"
            case .mainR2: "STATE_MAIN_R2"
            case .mainR3: "STATE_MAIN_R3"
            }
        }

        var words: StaticString {
            switch self {
            case .mainI1: "sent MI1, expecting MR1"
            case .mainI2: "sent MI2, expecting MR2"
            case .mainI3: "sent MI3, expecting MR3"
            case .mainR1: "sent MR1, expecting MI2"
            case .mainR2: "sent MR2, expecting MI3"
            case .mainI4, .mainR3: "ISAKMP SA established"
            }
        }
    }

    let serial: UInt64
    let isInitiator: Bool
    /// The policy of its connection when Main Mode began. As responder it changes when the peer's ID is known.
    var sharedPolicy: SharedPolicy
    var policy: Policy { sharedPolicy.policy }
    var local: Endpoint
    /// The peer's address and port. Only authenticated messages change it.
    var peer: Endpoint
    let initiatorCookie: UInt64
    /// 0 until the responder has sent it.
    var responderCookie: UInt64 = 0
    var state: State
    let created: UInt64
    /// When it ends: first the time limit of Main Mode, then the SA's lifetime.
    var expires: UInt64
    /// When its replacement is negotiated, if IPsec SAs need one.
    var replaceAt: UInt64?
    /// When Main Mode was completed.
    var established: UInt64?

    // Main Mode
    /// SAi_b: the body of the initiator's SA payload.
    var offer: [UInt8] = []
    var suite: IKESuite?
    var method = AuthenticationMethod.presharedKey
    var peerAsksForCertificate = false
    /// The number of the peer's signatures that were verified.
    var signaturesSeen = 0
    /// The peer's authentication, while the DNS is asked for the peer's keys.
    var awaitingKeys: AwaitingKeys?
    /// What the DNS answered, while the message is read that waited for it.
    var keysFromDNS: KeysFromDNS?
    /// Why the last answer to our authentication was refused.
    var refusal: Sentence?
    /// The lifetime in seconds.
    var lifetime: UInt32
    var initiatorNonce: [UInt8] = []
    var responderNonce: [UInt8] = []
    var initiatorPublic: [UInt8] = []
    var responderPublic: [UInt8] = []
    /// Our Diffie-Hellman key, while it is needed.
    var diffieHellman: DiffieHellman?
    var last = LastExchange()
    var retransmission: Retransmission?
    /// Whether the peer answers R-U-THERE (RFC 3706 §5.1).
    var knowsDPD = false
    /// An unauthenticated error notification in the peer's name. It only explains a failure in the log.
    var claimedError: NotifyType?
    /// Whether a message came that our keys do not decrypt. It only explains a failure in the log.
    var sawUnreadable = false
    /// Whether a message came from the peer's port 4500. It only explains a failure in the log.
    var heardOnNATPort = false
    /// Connections whose Quick Mode begins when this SA is established.
    var pending: [ConnectionID] = []

    // Fragments
    /// `fragmentation=` of the connection.
    var fragmentation: Fragmentation
    /// Whether we take fragments. The connection that the peer's ID chooses decides only whether we send them: the peer goes on as
    /// it began.
    var takesFragments: Bool
    /// Whether the peer announces that it takes fragments.
    var peerTakesFragments = false
    var isWindows = false
    /// The ID of the last message that was sent in fragments, and its last eight octets; 0 if none was.
    var fragmentID: UInt16 = 0
    var fragmentedTail: UInt64 = 0

    // NAT traversal
    /// The version of NAT traversal that both ends support; `nil` for none.
    var natDialect: NATDialect?
    var nat = NATDetection()

    // Once keys exist
    var keys: Phase1Keys?
    var cipher: MessageCipher? { keys.map { MessageCipher($0) } }
    /// The last cipher block of Phase 1.
    var iv: [UInt8] = []
    /// The peer's authenticated ID.
    var peerID: Identity?
    /// How the peer authenticated itself; `nil` for a pre-shared key.
    var proof: AuthenticationProof?
    var messageIDs = MessageIDs()
    /// The sequence number of the peer's last R-U-THERE (RFC 3706 §5.4).
    var lastProbe: UInt32?
    /// The sequence number of our last R-U-THERE, and when it was sent; 0 when none was.
    var ownProbe: UInt32 = 0
    var probedAt: UInt64 = 0
    /// When the first unanswered probe was sent. Earlier than `lastHeard` if none is unanswered.
    var unansweredSince: UInt64 = 0
    /// The number of Quick Modes in a row that the peer refused.
    var refusals = 0
    /// Whether a Quick Mode within the SA succeeded. Then a refusal is not the SA's fault.
    var hasAgreed = false
    /// Whether no new exchange of ours may begin within it.
    var isDistrusted = false
    /// Refusals with no reference to an exchange, received while several were under way.
    var unnamedRefusals: [NotifyType] = []
    /// Inbound SPIs of Quick Modes that the peer began and did not confirm, and how often their deletion is still sent.
    var unconfirmedSPIs: [UInt32] = []
    var unconfirmedDeletions = 0
    /// When the last authenticated message or acknowledgement came.
    var lastHeard: UInt64 = 0

    init(
        serial: UInt64, isInitiator: Bool, _ policy: SharedPolicy, local: Endpoint, peer: Endpoint, cookie: UInt64,
        _ state: State, now: UInt64, expires: UInt64
    ) {
        self.serial = serial
        self.isInitiator = isInitiator
        sharedPolicy = policy
        fragmentation = policy.policy.fragmentation
        takesFragments = fragmentation != .no
        self.local = local
        self.peer = peer
        initiatorCookie = cookie
        self.state = state
        created = now
        self.expires = expires
        lifetime = policy.policy.ikeLifetime
    }

    var isEstablished: Bool { established != nil }
    /// Whether the peer initiated it and is not authenticated yet.
    var isHalfOpen: Bool { !isInitiator && established == nil }
    /// Whether the initiator has sent MI2 with our cookie, which proves its address. MI2 may still wait to be processed.
    var hasAnswered = false
    /// Whether it waits for its turn at Diffie-Hellman, and in whose share of the processor.
    var waiting: Waiting?
    enum Waiting { case peer, stranger }
    /// Whether it is half-open and the initiator has not proved its address.
    var isSilent: Bool { isHalfOpen && state == .mainR1 && !hasAnswered }

    func header(_ exchange: ExchangeType, messageID: UInt32 = 0) -> Header {
        Header(initiatorCookie, responderCookie, exchange, messageID: messageID)
    }

    /// Both cookies: the SPI of an ISAKMP SA.
    var cookies: [UInt8] {
        var writer = ByteWriter(capacity: 16)
        writer.uint64(initiatorCookie)
        writer.uint64(responderCookie)
        return writer.bytes
    }

    /// Derives the SA's keys and Phase 1's first IV.
    func derive(_ shared: Secret) throws(CryptoError) {
        let secret = method == .presharedKey ? policy.presharedKey : nil
        guard let suite, secret != nil || method != .presharedKey else { throw .unsupported }
        let keys = Phase1Keys(
            suite.cipher, suite.hash, presharedKey: secret, initiatorNonce: initiatorNonce,
            responderNonce: responderNonce, shared: shared, initiatorCookie: initiatorCookie,
            responderCookie: responderCookie)
        iv = keys.phase1IV(initiatorPublic: initiatorPublic, responderPublic: responderPublic)
        self.keys = keys
    }

    /// HASH_I or HASH_R (RFC 2409 §5).
    func identityHash(ofInitiator: Bool, identity: [UInt8]) -> [UInt8] {
        guard let keys else { return [] }
        let initiator = (publicValue: initiatorPublic, cookie: initiatorCookie)
        let responder = (publicValue: responderPublic, cookie: responderCookie)
        return keys.identityHash(
            own: ofInitiator ? initiator : responder, other: ofInitiator ? responder : initiator,
            securityAssociation: offer, identity: identity)
    }

    /// Frees what only Main Mode needs.
    func forgetExchange() {
        diffieHellman = nil
        offer = []
        initiatorNonce = []
        responderNonce = []
        initiatorPublic = []
        responderPublic = []
    }

    /// The hash of an address and port for NAT-D (RFC 3947 §3.2).
    func natHash(_ end: Endpoint) -> [UInt8] {
        NATDetection.hash(suite?.hash ?? .sha1, initiatorCookie, responderCookie, end)
    }
}
