import Crypto
import Wire

/// Main Mode as responder: STATE_MAIN_R1 to STATE_MAIN_R3.
extension Engine {
    /// A message with responder cookie 0: MI1, new or repeated.
    func receiveFirst(_ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext) {
        let same = isakmpSAs.first { $0.initiatorCookie == header.initiatorCookie && $0.peer.address == incoming.peer.address }
        if let same {
            if !same.isInitiator, same.state == .mainR1, same.last.isSame(incoming.datagram) {
                counters.repeated += 1
                answerAgain(same, &context)
            } else {
                counters.unauthenticated += 1
            }
            return
        }
        do throws(Refusal) {
            try respond(header, incoming, &context)
        } catch {
            refuse(header, incoming, nil, error, &context)
        }
    }

    /// MI1: the peer's proposals.
    private func respond(_ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext) throws(Refusal) {
        let contents = try clearContents(header, incoming.datagram)
        guard let offer = contents.securityAssociation, contents.first == .securityAssociation else {
            throw Refusal(.malformed, .payloadMalformed, "it does not begin with an SA payload")
        }
        let candidates = candidates(incoming.local.address, incoming.peer.address)
        let mayBeNamed = hasNamedPeers && !candidates.contains { $0.policy.remote == incoming.peer.address }
        if mayBeNamed, lookUps.allows(now: context.now) { context.actions.append(.lookUpPeers) }
        guard !candidates.isEmpty else {
            // Not refused: a refused peer may give up. One without an answer retransmits, and its name may be resolved by then.
            if mayBeNamed {
                throw Refusal(
                    .disagreed, nil,
                    "no connection is configured between \(incoming.local.address) and \(incoming.peer.address); the host names of peers are looked up again"
                )
            }
            throw Refusal(
                .disagreed, .noProposalChosen,
                "no connection is configured between \(incoming.local.address) and \(incoming.peer.address)")
        }
        let choice = try choose(offer.parsed, candidates)
        guard offer.octets.count <= Limits.offerOctets, makeRoom(for: incoming.peer.address, context) else {
            throw Refusal(.overLimit, nil, "too many exchanges are under way, or its SA payload is too long")
        }

        let sa = ISAKMPSA(
            serial: nextSerial(), isInitiator: false, choice.policy, local: incoming.local, peer: incoming.peer,
            cookie: header.initiatorCookie, .mainR1, now: context.now, expires: context.now + Limits.halfOpenTime)
        sa.responderCookie = context.cookie()
        sa.suite = choice.agreed.suite
        sa.method = choice.agreed.method
        sa.lifetime = Limits.life(ours: choice.policy.policy.ikeLifetime, theirs: choice.agreed.lifetime ?? 28_800)
        sa.offer = offer.octets
        sa.knowsDPD = VendorID.supportsDeadPeerDetection(contents.vendorIDs)
        var payloads = [
            OutgoingPayload(
                .securityAssociation, SAPayload.answer(choice.proposal, choice.transform, spi: []).octets),
            OutgoingPayload(.vendorID, VendorID.cygnet), OutgoingPayload(.vendorID, VendorID.deadPeerDetection),
        ]
        if choice.policy.policy.natTraversal, let dialect = VendorID.natDialect(contents.vendorIDs) {
            sa.natDialect = dialect
            payloads.append(
                OutgoingPayload(
                    .vendorID, dialect == .rfc ? VendorID.natTraversal : VendorID.natTraversalDraft02))
        }
        sa.peerTakesFragments = VendorID.announcesFragmentation(contents.vendorIDs)
        sa.isWindows = VendorID.isWindows(contents.vendorIDs)
        // The peer's ID may choose another connection. Until then any that it may use allows fragments.
        sa.takesFragments = candidates.contains { $0.policy.fragmentation != .no }
        if sa.peerTakesFragments, sa.takesFragments {
            payloads.append(OutgoingPayload(.vendorID, VendorID.fragmentation))
        }
        isakmpSAs.append(sa)
        sa.last.accepted(incoming.datagram)
        answer(payloads.message(sa.header(.mainMode)), sa, &context)
        logUnauthenticated(
            "responding to Main Mode from \(incoming.peer), whose vendor IDs are: \(VendorID.words(contents.vendorIDs))",
            connection: sa.policy.id, serial: sa.serial, code: 2, &context)
    }

