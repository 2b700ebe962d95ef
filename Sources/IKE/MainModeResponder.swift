import Crypto
import Wire

/// Main Mode as responder: STATE_MAIN_R1 to STATE_MAIN_R3.
extension Engine {
    /// A message whose responder cookie is not set: MI1, or MI1 once more.
    func receiveFirst(_ header: Header, _ incoming: borrowing Incoming, _ turn: inout Turn) {
        let same = isakmpSAs.first { $0.initiatorCookie == header.initiatorCookie && $0.peer.address == incoming.peer.address }
        if let same {
            if !same.isInitiator, same.state == .mainR1, same.last.isSame(incoming.datagram) {
                tally.repeated += 1
                answerAgain(same, &turn)
            } else {
                tally.unauthenticated += 1
            }
            return
        }
        do throws(Refusal) {
            try respond(header, incoming, &turn)
        } catch {
            refuse(header, incoming, nil, error, &turn)
        }
    }

    /// MI1: the peer's proposals.
    private func respond(_ header: Header, _ incoming: borrowing Incoming, _ turn: inout Turn) throws(Refusal) {
        guard isakmpSAs.reduce(0, { $0 + ($1.isHalfOpen ? 1 : 0) }) < Limits.halfOpen, isakmpSAs.count < Limits.isakmpSAs
        else { throw Refusal(.overLimit, nil, "too many exchanges are under way") }
        let contents = try clearContents(header, incoming.datagram)
        guard let offer = contents.securityAssociation, contents.first == .securityAssociation else {
            throw Refusal(.malformed, .payloadMalformed, "it does not begin with an SA payload")
        }
        let candidates = candidates(incoming.local.address, incoming.peer.address)
        guard !candidates.isEmpty else {
            throw Refusal(
                .disagreed, .noProposalChosen,
                "no connection is configured between \(incoming.local.address) and \(incoming.peer.address)")
        }
        let choice = try choose(offer.parsed, candidates)

        let sa = ISAKMPSA(
            serial: nextSerial(), isInitiator: false, choice.policy, local: incoming.local, peer: incoming.peer,
            cookie: header.initiatorCookie, .mainR1, now: turn.now, expires: turn.now + Limits.halfOpenTime)
        sa.responderCookie = turn.cookie()
        sa.suite = choice.agreed.suite
        sa.lifetime = Limits.life(ours: choice.policy.ikeLifetime, theirs: choice.agreed.lifetime ?? 28_800)
        sa.offer = offer.octets
        sa.vendorIDs = contents.vendorIDs
        var payloads = [
            OutgoingPayload(
                .securityAssociation, SAPayload.answer(choice.proposal, choice.transform, spi: []).octets),
            OutgoingPayload(.vendorID, VendorID.cygnet), OutgoingPayload(.vendorID, VendorID.deadPeerDetection),
        ]
        if choice.policy.natTraversal, let dialect = VendorID.natDialect(contents.vendorIDs) {
            sa.natDialect = dialect
            payloads.append(
                OutgoingPayload(
                    .vendorID, dialect == .rfc ? VendorID.natTraversal : VendorID.natTraversalDraft02))
        }
        isakmpSAs.append(sa)
        sa.last.took(incoming.datagram)
        answer(payloads.message(sa.header(.mainMode)), sa, &turn)
        stranger(
            "responding to Main Mode from \(incoming.peer), whose vendor IDs are: \(VendorID.words(contents.vendorIDs))",
            connection: sa.policy.id, serial: sa.serial, code: 2, &turn)
    }

    private func answer(_ message: [UInt8], _ sa: ISAKMPSA, _ turn: inout Turn) {
        sa.last.sent(message, now: turn.now)
        turn.actions.append(.send(message, from: sa.local, to: sa.peer))
    }

    /// The connections that a peer at `remote` may mean, those that name its address first. Before it tells its ID, its
    /// address is all we know.
    func candidates(_ local: Address, _ remote: Address) -> [Policy] {
        let here = connections.map { $0.policy }.filter { $0.local == local }
        return here.filter { $0.remote == remote } + here.filter { $0.remote == nil }
    }

    /// The first of the peer's transforms, in its order of preference, that a connection of ours accepts.
    private func choose(
        _ offer: SAPayload, _ candidates: [Policy]
    ) throws(Refusal) -> (policy: Policy, proposal: Proposal, transform: Transform, agreed: Phase1Transform) {
        guard candidates.contains(where: { $0.presharedKey != nil }) else {
            throw Refusal(
                .disagreed, .noProposalChosen,
                "there is no pre-shared key for connection \"\(candidates[0].name)\" in ipsec.secrets")
        }
        var offered: [Sentence] = []
        var unknown = 0
        for (index, proposal) in offer.proposals.enumerated() {
            guard proposal.protocolID == .isakmp, offer.standsAlone(index) else {
                unknown += proposal.transforms.count
                continue
            }
            for transform in proposal.transforms {
                guard let known = Phase1Transform(transform) else {
                    unknown += 1
                    continue
                }
                for policy in candidates where policy.presharedKey != nil && policy.accepts(known.suite) {
                    return (policy, proposal, transform, known)
                }
                offered.append(known.suite.words)
            }
        }
        if unknown > 0 { offered.append("\(unknown) that we do not have") }
        throw Refusal(
            .disagreed, .noProposalChosen,
            "no common proposal: the peer offers \(list(offered)); connection \"\(candidates[0].name)\" accepts \(candidates[0].ikeWords)"
        )
    }

