import Crypto
import Wire

/// The payloads of Main Mode's messages, which initiator and responder share (RFC 2409 §5).
extension Engine {
    /// The payloads of a message in clear.
    func clearContents(_ header: Header, _ datagram: Span<UInt8>) throws(Refusal) -> MessageContents {
        guard !header.isEncrypted else {
            throw Refusal(.unauthenticated, nil, "it is encrypted, before there are keys")
        }
        do {
            return try MessageContents(datagram, first: header.nextPayload, padded: false)
        } catch {
            throw Refusal(error)
        }
    }

    /// The payloads of Main Mode's last pair of messages, and the IV that follows.
    func protectedContents(
        _ sa: ISAKMPSA, _ header: Header, _ datagram: Span<UInt8>
    ) throws(Refusal) -> (identity: IdentificationPayload, contents: MessageContents, nextIV: [UInt8]) {
        guard header.isEncrypted, let opened = sa.cipher?.open(datagram, iv: sa.iv) else {
            throw Refusal(.unauthenticated, nil, "it is not encrypted as it ought to be")
        }
        let chain = try? PayloadChain(opened.message.span, first: header.nextPayload, padded: true)
        var contents: MessageContents?
        if let chain, chain.places[0].type == .identification {
            do {
                contents = try MessageContents(opened.message.span, chain)
            } catch {
                // A wrong key leaves no such chain: the peer wrote it so.
                let refusal = Refusal(error)
                throw Refusal(.unauthenticated, .payloadMalformed, refusal.reason)
            }
        }
        guard let contents, contents.identities.count == 1,
            sa.method == .presharedKey ? contents.hash != nil : contents.signature != nil
        else {
            throw Refusal(
                .unauthenticated, .payloadMalformed,
                sa.method == .presharedKey
                    ? "it decrypts to nonsense: probably the pre-shared keys differ\(code: .keysDiffer)"
                    : "it decrypts to nonsense, or holds no signature")
        }
        if contents.asksForCertificate { sa.peerAsksForCertificate = true }
        return (contents.identities[0], contents, opened.nextIV)
    }

    /// KE, Nonce and NAT-D of the second pair of messages, checked for their length.
    func exchangeValues(
        _ sa: ISAKMPSA, _ contents: MessageContents
    ) throws(Refusal) -> (publicValue: [UInt8], nonce: [UInt8]) {
        guard let publicValue = contents.keyExchange, let nonce = contents.nonce, let suite = sa.suite else {
            throw Refusal(.malformed, .payloadMalformed, "KE or Nonce payload is missing")
        }
        guard publicValue.count == suite.group.publicValueLength else {
            throw Refusal(
                .malformed, .invalidKeyInformation,
                "its KE payload has \(publicValue.count) octets, \(suite.group.word) needs \(suite.group.publicValueLength)")
        }
        if contents.asksForCertificate { sa.peerAsksForCertificate = true }
        return (publicValue, nonce)
    }

    func makeDiffieHellman(_ group: Group, _ context: EngineContext) throws(Refusal) -> DiffieHellman {
        do {
            return try DiffieHellman(group, random: context.random)
        } catch {
            throw Refusal(.overLimit, nil, "we could make no Diffie-Hellman value")
        }
    }

    /// The secret of Diffie-Hellman, `ours` being made when there is none yet.
    func agree(_ ours: DiffieHellman, _ theirs: [UInt8]) throws(Refusal) -> Secret {
        do {
            return try ours.sharedSecret(with: theirs.span)
        } catch {
            throw Refusal(.malformed, .invalidKeyInformation, "its Diffie-Hellman value is no good")
        }
    }

    /// Judges the peer's NAT-D, sent over the ends that the SA still has.
    func detectNAT(_ sa: ISAKMPSA, _ contents: MessageContents) {
        guard sa.natDialect != nil else { return }
        sa.nat = NATDetection(
            received: contents.natDetection, local: sa.natHash(sa.local), peer: sa.natHash(sa.peer))
        sa.nat.isForced = sa.policy.forceEncapsulation
    }

    /// Our own NAT-D payloads: first the peer's end, then ours. A port that nobody has makes the peer believe in a NAT.
    func natDetectionPayloads(_ sa: ISAKMPSA) -> [OutgoingPayload] {
        guard let dialect = sa.natDialect else { return [] }
        let ours = sa.policy.forceEncapsulation ? Endpoint(sa.local.address, 0) : sa.local
        return [
            OutgoingPayload(dialect.detectionPayload, sa.natHash(sa.peer)),
            OutgoingPayload(dialect.detectionPayload, sa.natHash(ours)),
        ]
    }

    /// The responder answers a message again that comes again. The initiator sends of its own accord.
    func answerAgain(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard !sa.isInitiator, let answer = sa.last.repeatedAnswer(now: context.now) else { return }
        sa.send(answer, &context)
    }

    func answer(_ message: [UInt8], _ sa: ISAKMPSA, _ context: inout EngineContext) {
        sa.last.sent(message, now: context.now)
        sa.send(message, &context)
    }
}