    /// Whether another Main Mode may begin. If there are too many half-open ones, or their payloads are too long, in all or for one
    /// address, a random one of those that have not proved their address is removed. Established ones, those that wait for
    /// Diffie-Hellman and those that have done it stay.
    private func makeRoom(for peer: Address, _ context: EngineContext) -> Bool {
        guard isakmpSAs.count < bounds.isakmpSAs else { return false }
        let source = peer.sourceNetwork
        var halfOpen = 0
        var own = 0
        var silent = 0
        var ownSilent = 0
        var octets = 0
        for sa in isakmpSAs where sa.isHalfOpen {
            let isSilent = sa.isSilent ? 1 : 0
            let isOwn = sa.peer.address.sourceNetwork == source ? 1 : 0
            halfOpen += 1
            own += isOwn
            silent += isSilent
            ownSilent += isSilent & isOwn
            octets += sa.offer.count
        }
        let most = bounds.halfOpen
        let isCrowded = own >= max(most / Limits.halfOpenShare, 1)
        octets /= Limits.offerAverage
        // SAs that wait for Diffie-Hellman do not shorten the time that others have to answer.
        guard isCrowded || max(silent, octets) >= most / 2 || halfOpen >= most else { return true }
        let candidates = isCrowded ? ownSilent : silent
        guard candidates > 0 else { return !isCrowded && max(halfOpen, octets) < most }
        var drawn = Int(context.random.uint32() % UInt32(candidates))
        for (index, sa) in isakmpSAs.enumerated()
        where sa.isSilent && (!isCrowded || sa.peer.address.sourceNetwork == source) {
            drawn -= 1
            if drawn < 0 {
                isakmpSAs.remove(at: index)
                break
            }
        }
        counters.overLimit += 1
        return max(halfOpen, octets) <= most
    }

    /// The connections that a peer at `remote` may use, those that name its address first. Before its ID is known, only its address
    /// counts.
    func candidates(_ local: Address, _ remote: Address) -> [SharedPolicy] {
        let here = connections.map { $0.sharedPolicy }.filter { $0.policy.local == local }
        return here.filter { $0.policy.remote == remote } + here.filter { $0.policy.remote == nil }
    }

