import Crypto
import Wire

/// An ISAKMP SA, from Main Mode's first message to its end.
final class ISAKMPSA: SATableEntry {
    /// FreeS/WAN's states of Main Mode: what was sent last.
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
    /// The connection it goes by, as it was when Main Mode began. A responder may learn better from the peer's ID.
    var sharedPolicy: SharedPolicy
    var policy: Policy { sharedPolicy.policy }
    var local: Endpoint
    /// Where its messages come from and go to; follows authenticated messages alone.
    var peer: Endpoint
    let initiatorCookie: UInt64
    /// 0 until the responder named it.
    var responderCookie: UInt64 = 0
    var state: State
    let created: UInt64
    /// When it ends: the exchange's time limit, then the SA's life.
    var expires: UInt64
    /// When another one is negotiated in its place, if IPsec SAs need it.
    var replaceAt: UInt64?
    /// When Main Mode was done.
    var established: UInt64?

    // Main Mode
    /// SAi_b.
    var offer: [UInt8] = []
    var suite: IKESuite?
    var method = AuthenticationMethod.presharedKey
    var peerAsksForCertificate = false
    /// How many signatures of the peer's were looked at.
    var signaturesSeen = 0
    /// Why the last answer to our authentication was refused.
    var refusal: Sentence?
    /// Seconds.
    var lifetime: UInt32
    var initiatorNonce: [UInt8] = []
    var responderNonce: [UInt8] = []
    var initiatorPublic: [UInt8] = []
    var responderPublic: [UInt8] = []
    /// Our side of Diffie-Hellman, while it is needed.
    var diffieHellman: DiffieHellman?
    var last = LastExchange()
    var retransmission: Retransmission?
    /// The peer answers R-U-THERE (RFC 3706 §5.1).
    var knowsDPD = false
    /// An error that somebody claimed in the peer's name: a hint for the sentence that says why an attempt failed.
    var claimedError: NotifyType?
    /// Somebody answered our authentication with what our keys do not open: a hint too.
    var sawUnreadable = false
    /// Something came from the peer's port 4500, whoever sent it: a hint too.
    var heardOnNATPort = false
    /// Connections that wait for this SA to be established.
    var pending: [ConnectionID] = []

    // NAT traversal
    /// What both ends speak; `nil` for none.
    var natDialect: NATDialect?
    var nat = NATDetection()

    // Once keys exist
    var keys: Phase1Keys?
    var cipher: MessageCipher? { keys.map { MessageCipher($0) } }
    /// The last block of Phase 1.
    var iv: [UInt8] = []
    /// Who the peer proved to be.
    var peerID: Identity?
    /// And how; `nil` for a pre-shared key.
    var proof: AuthenticationProof?
    var messageIDs = MessageIDs()
    /// The number of the peer's last R-U-THERE (RFC 3706 §5.4).
    var lastProbe: UInt32?
    /// The number of our own last one, and when it was sent; 0 when none was.
    var ownProbe: UInt32 = 0
    var probedAt: UInt64 = 0
    /// When the first probe was sent that nothing has answered; before `heard` where something has.
    var unansweredSince: UInt64 = 0
    /// Quick Modes in a row that the peer refused.
    var refusals = 0
    /// A Quick Mode within it came to an end that both agree on: what the peer refuses is not the SA's fault.
    var hasAgreed = false
    /// No new exchange of ours begins within it.
    var isDistrusted = false
    /// Refusals that name no exchange, of which several were under way.
    var unnamedRefusals: [NotifyType] = []
    /// When the peer last proved to be there.
    var lastHeard: UInt64 = 0

    init(
        serial: UInt64, isInitiator: Bool, _ policy: SharedPolicy, local: Endpoint, peer: Endpoint, cookie: UInt64,
        _ state: State, now: UInt64, expires: UInt64
    ) {
        self.serial = serial
        self.isInitiator = isInitiator
        sharedPolicy = policy
        self.local = local
        self.peer = peer
        initiatorCookie = cookie
        self.state = state
        created = now
        self.expires = expires
        lifetime = policy.policy.ikeLifetime
    }

    var isEstablished: Bool { established != nil }
    /// Begun by another and not authenticated yet.
    var isHalfOpen: Bool { !isInitiator && established == nil }
    /// Whoever began it has answered from his address, though we may not have got to his answer yet.
    var hasAnswered = false
    /// It waits for its turn at Diffie-Hellman: as a peer's, or as a stranger's.
    var waiting: Waiting?
    enum Waiting { case peer, stranger }
    /// Half-open, and perhaps from an address that nobody has.
    var isSilent: Bool { isHalfOpen && state == .mainR1 && !hasAnswered }

    func header(_ exchange: ExchangeType, messageID: UInt32 = 0) -> Header {
        Header(initiatorCookie, responderCookie, exchange, messageID: messageID)
    }

    /// Sends a message between the ends that the SA has now.
    func send(_ message: [UInt8], _ context: inout EngineContext) {
        context.actions.append(.send(message, from: local, to: peer))
    }

    /// Both cookies, as the SPI of an ISAKMP SA.
    var cookies: [UInt8] {
        var writer = ByteWriter(capacity: 16)
        writer.uint64(initiatorCookie)
        writer.uint64(responderCookie)
        return writer.bytes
    }

    /// Makes the SA's keys, and Phase 1's first IV.
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

    /// HASH_I or HASH_R.
    func identityHash(ofInitiator: Bool, identity: [UInt8]) -> [UInt8] {
        guard let keys else { return [] }
        let initiator = (publicValue: initiatorPublic, cookie: initiatorCookie)
        let responder = (publicValue: responderPublic, cookie: responderCookie)
        return keys.identityHash(
            own: ofInitiator ? initiator : responder, other: ofInitiator ? responder : initiator,
            securityAssociation: offer, identity: identity)
    }

    /// Lets go of what only Main Mode needed.
    func forgetExchange() {
        diffieHellman = nil
        offer = []
        initiatorNonce = []
        responderNonce = []
        initiatorPublic = []
        responderPublic = []
    }

    /// The hash that NAT-D makes of an end.
    func natHash(_ end: Endpoint) -> [UInt8] {
        NATDetection.hash(suite?.hash ?? .sha1, initiatorCookie, responderCookie, end)
    }
}
