import Crypto
import Wire

/// A Quick Mode exchange, from its first step until the peer can no longer ask for its last message.
final class QuickMode: SATableEntry {
    enum State {
        /// Waits for the data plane to find an SPI.
        case initiatorNeedsSPI, responderNeedsSPI
        /// Waits for the data plane to install the inbound SA.
        case initiatorInstalls, responderInstalls
        case quickI1, quickI2, quickR1, quickR2

        var name: StaticString {
            switch self {
            case .initiatorNeedsSPI, .quickI1, .initiatorInstalls: "STATE_QUICK_I1"
            case .quickI2: "STATE_QUICK_I2"
            case .responderNeedsSPI, .responderInstalls: "STATE_QUICK_R0"
            case .quickR1: "STATE_QUICK_R1"
            case .quickR2: "STATE_QUICK_R2"
            }
        }

        var words: StaticString {
            switch self {
            case .initiatorNeedsSPI, .responderNeedsSPI: "waiting for an SPI"
            case .initiatorInstalls, .responderInstalls: "installing the inbound IPsec SA"
            case .quickI1: "sent QI1, expecting QR1"
            case .quickI2: "sent QI2"
            case .quickR1: "sent QR1, inbound IPsec SA installed, expecting QI2"
            case .quickR2: "received QI2"
            }
        }

        var isDone: Bool { self == .quickI2 || self == .quickR2 }
    }

    let serial: UInt64
    let isInitiator: Bool
    let messageID: UInt32
    let sa: ISAKMPSA
    /// The policy of the connection when the exchange began.
    let sharedPolicy: SharedPolicy
    var policy: Policy { sharedPolicy.policy }
    /// The PFS group that we propose as initiator; `nil` without PFS.
    let pfsGroup: Group?
    /// Identifies the exchange in the data plane's answer.
    let token: UInt64
    var state: State
    var expires: UInt64

    var iv: [UInt8]
    var initiatorNonce: [UInt8] = []
    var responderNonce: [UInt8] = []
    /// The negotiated transform; `nil` for the initiator before QR1.
    var chosen: Phase2Transform?
    /// The peer's proposal and transform that the responder chose.
    var answer: (proposal: Proposal, transform: Transform)?
    /// The peer's ID payloads, which the responder repeats.
    var peerIDs: [IdentificationPayload] = []
    var localSelector: Selector
    var remoteSelector: Selector
    /// The local and remote selectors that the IDs name, if a NAT makes them differ from those protected; otherwise empty.
    var asked: [Selector] = []
    var diffieHellman: DiffieHellman?
    /// The initiator's Diffie-Hellman value, kept by the responder.
    var peerPublic: [UInt8]?
    var ownSPI: UInt32 = 0
    var peerSPI: UInt32 = 0
    /// The pair, from the request to install its inbound SA until it is established.
    var prepared: (inbound: KeyedSA, outbound: KeyedSA)?

    /// The lifetime of the pair in seconds, as known to the initiator when it requests the inbound SA.
    var lifetime: UInt32 = 0
    /// QR1, until the inbound SA is installed.
    var held: [UInt8] = []

    var last = LastExchange()
    var retransmission: Retransmission?

    init(
        serial: UInt64, isInitiator: Bool, messageID: UInt32, _ sa: ISAKMPSA, _ policy: SharedPolicy, token: UInt64,
        localSelector: Selector, remoteSelector: Selector, _ state: State, expires: UInt64
    ) {
        self.serial = serial
        self.isInitiator = isInitiator
        self.messageID = messageID
        self.sa = sa
        sharedPolicy = policy
        pfsGroup = policy.policy.pfsGroup(within: sa.suite)
        self.token = token
        self.localSelector = localSelector
        self.remoteSelector = remoteSelector
        self.state = state
        self.expires = expires
        iv = sa.keys?.phase2IV(after: sa.iv, messageID: messageID) ?? []
    }

    /// Frees what only the negotiation needs: a finished exchange is kept for minutes.
    func forgetExchange() {
        initiatorNonce = []
        responderNonce = []
        answer = nil
        peerIDs = []
        diffieHellman = nil
        peerPublic = nil
        prepared = nil
    }

    /// Whether the request `token`, to install the inbound SA, is unanswered.
    func isInstalling(_ token: UInt64) -> Bool {
        self.token == token && (state == .initiatorInstalls || state == .responderInstalls)
    }

    /// Requests the installation of the inbound SA of `prepared`.
    func installRequest(_ prepared: (inbound: KeyedSA, outbound: KeyedSA)) -> InstallRequest {
        InstallRequest(token: token, prepared.inbound.sa, policy.id)
    }

    var spiRequest: SPIRequest {
        SPIRequest(token: token, source: sa.peer.address, destination: sa.local.address, requestID: policy.requestID)
    }

    /// The two SAs of the pair with their keys (RFC 2409 §5.5).
    ///
    /// - Parameter shared: the Diffie-Hellman secret of Quick Mode, with PFS.
    func pair(_ chosen: Phase2Transform, shared: Secret?) -> (inbound: SecurityAssociation, outbound: SecurityAssociation)? {
        guard let keys = sa.keys else { return nil }
        let suite = chosen.suite
        func association(_ spi: UInt32, inbound: Bool) -> SecurityAssociation {
            let material = keys.keyMaterial(
                count: suite.keyMaterialLength, shared: shared, protocolID: ProtocolID.esp.rawValue, spi: spi,
                initiatorNonce: initiatorNonce, responderNonce: responderNonce)
            let saltAt = suite.cipher.keyLength
            let integrityAt = saltAt + suite.cipher.saltLength
            let source = inbound ? sa.peer : sa.local
            let destination = inbound ? sa.local : sa.peer
            var association = SecurityAssociation(
                spi: spi, source: source.address, destination: destination.address, mode: policy.mode, suite: suite,
                encryptionKey: material.slice(0..<saltAt), salt: material.slice(saltAt..<integrityAt),
                integrityKey: material.slice(integrityAt..<material.count),
                encapsulation: sa.nat.found
                    ? .init(sourcePort: source.port, destinationPort: destination.port) : nil,
                sourceSelector: inbound ? remoteSelector : localSelector,
                destinationSelector: inbound ? localSelector : remoteSelector, requestID: policy.requestID,
                replayWindow: policy.replayWindow)
            // The engine ends the SA in time. The kernel ends it one minute later in case the daemon is gone.
            association.lifetime = Limits.life(ours: policy.espLifetime, theirs: chosen.lifetime) + 60
            return association
        }
        return (association(ownSPI, inbound: true), association(peerSPI, inbound: false))
    }
}
