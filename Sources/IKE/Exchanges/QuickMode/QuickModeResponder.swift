import Crypto
import Wire

/// Quick Mode as responder: STATE_QUICK_R1 and R2 (RFC 2409 §5.5).
extension Engine {
    /// QI1: what the peer proposes. The answer follows when the data plane has found an SPI.
    func respond(
        _ sa: ISAKMPSA, _ messageID: UInt32, _ received: QuickModeMessage, _ datagram: Span<UInt8>, _ context: inout EngineContext
    ) throws(Refusal) {
        let contents = received.contents
        guard let offer = contents.securityAssociation?.parsed, let nonce = contents.nonce,
            contents.identities.count != 1
        else { throw Refusal(.malformed, .payloadMalformed, "SA, Nonce or the second ID payload is missing") }
        let (sharedPolicy, asked, traffic) = try selectConnection(sa, contents, offer)
        let policy = sharedPolicy.policy
        let predecessors = try predecessors(sa, policy, traffic, &context)
        let choice = try choose(offer, policy, sa, contents.keyExchange)
        guard let spi = number(spi: choice.proposal.spi), ipsecSAs.count < bounds.ipsecSAs else {
            throw Refusal(.overLimit, nil, "there are too many IPsec SAs already")
        }
        removePredecessors(predecessors, &context)

        let exchange = QuickMode(
            serial: nextSerial(), isInitiator: false, messageID: messageID, sa, sharedPolicy, token: nextToken(),
            localSelector: traffic.local, remoteSelector: traffic.remote, .responderNeedsSPI,
            expires: context.now + Limits.spiTime)
        if asked != traffic { exchange.asked = [asked.local, asked.remote] }
        exchange.last.accepted(datagram)
        exchange.iv = received.nextIV
        exchange.initiatorNonce = nonce
        exchange.peerIDs = contents.identities
        exchange.peerPublic = choice.agreed.group == nil ? nil : contents.keyExchange
        exchange.peerSPI = spi
        exchange.answer = (choice.proposal, choice.transform)
        exchange.chosen = choice.agreed
        quickModes.append(exchange)
        context.say(
            policy.id, exchange.serial, 2, .debug,
            "responding to Quick Mode for \(traffic.local)===\(traffic.remote) with \(choice.agreed.suite.words)")
        context.actions.append(.needSPI(exchange.spiRequest))
    }

    /// The first transform that the connection accepts, in the peer's order of preference.
    private func choose(
        _ offer: SAPayload, _ policy: Policy, _ sa: ISAKMPSA, _ publicValue: [UInt8]?
    ) throws(Refusal) -> (proposal: Proposal, transform: Transform, agreed: Phase2Transform) {
        let mode = EncapsulationMode(policy.mode, sa.nat.found ? sa.natDialect ?? .rfc : nil)
        var offered: [Sentence] = []
        for (index, proposal) in offer.proposals.enumerated() {
            guard proposal.protocolID == .esp, offer.standsAlone(index), let spi = number(spi: proposal.spi), spi > 255
            else {
                offered.append("something other than ESP alone")
                continue
            }
            for transform in proposal.transforms {
                guard let known = Phase2Transform(transform) else {
                    offered.append("ESP transform \(transform.id) in a form that we do not have")
                    continue
                }
                if policy.accepts(known.suite),
                    policy.accepts(pfs: known.group) || known.group != nil && known.group == policy.pfsGroup(within: sa.suite),
                    publicValue?.count == known.group?.publicValueLength,
                    known.encapsulation == nil || known.encapsulation == mode
                {
                    return (proposal, transform, known)
                }
                offered.append(words(known, publicValue))
            }
        }
        throw Refusal(
            .disagreed, .noProposalChosen,
            "no common proposal: the peer offers \(list(offered)); connection \"\(policy.name)\" accepts \(policy.espWords), \(mode.words), \(policy.pfsGroup == nil ? "with or without PFS" : "with PFS")",
            code: .noProposal
        )
    }

    private func words(_ transform: Phase2Transform, _ publicValue: [UInt8]?) -> Sentence {
        let pfs: Sentence = transform.group.map { "PFS in \($0.word)" } ?? "no PFS"
        return "\(transform.suite.words) with \(pfs), \(transform.encapsulation?.words ?? "any mode")"
    }

