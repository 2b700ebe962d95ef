import Crypto
import Wire

/// Quick Mode as initiator: STATE_QUICK_I1 and I2 (RFC 2409 §5.5).
extension Engine {
    /// QI1: HASH(1), SA, Ni, [KE], IDci, IDcr, [NAT-OA].
    func sendQuickI1(_ exchange: QuickMode, _ context: inout EngineContext) {
        let policy = exchange.policy
        let sa = exchange.sa
        let mode = EncapsulationMode(policy.mode, sa.nat.found ? sa.natDialect ?? .rfc : nil)
        var transforms: [Transform] = []
        for suite in policy.espSuites.prefix(Limits.transforms - 1) {
            let wanted = Phase2Transform(
                suite, lifetime: policy.espLifetime, group: exchange.pfsGroup, encapsulation: mode)
            transforms.append(wanted.transform(number: UInt8(transforms.count + 1)))
        }
        let offer = SAPayload([Proposal(number: 1, .esp, spi: octets(spi: exchange.ownSPI), transforms)])
        exchange.initiatorNonce = context.random.bytes(Limits.ownNonceOctets)
        var payloads = [
            OutgoingPayload(.securityAssociation, offer.octets), OutgoingPayload(.nonce, exchange.initiatorNonce),
        ]
        if let group = exchange.pfsGroup {
            guard let ours = try? DiffieHellman(group, random: context.random) else {
                fail(exchange, 34, "no Diffie-Hellman value could be generated", &context)
                return
            }
            exchange.diffieHellman = ours
            payloads.append(OutgoingPayload(.keyExchange, ours.publicValue))
        }
        payloads += exchange.named.map { OutgoingPayload(.identification, IdentificationPayload($0).octets) }
        payloads += originalAddresses(exchange)
        let message = seal(exchange, hashing: [], payloads)
        exchange.state = .quickI1
        exchange.expires = .max
        exchange.retransmission = Retransmission(message, now: context.now)
        sa.send(message, &context)
        context.say(policy.id, exchange.serial, 112, .info, "\(exchange.state.name): initiate")
    }

    /// QR1: HASH(2), SA, Nr, [KE], IDci, IDcr. The inbound SA is installed; then QI2 is sent.
    func quickI1(_ exchange: QuickMode, _ received: QuickModeMessage, _ context: inout EngineContext) throws(Refusal) {
        let contents = received.contents
        let policy = exchange.policy
        guard let answer = contents.securityAssociation?.parsed, let nonce = contents.nonce,
            answer.proposals.count == 1, answer.proposals[0].protocolID == .esp,
            answer.proposals[0].transforms.count == 1, let spi = number(spi: answer.proposals[0].spi), spi > 255,
            let chosen = Phase2Transform(answer.proposals[0].transforms[0])
        else { throw Refusal(.disagreed, .noProposalChosen, "the peer does not choose one of our proposals") }
        let mode = EncapsulationMode(policy.mode, exchange.sa.nat.found ? exchange.sa.natDialect ?? .rfc : nil)
        guard policy.espSuites.contains(chosen.suite), chosen.group == exchange.pfsGroup,
            chosen.encapsulation == nil || chosen.encapsulation == mode
        else {
            throw Refusal(.disagreed, .noProposalChosen, "the peer chooses \(chosen.suite.words) in a form that we did not offer")
        }
        try checkIDs(exchange, contents.identities)
        var shared: Secret?
        if let ours = exchange.diffieHellman {
            guard let theirs = contents.keyExchange else {
                throw Refusal(.disagreed, .payloadMalformed, "the peer sends no Diffie-Hellman value, though PFS is agreed")
            }
            shared = try agree(ours, theirs)
        }

        exchange.peerSPI = spi
        exchange.responderNonce = nonce
        exchange.chosen = chosen
        exchange.diffieHellman = nil
        guard let pair = exchange.pair(chosen, shared: shared) else { return }
        var lifetime = Limits.life(ours: policy.espLifetime, theirs: chosen.lifetime)
        for notification in contents.notifications where notification.type == .responderLifetime {
            lifetime = Limits.life(ours: lifetime, theirs: notification.lifetime)
        }
        exchange.iv = received.nextIV
        exchange.lifetime = lifetime
        exchange.retransmission = nil
        let prepared = (inbound: KeyedSA(pair.inbound), outbound: KeyedSA(pair.outbound))
        exchange.prepared = prepared
        exchange.state = .initiatorInstalls
        exchange.expires = context.now + Limits.spiTime
        context.actions.append(.installInbound(exchange.installRequest(prepared)))
    }

    /// QI2: HASH(3). The inbound SA is installed.
    func sendQuickI2(_ exchange: QuickMode, _ context: inout EngineContext) {
        guard let keys = exchange.sa.keys, let prepared = exchange.prepared, let chosen = exchange.chosen else { return }
        let hash = keys.messageHash([
            [0], octets(spi: exchange.messageID), exchange.initiatorNonce, exchange.responderNonce,
        ])
        var iv = exchange.iv
        let message =
            exchange.sa.cipher?.seal(
                exchange.sa.header(.quickMode, messageID: exchange.messageID), [OutgoingPayload(.hash, hash)], iv: &iv)
            ?? []
        exchange.iv = iv
        exchange.state = .quickI2
        exchange.expires = context.now + Limits.linger
        exchange.last.sent(message, now: context.now)
        exchange.sa.send(message, &context)
        establish(exchange, chosen, lifetime: exchange.lifetime, outbound: prepared.outbound.sa, &context)
        exchange.forgetExchange()
        settleRefusals(exchange.sa, &context)
    }

    /// The responder repeats our IDs, or sends none if they are the gateways' addresses (RFC 2409 §5.5).
    private func checkIDs(_ exchange: QuickMode, _ ids: [IdentificationPayload]) throws(Refusal) {
        let ours = exchange.named
        let theirs =
            ids.isEmpty
            ? [Selector(Subnet(host: exchange.sa.local.address)), Selector(Subnet(host: exchange.sa.peer.address))]
            : ids.compactMap { $0.selector }
        guard theirs == ours else {
            throw Refusal(
                .disagreed, .invalidIDInformation,
                "the peer answers with \(list(ids.map { $0.trafficWords })), we asked for \(ours[0])===\(ours[1])")
        }
    }
}

extension QuickMode {
    /// The local and remote selectors that our IDs name.
    fileprivate var named: [Selector] { asked.isEmpty ? [localSelector, remoteSelector] : asked }
}
