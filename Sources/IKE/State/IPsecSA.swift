import Crypto
import Wire

/// A pair of IPsec SAs that stands.
final class IPsecSA: SATableEntry {
    let serial: UInt64
    let connection: ConnectionID
    /// The ISAKMP SA that it was made within, or the one that took its place.
    var parent: UInt64
    let isInitiator: Bool
    /// In and out together; the keys went to the plane and are not kept.
    let inboundSPI: UInt32
    let outboundSPI: UInt32
    let local: Endpoint
    let peer: Endpoint
    let peerID: Identity?
    let localSelector: Selector
    let remoteSelector: Selector
    /// As in the exchange that made it.
    let asked: [Selector]
    let isBehindNAT: Bool
    let suite: ESPSuite
    /// ESP goes in UDP.
    let isEncapsulated: Bool
    /// Where the outbound SA is on its way to the data plane.
    enum Outbound {
        /// It is not used yet, for another pair carries, or because it was just made.
        case waiting(KeyedSA)
        /// The plane has not answered the request with this token.
        case installing(token: UInt64)
        case installed
        /// The plane refused it or ended it: nothing is sent by the pair.
        case ended

        func isInstalling(_ token: UInt64) -> Bool {
            if case .installing(token) = self { true } else { false }
        }

        /// Whether the plane may have it.
        var isWaiting: Bool {
            if case .waiting = self { true } else { false }
        }
    }

    var outbound = Outbound.ended
    /// The pair was reported as established.
    var isAnnounced = false
    /// When it comes to be used.
    var switchAt: UInt64?
    /// When we look whether the peer uses it already.
    var firstPacketCheckAt: UInt64?
    /// Another pair took its place; this one only answers until it ends.
    var isSuperseded = false
    /// The peer was told that it is over.
    var isDeletionSent = false
    /// The plane has no outbound SA of it any more: nothing is sent by it.
    var hasNoOutboundSA: Bool { if case .ended = outbound { true } else { false } }
    /// Packets are sent by it.
    var isSending: Bool { if case .installed = outbound { true } else { false } }
    /// What DPD knows; `nil` when nobody asks.
    var liveness: PeerLiveness?
    /// Packets that had come in when DPD last looked.
    var packetsReceived: UInt64 = 0
    /// What it is, for `--status`.
    let words: Sentence
    let established: UInt64
    /// The end of its life, which nothing puts off.
    let end: UInt64
    /// When it is removed: then, or before if it is not needed.
    var expires: UInt64
    /// When another one is negotiated in its place; `nil` once that has begun, or never.
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
        // As long as it is, without the room that it grew by.
        self.words = Sentence(octets: words.octets.map { $0 })
        established = context.now
        end = context.now + UInt64(lifetime) * Limits.second
        expires = end
        replaceAt = exchange.policy.rekeyPolicy.replaceAt(lifetime, isInitiator: isInitiator, context)
    }
}

extension IPsecSA {
    /// Whether one of its halves is this SA.
    func hasSA(_ spi: UInt32, _ destination: Address) -> Bool {
        inboundSPI == spi && local.address == destination || outboundSPI == spi && peer.address == destination
    }

    /// The same on both sides.
    var collisionRank: UInt32 { max(inboundSPI, outboundSPI) }

    /// Ends at `time` if it does not end before.
    func retire(at time: UInt64) { expires = min(expires, time) }

    /// Whether the connection no longer is what this pair was made for.
    func isNarrowed(_ connection: ConnectionState) -> Bool {
        connection.policy.localSelector != localSelector || connection.policy.remoteSelector != remoteSelector
    }
}
