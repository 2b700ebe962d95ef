import Crypto
import Wire

/// The last message of a Main Mode whose peer's key is in the DNS (`rsasigkey=%dnsondemand`). The message waits for the answer; nothing
/// else waits.
extension Engine {
    /// Checks the peer's signature, as `prove` does.
    ///
    /// - Returns: `nil` if no key that is known verifies it, and the DNS is asked for keys. The message is read again after the answer.
    func proveOrAsk(
        _ sa: ISAKMPSA, _ identity: IdentificationPayload, _ contents: MessageContents, among candidates: [SharedPolicy],
        _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) -> (policy: SharedPolicy, proof: AuthenticationProof)? {
        do throws(Refusal) {
            return try prove(sa, identity, contents, among: candidates)
        } catch {
            let reason = error
            guard let peerID = identity.identity, reason.kind == .unauthenticated, sa.keysFromDNS == nil,
                let asking = candidates.first(where: { $0.policy.rsa?.fetchesPeerKeys ?? false && $0.policy.expects(peerID) })
            else { throw reason }
            try ask(sa, peerID, asking.policy, incoming, &context)
            return nil
        }
    }

    private func ask(
        _ sa: ISAKMPSA, _ peerID: Identity, _ policy: Policy, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        switch peerID {
        case .address, .fqdn: break
        default:
            throw Refusal(
                .unauthenticated, .invalidKeyInformation,
                "its ID is \(peerID.words): the DNS can be asked for keys of host names and addresses only",
                code: .keysNotFound)
        }
        let isPeer = sa.isInitiator || isPeer(sa.peer.address)
        let source = sa.peer.address.sourceNetwork
        let others = isakmpSAs.count { $0.awaitingKeys != nil && $0.peer.address.sourceNetwork == source }
        guard isPeer || others < Limits.keySearchesPerSource else {
            throw Refusal(.overLimit, nil, "\(others) Main Modes of this source wait for keys from the DNS already")
        }
        var octets = incoming.datagram.count
        for other in isakmpSAs {
            if let awaiting = other.awaitingKeys, isPeer || !awaiting.isPeer { octets += awaiting.datagram.count }
        }
        guard octets <= Limits.awaitingKeysOctets / (isPeer ? 1 : 2) else {
            throw Refusal(.overLimit, nil, "too many messages wait for keys from the DNS, or this one is too long")
        }
        var writer = ByteWriter(capacity: incoming.datagram.count)
        writer.append(incoming.datagram)
        let token = nextToken()
        sa.awaitingKeys = AwaitingKeys(
            token: token, datagram: writer.bytes, peer: incoming.peer, local: incoming.local, isPeer: isPeer,
            due: context.now + Limits.keySearchTime)
        context.actions.append(.needKeys(KeyRequest(token: token, identity: peerID, isStrangers: !isPeer)))
        let text: Sentence = "\(sa.state.name): asks the DNS for the RSA keys of \(peerID.words)"
        if sa.isInitiator {
            context.say(policy.id, sa.serial, 2, .info, text, .keySearch)
        } else {
            logUnauthenticated(text, message: .keySearch, connection: policy.id, serial: sa.serial, code: 2, &context)
        }
    }

    /// Whether a message of the SA waits for keys. If so, counts this one, which changes nothing.
    func isAwaitingKeys(_ sa: ISAKMPSA, _ datagram: Span<UInt8>) -> Bool {
        guard let awaiting = sa.awaitingKeys else { return false }
        var isSame = awaiting.datagram.count == datagram.count
        if isSame { for index in datagram.indices where awaiting.datagram[index] != datagram[index] { isSame = false } }
        if isSame { counters.repeated += 1 } else { counters.unauthenticated += 1 }
        return true
    }
}
