import Crypto
import Wire

/// What both sides of Main Mode share (RFC 2409 §5): HDR SA, HDR SA, HDR KE Nonce, HDR KE Nonce, HDR* ID HASH, HDR* ID
/// HASH.
extension Engine {
    func receiveMainMode(_ header: Header, _ incoming: borrowing Incoming, _ context: inout EngineContext) {
        guard header.messageID == 0 else {
            tally.malformed += 1
            return
        }
        if header.responderCookie == 0 {
            receiveFirst(header, incoming, &context)
            return
        }
        guard let sa = isakmpSA(header), sa.local.address == incoming.local.address else {
            tally.unknownCookies += 1
            return
        }
        if sa.last.isSame(incoming.datagram) {
            tally.repeated += 1
            answerAgain(sa, &context)
            return
        }
        do throws(Refusal) {
            // The last pair of messages may come by other ports, where a NAT was found; the rest may not.
            if sa.state != .mainR2, sa.state != .mainI3, incoming.peer != sa.peer {
                throw Refusal(.unauthenticated, nil, "it comes from another end than the exchange's")
            }
            switch sa.state {
            case .mainI1: try mainI1(sa, header, incoming, &context)
            case .mainI2: try mainI2(sa, header, incoming, &context)
            case .mainI3: try mainI3(sa, header, incoming, &context)
            case .mainR1: try mainR1(sa, header, incoming, &context)
            case .mainR2: try mainR2(sa, header, incoming, &context)
            case .mainI4, .mainR3: throw Refusal(.unauthenticated, nil, "its exchange is over")
            }
        } catch {
            if sa.state == .mainI3 { sa.refusal = error.reason }
            refuse(header, incoming, sa, error, &context)
        }
    }

    /// The responder answers a message again that comes again. The initiator sends of its own accord.
    func answerAgain(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard !sa.isInitiator, let answer = sa.last.again(now: context.now) else { return }
        context.send(answer, sa)
    }

    /// The payloads of a message in clear.
    func clearContents(_ header: Header, _ datagram: Span<UInt8>) throws(Refusal) -> Contents {
        guard !header.isEncrypted else {
            throw Refusal(.unauthenticated, nil, "it is encrypted, before there are keys")
        }
        do {
            return try Contents(datagram, first: header.nextPayload, padded: false)
        } catch {
            throw Refusal(error)
        }
    }

    /// The payloads of Main Mode's last pair of messages, and the IV that follows.
    func protectedContents(
        _ sa: ISAKMPSA, _ header: Header, _ datagram: Span<UInt8>
    ) throws(Refusal) -> (identity: IdentificationPayload, contents: Contents, nextIV: [UInt8]) {
        guard header.isEncrypted, let opened = sa.cipher?.open(datagram, iv: sa.iv) else {
            throw Refusal(.unauthenticated, nil, "it is not encrypted as it ought to be")
        }
        let chain = try? PayloadChain(opened.message.span, first: header.nextPayload, padded: true)
        var contents: Contents?
        if let chain, chain.places[0].type == .identification {
            do {
                contents = try Contents(opened.message.span, chain)
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
        _ sa: ISAKMPSA, _ contents: Contents
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

    /// The secret of Diffie-Hellman, `ours` being made when there is none yet.
    func agree(_ ours: DiffieHellman, _ theirs: [UInt8]) throws(Refusal) -> Secret {
        do {
            return try ours.sharedSecret(with: theirs.span)
        } catch {
            throw Refusal(.malformed, .invalidKeyInformation, "its Diffie-Hellman value is no good")
        }
    }

    func makeDiffieHellman(_ group: Group, _ context: EngineContext) throws(Refusal) -> DiffieHellman {
        do {
            return try DiffieHellman(group, random: context.random)
        } catch {
            throw Refusal(.overLimit, nil, "we could make no Diffie-Hellman value")
        }
    }

    /// Judges the peer's NAT-D, sent over the ends that the SA still has.
    func detectNAT(_ sa: ISAKMPSA, _ contents: Contents) {
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

    /// The ISAKMP SA stands.
    func establish(_ sa: ISAKMPSA, _ peerID: Identity, _ context: inout EngineContext) {
        sa.peerID = peerID
        sa.established = context.now
        sa.state = sa.isInitiator ? .mainI4 : .mainR3
        sa.retransmission = nil
        sa.forgetExchange()
        sa.expires = context.now + UInt64(sa.lifetime) * Limits.second
        sa.replaceAt = sa.policy.rekeyPolicy.replaceAt(sa.lifetime, isInitiator: sa.isInitiator, context)
        sa.heard = context.now
        // Of several behind one NAT that share an ID, the port tells whose they are.
        for pair in ipsecSAs where sa.covers(pair) && pair.peer == sa.peer { pair.parent = sa.serial }
        let sent: StaticString = sa.isInitiator ? "" : "sent MR3, "
        let suite = sa.suite.map { $0.words } ?? ""
        let how: Sentence = sa.proof.map { ", RSA key \($0.key.keyID)" } ?? ""
        context.say(
            sa.policy.id, sa.serial, 4, .info,
            "\(sa.state.name): \(sent)ISAKMP SA established {\(suite)\(how), \(sa.nat.words), peer \(peerID.words) at \(sa.peer)}\(code: .isakmpSAEstablished)"
        )
        let same = isakmpSAs.filter { $0.isEstablished && $0.peer.address == sa.peer.address && $0.isOf(peerID) }
        if same.count > Limits.isakmpSAsPerPeer { remove(same[0], isTold: true, "the peer made too many", &context) }
        retireDistrusted(sa, context.now)
        refreshKeepalives(context.now)
    }
}