    /// MI2: the peer's Diffie-Hellman value, and ours in answer.
    func mainR1(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing Incoming, _ turn: inout Turn
    ) throws(Refusal) {
        let contents = try clearContents(header, incoming.datagram)
        let values = try exchangeValues(sa, contents)
        guard let suite = sa.suite else { return }
        let ours = try makeDiffieHellman(suite.group, turn)
        let shared = try agree(ours, values.publicValue)

        sa.last.took(incoming.datagram)
        sa.initiatorPublic = values.publicValue
        sa.initiatorNonce = values.nonce
        sa.responderPublic = ours.publicValue
        sa.responderNonce = turn.random.bytes(Limits.ownNonceOctets)
        detectNAT(sa, contents)
        guard (try? sa.derive(shared)) != nil else { return }
        sa.state = .mainR2
        let payloads = [
            OutgoingPayload(.keyExchange, sa.responderPublic), OutgoingPayload(.nonce, sa.responderNonce),
        ]
        answer((payloads + natDetectionPayloads(sa)).message(sa.header(.mainMode)), sa, &turn)
    }

    /// MI3: who the peer is, and who we are in answer.
    func mainR2(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing Incoming, _ turn: inout Turn
    ) throws(Refusal) {
        guard incoming.peer.address == sa.peer.address else {
            throw Refusal(.unauthenticated, nil, "it comes from another address than the exchange's")
        }
        var message = try protectedContents(sa, header, incoming.datagram)
        let expected = sa.identityHash(ofInitiator: true, identity: message.identity.octets)
        guard areEqual(message.hash, expected), let cipher = sa.cipher else {
            throw Refusal(.unauthenticated, .invalidHashInformation, "its HASH_I is wrong")
        }
        // From here on the message is the work of someone who knows the secret.
        swap(&sa.iv, &message.nextIV)
        sa.last.took(incoming.datagram)
        sa.peer = incoming.peer
        sa.local = incoming.local
        guard let peerID = message.identity.identity, let policy = identify(sa, peerID) else {
            refuseIdentity(sa, message.identity, &turn)
            return
        }
        if policy.id != sa.policy.id {
            turn.say(policy.id, sa.serial, 2, .debug, "the peer's ID \(peerID.words) chooses connection \"\(policy.name)\"")
        }
        sa.policy = policy
        let identity = IdentificationPayload(policy.localID)
        let payloads = [
            OutgoingPayload(.identification, identity.octets),
            OutgoingPayload(.hash, sa.identityHash(ofInitiator: false, identity: identity.octets)),
        ]
        answer(cipher.seal(sa.header(.mainMode), payloads, iv: &sa.iv), sa, &turn)
        establish(sa, peerID, &turn)
        hear(message.contents.notifications, in: sa, isDuringMainMode: true, &turn)
        replaceOlder(sa, &turn)
    }

    /// The connection of a peer that proved to know the secret: the one that Main Mode went by if it fits, otherwise
    /// another with the same ends and secret, one that names the ID before one that takes any.
    private func identify(_ sa: ISAKMPSA, _ peerID: Identity) -> Policy? {
        guard let suite = sa.suite, let secret = sa.policy.presharedKey else { return nil }
        let fitting = candidates(sa.local.address, sa.peer.address).filter {
            $0.accepts(suite) && $0.presharedKey.map { $0.equals(secret) } ?? false
                && ($0.remoteID == nil || $0.remoteID!.matches(peerID))
        }
        return fitting.first { $0.id == sa.policy.id && $0.remoteID != nil } ?? fitting.first { $0.remoteID != nil }
            ?? fitting.first
    }

    private func refuseIdentity(_ sa: ISAKMPSA, _ identity: IdentificationPayload, _ turn: inout Turn) {
        tally.disagreed += 1
        let known = candidates(sa.local.address, sa.peer.address).map { policy -> Sentence in
            "\"\(policy.name)\" \(policy.remoteID.map { $0.words } ?? "any")"
        }
        turn.say(
            sa.policy.id, sa.serial, 218, .error,
            "the peer at \(sa.peer) says its ID is \(identity.peerWords), which no connection with this secret has: we know \(list(known))"
        )
        notify(sa, Notification(.invalidIDInformation, .isakmp, spi: sa.cookies), &turn)
        isakmpSAs.removeAll { $0 === sa }
    }
}
