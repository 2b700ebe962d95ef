import Crypto
import Wire

/// The authentication payloads of Main Mode, made and verified (RFC 2409 §5.1 and §5.4).
extension Engine {
    /// Our ID and HASH; or our ID, perhaps CERT, and SIG.
    func authentication(_ sa: ISAKMPSA, _ context: EngineContext) throws(Refusal) -> [OutgoingPayload] {
        let identity = IdentificationPayload(sa.policy.localID)
        let hash = sa.identityHash(ofInitiator: sa.isInitiator, identity: identity.octets)
        var payloads = [OutgoingPayload(.identification, identity.octets)]
        guard sa.method == .rsaSignatures, let rsa = sa.policy.rsa else {
            return payloads + [OutgoingPayload(.hash, hash)]
        }
        for body in rsa.certificates(isAsked: sa.peerAsksForCertificate) { payloads.append(OutgoingPayload(.certificate, body)) }
        guard let signature = try? rsa.privateKey.sign(hash, random: context.random) else {
            throw Refusal(.overLimit, nil, "no signature could be made")
        }
        return payloads + [OutgoingPayload(.signature, signature)]
    }

    /// CERTREQ: requests a certificate of the authorities that we trust.
    func certificateRequests(_ sa: ISAKMPSA) -> [OutgoingPayload] {
        guard sa.method == .rsaSignatures, let rsa = sa.policy.rsa else { return [] }
        return rsa.requests.map { OutgoingPayload(.certificateRequest, $0) }
    }

    /// Verifies the peer's signature with the keys that `candidates` have for its ID, and with its certificate.
    ///
    /// - Returns: the first candidate for which the peer is authenticated, and the proof.
    func prove(
        _ sa: ISAKMPSA, _ identity: IdentificationPayload, _ contents: MessageContents, among candidates: [SharedPolicy]
    ) throws(Refusal) -> (policy: SharedPolicy, proof: AuthenticationProof) {
        guard let peerID = identity.identity, let signature = contents.signature else {
            throw Refusal(.unauthenticated, .authenticationFailed, "its ID is \(identity.peerWords)")
        }
        sa.signaturesSeen += 1
        guard sa.signaturesSeen <= Limits.signatures else {
            throw Refusal(.overLimit, nil, "it has tried too many signatures")
        }
        let hash = sa.identityHash(ofInitiator: !sa.isInitiator, identity: identity.octets)
        // A peer must not learn which IDs we know. An unknown ID gets the same answer as a wrong signature, after the same time:
        // the signature is verified with the keys of another ID.
        let all = candidates.filter { $0.policy.rsa != nil }
        let expecting = all.filter { $0.policy.expects(peerID) }
        let unexpected: Sentence = "its ID is \(peerID.words), which no connection with it expects"
        let proof: (policy: SharedPolicy, proof: AuthenticationProof)
        do throws(Refusal) {
            proof = try prove(sa, peerID, signature, hash, contents, expecting.isEmpty ? Array(all.prefix(1)) : expecting)
        } catch {
            throw expecting.isEmpty ? Refusal(error.kind, error.notify, unexpected, code: .noConnection) : error
        }
        // A peer whose key we trust is told that its ID is unknown.
        guard !expecting.isEmpty else { throw Refusal(.disagreed, .invalidIDInformation, unexpected, code: .noConnection) }
        return proof
    }

    private func prove(
        _ sa: ISAKMPSA, _ peerID: Identity, _ signature: [UInt8], _ hash: [UInt8], _ contents: MessageContents,
        _ fitting: [SharedPolicy]
    ) throws(Refusal) -> (policy: SharedPolicy, proof: AuthenticationProof) {
        var tried = 0
        for shared in fitting {
            for key in shared.policy.rsa?.peerKeys ?? [] where tried < Limits.keysTried {
                tried += 1
                if key.verifies(signature, of: hash) { return (shared, AuthenticationProof(key, issuers: nil)) }
            }
        }
        if let found = sa.keysFromDNS, let shared = fitting.first(where: { $0.policy.rsa?.fetchesPeerKeys ?? false }) {
            if let problem = found.problem, found.keys.isEmpty {
                let reason: Sentence = "no RSA public key known for \(peerID.words); DNS search failed: \(problem)"
                throw Refusal(.unauthenticated, .invalidKeyInformation, reason, code: .keysNotFound)
            }
            for key in found.keys where tried < Limits.keysTried {
                tried += 1
                if key.verifies(signature, of: hash) { return (shared, AuthenticationProof(key, issuers: nil, isFromDNS: true)) }
            }
        }
        return try proveByCertificate(peerID, signature, hash, contents, fitting, hasKeys: tried > 0)
    }

    private func proveByCertificate(
        _ peerID: Identity, _ signature: [UInt8], _ hash: [UInt8], _ contents: MessageContents, _ fitting: [SharedPolicy], hasKeys: Bool
    ) throws(Refusal) -> (policy: SharedPolicy, proof: AuthenticationProof) {
        func refusal(_ reason: __owned Sentence, _ code: MessageCode? = nil) -> Refusal {
            Refusal(.unauthenticated, .authenticationFailed, reason, code: code)
        }
        let chain = contents.certificates.compactMap { try? Certificate($0) }
        guard let leaf = chain.first, fitting.contains(where: { $0.policy.rsa?.trust != nil }) else {
            throw refusal(
                hasKeys
                    ? "its signature is not made with the key we have for \(peerID.words)"
                    : contents.certificates.isEmpty
                        ? "we have no key for \(peerID.words), and it sends no certificate"
                        : "we have no key for \(peerID.words), and its certificate cannot be read",
                hasKeys ? .keysDiffer : nil)
        }
        // First the signature: it proves that the peer has the certificate's key.
        guard let key = leaf.publicKey, key.verifies(signature, of: hash) else {
            throw refusal("its signature is not made with its certificate's key")
        }
        guard leaf.names(peerID) else {
            throw refusal("its certificate, of \"\(DistinguishedName.text(leaf.subject))\", does not name its ID \(peerID.words)")
        }
        var reason: Sentence = "no connection takes its certificate"
        var code: MessageCode?
        var judged: (trust: TrustStore, issuers: [[UInt8]])?
        for shared in fitting {
            guard let rsa = shared.policy.rsa, let trust = rsa.trust else { continue }
            if judged?.trust !== trust {
                do {
                    judged = (trust, try trust.verify(chain, at: wallTime))
                } catch {
                    reason = error.reason
                    code = error.code
                    continue
                }
            }
            guard let issuers = judged?.issuers else { continue }
            let proof = AuthenticationProof(key, issuers: issuers)
            if rsa.accepts(proof) { return (shared, proof) }
            reason = "the authority that the conn requires (leftca=, rightca=) did not issue its certificate"
            code = nil
        }
        throw refusal(reason, code)
    }
}