    /// Makes QR1: HASH(2), SA, Nr, [KE], IDci, IDcr, [NAT-OA]. The inbound SA is installed before it is sent, since the initiator
    /// may send ESP at once.
    func prepareQuickR1(_ exchange: QuickMode, _ context: inout EngineContext) {
        let sa = exchange.sa
        guard let answer = exchange.answer, let chosen = exchange.chosen else { return }
        exchange.responderNonce = context.random.bytes(Limits.ownNonceOctets)
        var payloads = [
            OutgoingPayload(
                .securityAssociation,
                SAPayload.answer(answer.proposal, answer.transform, spi: octets(spi: exchange.ownSPI)).octets),
            OutgoingPayload(.nonce, exchange.responderNonce),
        ]
        var shared: Secret?
        if let group = chosen.group, let theirs = exchange.peerPublic {
            guard let ours = try? DiffieHellman(group, random: context.random),
                let secret = try? ours.sharedSecret(with: theirs.span)
            else {
                refuse(sa, Refusal(.malformed, .invalidKeyInformation, "its Diffie-Hellman value is invalid"), &context)
                fail(exchange, 217, "the peer's Diffie-Hellman value is invalid", &context)
                return
            }
            shared = secret
            payloads.append(OutgoingPayload(.keyExchange, ours.publicValue))
        }
        for id in exchange.peerIDs { payloads.append(OutgoingPayload(.identification, id.octets)) }
        payloads += originalAddresses(exchange)
        guard let pair = exchange.pair(chosen, shared: shared) else { return }
        let message = seal(exchange, hashing: exchange.initiatorNonce, payloads)
        let prepared = (inbound: KeyedSA(pair.inbound), outbound: KeyedSA(pair.outbound))
        exchange.prepared = prepared
        exchange.held = message
        exchange.state = .responderInstalls
        exchange.expires = context.now + Limits.spiTime
        context.actions.append(.installInbound(exchange.installRequest(prepared)))
    }

    /// Sends QR1. The inbound SA is installed.
    func sendQuickR1(_ exchange: QuickMode, _ context: inout EngineContext) {
        let message = exchange.held
        exchange.held = []
        exchange.state = .quickR1
        exchange.expires = .max
        exchange.retransmission = Retransmission(message, times: Limits.patientRetransmission, now: context.now)
        exchange.last.sent(message, now: context.now)
        exchange.sa.send(message, &context)
        context.say(exchange.policy.id, exchange.serial, 2, .debug, "\(exchange.state.name): \(exchange.state.words)")
    }

    /// QI2: HASH(3). It proves that QI1 was no replay.
    func quickR1(_ exchange: QuickMode, _ context: inout EngineContext) {
        guard let pair = exchange.prepared, let chosen = exchange.chosen else { return }
        do throws(Refusal) {
            let traffic = TrafficSelectors(local: exchange.localSelector, remote: exchange.remoteSelector)
            removePredecessors(try predecessors(exchange.sa, exchange.policy, traffic, &context), &context)
            guard exchange.policy.mode == .tunnel || pair.outbound.sa.destination == exchange.sa.peer.address else {
                throw Refusal(.disagreed, .invalidIDInformation, "a NAT changed the peer's address during the exchange")
            }
        } catch {
            // Another peer was faster, for example. This peer already uses the pair.
            count(error.kind)
            inform(exchange.sa, [Deletion(.esp, [octets(spi: exchange.ownSPI)]).payload], &context)
            fail(exchange, error.notify?.code ?? 34, error.reason, message: error.code, &context)
            return
        }
        exchange.state = .quickR2
        // A NAT may have changed the peer's address since the keys were made. This message shows the present one.
        var outbound = pair.outbound.sa
        outbound.source = exchange.sa.local.address
        outbound.destination = exchange.sa.peer.address
        if outbound.encapsulation != nil {
            outbound.encapsulation = .init(sourcePort: exchange.sa.local.port, destinationPort: exchange.sa.peer.port)
        }
        let lifetime = Limits.life(ours: exchange.policy.espLifetime, theirs: chosen.lifetime ?? 28_800)
        establish(exchange, chosen, lifetime: lifetime, outbound: outbound, &context)
        // The peer expects no further message of ours.
        quickModes.remove(exchange)
    }
}

extension EncapsulationMode {
    var words: Sentence {
        let name: StaticString = mode == .tunnel ? "tunnel mode" : "transport mode"
        return nat == nil ? "\(name)" : "\(name) in UDP"
    }
}