    /// The first transform that a connection accepts, in the peer's order of preference.
    private func choose(
        _ offer: SAPayload, _ candidates: [SharedPolicy]
    ) throws(Refusal) -> (policy: SharedPolicy, proposal: Proposal, transform: Transform, agreed: Phase1Transform) {
        guard candidates.contains(where: { !$0.policy.methods.isEmpty }) else {
            throw Refusal(
                .disagreed, .noProposalChosen,
                "there is no pre-shared key or RSA key for connection \"\(candidates[0].policy.name)\" in ipsec.secrets")
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
                for shared in candidates where shared.policy.has(known.method) && shared.policy.accepts(known.suite) {
                    return (shared, proposal, transform, known)
                }
                offered.append(
                    candidates.contains { $0.policy.has(known.method) }
                        ? known.suite.words : "\(known.suite.words) with \(known.method.words), which is not ours")
            }
        }
        if unknown > 0 { offered.append("\(unknown) that we do not have") }
        throw Refusal(
            .disagreed, .noProposalChosen,
            "no common proposal: the peer offers \(list(offered)); connection \"\(candidates[0].policy.name)\" accepts \(candidates[0].policy.ikeWords)",
            code: .noProposal
        )
    }

    /// MI3: the initiator's ID and proof. The answer is MR3.
    func mainR2(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        guard incoming.peer.address == sa.peer.address else {
            throw Refusal(.unauthenticated, nil, "it comes from another address than the exchange's")
        }
        strangersBudget.begin(for: sa.peer.address, isPeer: isPeer(sa.peer.address))
        var message = try protectedContents(sa, header, incoming.datagram)
        guard let cipher = sa.cipher else { return }
        var proven: SharedPolicy?
        if sa.method == .rsaSignatures {
            let found = try proveOrAsk(sa, message.identity, message.contents, among: preferred(sa), incoming, &context)
            guard let found else { return }
            (proven, sa.proof) = found
        } else {
            let expected = sa.identityHash(ofInitiator: true, identity: message.identity.octets)
            guard areEqual(message.contents.hash ?? [], expected) else {
                throw Refusal(.unauthenticated, .invalidHashInformation, "its HASH_I is wrong")
            }
        }
        // If a NAT was detected the exchange goes on by port 4500 (RFC 3947 §4). ESP in UDP would otherwise look like IKE.
        guard !sa.nat.found || incoming.local.port != 500 else {
            throw Refusal(.disagreed, nil, "a NAT is between us, and it did not go on by port 4500")
        }
        // From here on the peer is authenticated.
        strangersBudget.forgive()
        swap(&sa.iv, &message.nextIV)
        sa.last.accepted(incoming.datagram)
        sa.peer = incoming.peer
        sa.local = incoming.local
        guard let peerID = message.identity.identity, let shared = proven ?? identify(sa, peerID) else {
            refuseIdentity(sa, message.identity, &context)
            return
        }
        let policy = shared.policy
        if policy.id != sa.policy.id {
            context.say(policy.id, sa.serial, 2, .debug, "the peer's ID \(peerID.words) chooses connection \"\(policy.name)\"")
        }
        sa.sharedPolicy = shared
        sa.fragmentation = policy.fragmentation
        let payloads = try authentication(sa, context)
        answer(cipher.seal(sa.header(.mainMode), payloads, iv: &sa.iv), sa, &context)
        establish(sa, peerID, &context)
        receiveNotifications(message.contents.notifications, in: sa, isDuringMainMode: true, &context)
        replaceOlder(sa, &context)
        // We have no other SA with this address of the peer. If the peer has some, we have lost them, for example by a restart: it deletes
        // them, and begins Quick Mode.
        if isFirstContact(sa), !message.contents.notifications.contains(where: { $0.type == .initialContact }) {
            notify(sa, Notification(.initialContact, .isakmp, spi: sa.cookies), &context)
        }
        context.actions.append(.authenticated(policy.id))
    }

    /// The connection of an authenticated peer: the one that Main Mode began with if it matches, otherwise another with the same
    /// addresses and secret. One that names the ID precedes one that accepts any.
    private func identify(_ sa: ISAKMPSA, _ peerID: Identity) -> SharedPolicy? {
        guard let secret = sa.policy.presharedKey else { return nil }
        return preferred(sa).first { $0.policy.presharedKey.map { $0.equals(secret) } ?? false && $0.policy.expects(peerID) }
    }

    /// The connections that the peer may use: the one that Main Mode began with, then the others, those that name an ID first.
    private func preferred(_ sa: ISAKMPSA) -> [SharedPolicy] {
        guard let suite = sa.suite else { return [] }
        let all = candidates(sa.local.address, sa.peer.address).filter { $0.policy.accepts(suite) }
        let named = all.filter { $0.policy.remoteID != nil }
        return named.filter { $0.policy.id == sa.policy.id } + named.filter { $0.policy.id != sa.policy.id }
            + all.filter { $0.policy.remoteID == nil }
    }

    private func refuseIdentity(_ sa: ISAKMPSA, _ identity: IdentificationPayload, _ context: inout EngineContext) {
        counters.disagreed += 1
        let known = candidates(sa.local.address, sa.peer.address).map { shared -> Sentence in
            let policy = shared.policy
            return "\"\(policy.name)\" \(policy.remoteID.map { $0.words } ?? "any")"
        }
        context.say(
            sa.policy.id, sa.serial, 218, .error,
            "the peer at \(sa.peer) says its ID is \(identity.peerWords), which no connection with this secret has: we know \(list(known))",
            .noConnection
        )
        notify(sa, Notification(.invalidIDInformation, .isakmp, spi: sa.cookies), &context)
        isakmpSAs.remove(sa)
    }
}
