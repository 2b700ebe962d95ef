import Crypto
import Wire

/// Main Mode as initiator: STATE_MAIN_I1 to STATE_MAIN_I4.
extension Engine {
    /// MR1: the transform that the responder chose.
    func mainI1(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        let contents = try clearContents(header, incoming.datagram)
        guard let answer = contents.securityAssociation?.parsed, contents.first == .securityAssociation,
            answer.proposals.count == 1, answer.proposals[0].protocolID == .isakmp,
            answer.proposals[0].transforms.count == 1
        else { throw Refusal(.malformed, .payloadMalformed, "it does not choose one of our transforms") }
        guard let chosen = Phase1Transform(answer.proposals[0].transforms[0]), sa.policy.ikeSuites.contains(chosen.suite),
            sa.policy.has(chosen.method)
        else { throw Refusal(.disagreed, .noProposalChosen, "it chooses a transform that we did not offer") }
        let ours = try makeDiffieHellman(chosen.suite.group, context)

        sa.last.accepted(incoming.datagram)
        sa.responderCookie = header.responderCookie
        sa.suite = chosen.suite
        sa.method = chosen.method
        sa.lifetime = Limits.life(ours: sa.lifetime, theirs: chosen.lifetime)
        sa.knowsDPD = VendorID.supportsDeadPeerDetection(contents.vendorIDs)
        sa.peerTakesFragments = VendorID.announcesFragmentation(contents.vendorIDs)
        sa.isWindows = VendorID.isWindows(contents.vendorIDs)
        if sa.policy.natTraversal { sa.natDialect = VendorID.natDialect(contents.vendorIDs) }
        sa.diffieHellman = ours
        sa.initiatorPublic = ours.publicValue
        sa.initiatorNonce = context.random.bytes(Limits.ownNonceOctets)
        sa.state = .mainI2
        let payloads = [
            OutgoingPayload(.keyExchange, sa.initiatorPublic), OutgoingPayload(.nonce, sa.initiatorNonce),
        ]
        sendUntilAnswered((payloads + natDetectionPayloads(sa)).message(sa.header(.mainMode)), sa, &context)
        if !contents.vendorIDs.isEmpty {
            context.say(sa.policy.id, sa.serial, 2, .debug, "the peer's vendor IDs: \(VendorID.words(contents.vendorIDs))")
        }
        context.say(sa.policy.id, sa.serial, 106, .info, "\(sa.state.name): \(sa.state.words)")
    }

    /// MR2: the responder's Diffie-Hellman value.
    func mainI2(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        let contents = try clearContents(header, incoming.datagram)
        let values = try exchangeValues(sa, contents)
        guard let ours = sa.diffieHellman else { return }
        let shared = try agree(ours, values.publicValue)

        sa.last.accepted(incoming.datagram)
        sa.responderPublic = values.publicValue
        sa.responderNonce = values.nonce
        sa.diffieHellman = nil
        detectNAT(sa, contents)
        guard (try? sa.derive(shared)) != nil, let cipher = sa.cipher else { return }
        if sa.nat.found, sa.local.port == 500 {
            // From here on by port 4500 (RFC 3947 §4).
            sa.local.port = 4500
            sa.peer.port = 4500
        }
        var payloads = try authentication(sa, context) + certificateRequests(sa)
        if isFirstContact(sa) {
            payloads.append(Notification(.initialContact, .isakmp, spi: sa.cookies).payload)
        }
        sa.state = .mainI3
        sendUntilAnswered(cipher.seal(sa.header(.mainMode), payloads, iv: &sa.iv), sa, &context)
        context.say(sa.policy.id, sa.serial, 108, .info, "\(sa.state.name): \(sa.state.words)")
    }

    /// MR3: the responder's ID and proof.
    func mainI3(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        guard incoming.peer.address == sa.peer.address else {
            throw Refusal(.unauthenticated, nil, "it comes from another address than the exchange's")
        }
        var message = try protectedContents(sa, header, incoming.datagram)
        if sa.method == .rsaSignatures {
            let found = try proveOrAsk(sa, message.identity, message.contents, among: [sa.sharedPolicy], incoming, &context)
            guard let found else { return }
            sa.proof = found.proof
        } else {
            let expected = sa.identityHash(ofInitiator: false, identity: message.identity.octets)
            guard areEqual(message.contents.hash ?? [], expected) else {
                throw Refusal(.unauthenticated, .invalidHashInformation, "its HASH_R is wrong")
            }
        }
        swap(&sa.iv, &message.nextIV)
        sa.last.accepted(incoming.datagram)
        guard let peerID = message.identity.identity, sa.policy.expects(peerID) else {
            notify(sa, Notification(.invalidIDInformation, .isakmp, spi: sa.cookies), &context)
            let reason: Sentence = "the peer's ID is \(message.identity.peerWords), we want \(sa.policy.remoteID.map { $0.words } ?? "any")"
            fail(sa, 218, reason, &context)
            return
        }
        sa.peer = incoming.peer
        sa.local = incoming.local
        establish(sa, peerID, &context)
        receiveNotifications(message.contents.notifications, in: sa, isDuringMainMode: true, &context)
        replaceOlder(sa, &context)
        let pending = sa.pending
        sa.pending = []
        for id in pending {
            guard let connection = connection(id) else { continue }
            if sa.serves(connection.policy) {
                startQuickModeInTurn(connection, sa, &context)
            } else {
                // The connection was reloaded meanwhile.
                attempt(connection, &context)
            }
        }
    }

    /// Whether no SA with the SA's peer exists, so that INITIAL-CONTACT is sent (RFC 2407 §4.6.3.3).
    func isFirstContact(_ sa: ISAKMPSA) -> Bool {
        !ipsecSAs.contains { $0.peer.address == sa.peer.address }
            && !isakmpSAs.contains { $0 !== sa && $0.isEstablished && $0.peer.address == sa.peer.address }
    }
}
