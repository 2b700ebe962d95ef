import Crypto
import Wire

/// The payloads of Main Mode's messages, for initiator and responder (RFC 2409 §5).
extension Engine {
    /// Reads the payloads of an unencrypted message.
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

    /// Decrypts MI3 or MR3: its payloads, and the next IV.
    func protectedContents(
        _ sa: ISAKMPSA, _ header: Header, _ datagram: Span<UInt8>
    ) throws(Refusal) -> (identity: IdentificationPayload, contents: MessageContents, nextIV: [UInt8]) {
        guard header.isEncrypted, let opened = sa.cipher?.open(datagram, iv: sa.iv) else {
            throw Refusal(.unauthenticated, nil, "it is not encrypted, or its length is wrong")
        }
        let chain = try? PayloadChain(opened.message.span, first: header.nextPayload, padded: true)
        var contents: MessageContents?
        if let chain, chain.places[0].type == .identification {
            do {
                contents = try MessageContents(opened.message.span, chain)
            } catch {
                // A wrong key does not give a well-formed chain, so the peer wrote it.
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
                    ? "its decrypted payloads are malformed: probably the pre-shared keys differ"
                    : "its decrypted payloads are malformed, or it has no signature",
                code: sa.method == .presharedKey ? .keysDiffer : nil)
        }
        if contents.asksForCertificate { sa.peerAsksForCertificate = true }
        return (contents.identities[0], contents, opened.nextIV)
    }

    /// KE, Nonce and NAT-D of the second pair of messages, their lengths checked.
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
            throw Refusal(.overLimit, nil, "no Diffie-Hellman value could be generated")
        }
    }

    /// Computes the Diffie-Hellman secret, with a new key of ours if there is none yet.
    func agree(_ ours: DiffieHellman, _ theirs: [UInt8]) throws(Refusal) -> Secret {
        do {
            return try ours.sharedSecret(with: theirs.span)
        } catch {
            throw Refusal(.malformed, .invalidKeyInformation, "its Diffie-Hellman value is invalid")
        }
    }

    /// Evaluates the peer's NAT-D payloads for the endpoints that the SA has now.
    func detectNAT(_ sa: ISAKMPSA, _ contents: MessageContents) {
        guard sa.natDialect != nil else { return }
        sa.nat = NATDetection(
            received: contents.natDetection, local: sa.natHash(sa.local), peer: sa.natHash(sa.peer))
        sa.nat.isForced = sa.policy.forceEncapsulation
    }

    /// Our NAT-D payloads: the peer's endpoint, then ours. With `forceencaps=` a wrong port makes the peer detect a NAT.
    func natDetectionPayloads(_ sa: ISAKMPSA) -> [OutgoingPayload] {
        guard let dialect = sa.natDialect else { return [] }
        let ours = sa.policy.forceEncapsulation ? Endpoint(sa.local.address, 0) : sa.local
        return [
            OutgoingPayload(dialect.detectionPayload, sa.natHash(sa.peer)),
            OutgoingPayload(dialect.detectionPayload, sa.natHash(ours)),
        ]
    }

    /// A repeated message. The responder sends its answer again; the initiator retransmits by its own timer.
    func answerAgain(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard !sa.isInitiator, let answer = sa.last.repeatedAnswer(now: context.now) else { return }
        sa.send(answer, &context)
    }

    func answer(_ message: [UInt8], _ sa: ISAKMPSA, _ context: inout EngineContext) {
        sa.last.sent(message, now: context.now)
        sa.send(message, &context)
    }
}
