import Crypto
import Wire

/// A negotiated pair of IPsec SAs, inbound and outbound. The data plane has the keys.
final class IPsecSA: SATableEntry {
    let serial: UInt64
    let connection: ConnectionID
    /// The serial number of the ISAKMP SA that it was negotiated within, or of that SA's successor.
    var parent: UInt64
    let isInitiator: Bool
    /// In host order.
    let inboundSPI: UInt32
    let outboundSPI: UInt32
    let local: Endpoint
    let peer: Endpoint
    let peerID: Identity?
    let localSelector: Selector
    let remoteSelector: Selector
    /// The selectors that the IDs named, as in `QuickMode.asked`.
    let asked: [Selector]
    let isBehindNAT: Bool
    let suite: ESPSuite
    /// Whether ESP is encapsulated in UDP.
    let isEncapsulated: Bool
    /// The state of the outbound SA.
    enum Outbound {
        /// Not installed yet: another pair sends, or the pair is new.
        case waiting(KeyedSA)
        /// Installation was requested with this token.
        case installing(token: UInt64)
        case installed
        /// The data plane refused it or ended it. The pair only receives.
        case ended

        func isInstalling(_ token: UInt64) -> Bool {
            if case .installing(token) = self { true } else { false }
        }

        /// Whether it is not yet installed.
        var isWaiting: Bool {
            if case .waiting = self { true } else { false }
        }
    }

    var outbound = Outbound.ended
    /// Whether `established` was reported.
    var isAnnounced = false
    /// When it starts to send.
    var switchAt: UInt64?
    /// When to check whether the peer already sends by it.
    var firstPacketCheckAt: UInt64?
    /// Whether another pair replaced it. It only receives until it ends.
    var isSuperseded = false
    /// Whether the peer was told that it is deleted.
    var isDeletionSent = false
    /// Whether the data plane has no outbound SA of it.
    var hasNoOutboundSA: Bool { if case .ended = outbound { true } else { false } }
    /// Whether its outbound SA is installed.
    var isSending: Bool { if case .installed = outbound { true } else { false } }
    /// The state of DPD; `nil` when DPD is off.
    var liveness: PeerLiveness?
    /// The packet counter when DPD last read it.
    var packetsReceived: UInt64 = 0
    /// Its description for `--status`.
    let words: Sentence
    let established: UInt64
    /// The end of its negotiated lifetime.
    let end: UInt64
    /// When it is removed: at `end`, or earlier if it was replaced.
    var expires: UInt64
    /// When its replacement is negotiated; `nil` once that has begun, or never.
    var replaceAt: UInt64?

    init(_ exchange: QuickMode, _ suite: ESPSuite, lifetime: UInt32, words: Sentence, _ context: EngineContext) {
        serial = exchange.serial
        connection = exchange.policy.id
        parent = exchange.sa.serial
        isInitiator = exchange.isInitiator
        inboundSPI = exchange.ownSPI
        outboundSPI = exchange.peerSPI
        local = exchange.sa.local
        peer = exchange.sa.peer
        peerID = exchange.sa.peerID
        localSelector = exchange.localSelector
        remoteSelector = exchange.remoteSelector
        asked = exchange.asked
        isBehindNAT = exchange.sa.nat.isLocalTranslated
        self.suite = suite
        isEncapsulated = exchange.sa.nat.found
        // Copied, so that no spare capacity is kept.
        self.words = Sentence(octets: words.octets.map { $0 })
        established = context.now
        end = context.now + UInt64(lifetime) * Limits.second
        expires = end
        replaceAt = exchange.policy.rekeyPolicy.replaceAt(lifetime, isInitiator: isInitiator, context)
    }
}

extension IPsecSA {
    /// Whether the inbound or the outbound SA of the pair is the one named.
    func hasSA(_ spi: UInt32, _ destination: Address) -> Bool {
        inboundSPI == spi && local.address == destination || outboundSPI == spi && peer.address == destination
    }

    /// Both gateways compute the same value.
    var collisionRank: UInt32 { max(inboundSPI, outboundSPI) }

    /// Ends the pair at `time` unless it ends earlier.
    func retire(at time: UInt64) { expires = min(expires, time) }

    /// Whether the connection's selectors have changed since the pair was made.
    func isNarrowed(_ connection: KeyingState) -> Bool {
        connection.policy.localSelector != localSelector || connection.policy.remoteSelector != remoteSelector
    }
}
