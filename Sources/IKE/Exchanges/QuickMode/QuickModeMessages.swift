import Crypto
import Wire

/// A Quick Mode message whose hash is verified, and the next IV.
struct QuickModeMessage {
    let contents: MessageContents
    let nextIV: [UInt8]

    /// - Throws: a refusal of payloads that the authenticated peer sent.
    init(_ opened: OpenedMessage) throws(Refusal) {
        do {
            contents = try MessageContents(opened.octets.span, opened.chain)
        } catch {
            throw Refusal(error)
        }
        nextIV = opened.nextIV
    }
}

/// The same before its payloads are read.
struct OpenedMessage {
    /// The whole decrypted message.
    let octets: [UInt8]
    let chain: PayloadChain
    let nextIV: [UInt8]
}

/// Quick Mode messages, for initiator and responder.
extension Engine {
    /// Decrypts a message and verifies its hash.
    ///
    /// - Parameters:
    ///   - hashing: what HASH(2) covers between the message ID and the payloads: Ni_b.
    ///   - nonces: what HASH(3) covers: Ni_b | Nr_b.
    func open(
        _ sa: ISAKMPSA, _ header: Header, _ datagram: Span<UInt8>, iv: [UInt8], hashing: [UInt8], isHash3: Bool,
        nonces: [UInt8]
    ) throws(Refusal) -> OpenedMessage {
        guard let keys = sa.keys, let opened = sa.cipher?.open(datagram, iv: iv),
            let chain = try? PayloadChain(opened.message.span, first: header.nextPayload, padded: true),
            let hash = chain.hash(in: opened.message)
        else { throw Refusal(.unauthenticated, nil, "it does not decrypt") }
        let expected =
            isHash3
            ? keys.messageHash([[0], octets(spi: header.messageID), nonces])
            : keys.messageHash([octets(spi: header.messageID), hashing, chain.hashed(in: opened.message)])
        guard areEqual(hash, expected) else { throw Refusal(.unauthenticated, nil, "its hash is wrong") }
        return OpenedMessage(octets: opened.message, chain: chain, nextIV: opened.nextIV)
    }

    /// A message of the exchange: HASH(1) or HASH(2), and `payloads`.
    func seal(_ exchange: QuickMode, hashing nonce: [UInt8], _ payloads: [OutgoingPayload]) -> [UInt8] {
        guard let keys = exchange.sa.keys, let cipher = exchange.sa.cipher else { return [] }
        let hash = keys.messageHash([octets(spi: exchange.messageID), nonce, payloads.octets])
        return cipher.seal(
            exchange.sa.header(.quickMode, messageID: exchange.messageID), [OutgoingPayload(.hash, hash)] + payloads,
            iv: &exchange.iv)
    }

    /// Refuses the request of an authenticated peer, and notifies it under the ISAKMP SA's protection.
    func refuse(_ sa: ISAKMPSA, _ refusal: Refusal, spi: [UInt8] = [], _ context: inout EngineContext) {
        count(refusal.kind)
        context.say(
            sa.policy.id, sa.serial, refusal.notify?.code ?? 3, .error, "Quick Mode with \(sa.peer) refused: \(refusal.reason)",
            refusal.code)
        guard let type = refusal.notify else { return }
        notify(sa, Notification(type, .esp, spi: spi), &context)
    }

    /// NAT-OA payloads (RFC 3947 §5.2) for transport mode behind a NAT: the addresses as we know them, the initiator's first.
    func originalAddresses(_ exchange: QuickMode) -> [OutgoingPayload] {
        let sa = exchange.sa
        guard sa.nat.found, exchange.policy.mode == .transport, let dialect = sa.natDialect else { return [] }
        let local = IdentificationPayload(Identity.address(sa.local.address)).octets
        let peer = IdentificationPayload(Identity.address(sa.peer.address)).octets
        return (exchange.isInitiator ? [local, peer] : [peer, local]).map {
            OutgoingPayload(dialect.originalAddressPayload, $0)
        }
    }
}
