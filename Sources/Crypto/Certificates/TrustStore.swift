import Wire

/// Why a certificate was not accepted.
public struct Distrust: Error, Sendable {
    /// What is wrong, without a full stop and printable.
    public let reason: Sentence
    /// Identifies the reason in the log.
    public let code: MessageCode?

    init(_ reason: Sentence, code: MessageCode? = nil) {
        self.reason = reason
        self.code = code
    }
}

/// The trusted authorities of ipsec.d/cacerts and the revocation lists of ipsec.d/crls.
public final class TrustStore: Sendable {
    /// Certificates from the peer's to the root, both included.
    static let depth = 8

    /// The certificates of ipsec.d/cacerts.
    public let authorities: [Certificate]
    /// The lists of ipsec.d/crls; their signatures are checked when they are used.
    public let revocationLists: [RevocationList]
    /// Whether a certificate is refused when its issuer has no current revocation list (`strictcrlpolicy=`).
    public let isStrict: Bool

    /// A store with these authorities and lists. Nothing is verified yet.
    public init(authorities: [Certificate], revocationLists: [RevocationList], isStrict: Bool) {
        self.authorities = authorities
        self.revocationLists = revocationLists
        self.isStrict = isStrict
    }

    /// Bounds on the work for one chain.
    struct Budget {
        /// Certificates looked at.
        var steps = 64
        /// Signatures verified.
        var signatures = Limits.chainSignatures
    }

    /// Verifies a peer's certificate up to one of our authorities.
    ///
    /// - Parameters:
    ///   - chain: what the peer sent: its own certificate, then those that may lead to an authority, in any order.
    ///   - now: seconds since 1970, from a clock that has been set.
    /// - Returns: the names of its issuers, the nearest first.
    public func verify(_ chain: [Certificate], at now: Int64) throws(Distrust) -> [[UInt8]] {
        var budget = Budget()
        return try verify(chain, at: now, &budget)
    }

    func verify(_ chain: [Certificate], at now: Int64, _ budget: inout Budget) throws(Distrust) -> [[UInt8]] {
        guard let leaf = chain.first else { throw Distrust("there is no certificate") }
        guard leaf.extensions.allows(0) || leaf.extensions.allows(1) else {
            throw Distrust("\(words(leaf)) is not meant for signatures")
        }
        guard leaf.extensions.isForIKE else {
            throw Distrust("\(words(leaf)) is not meant for IKE: its extended key usage names other things")
        }
        return try vouchers(for: leaf, among: chain, below: 0, at: now, &budget)
    }

    /// The issuers of a certificate.
    ///
    /// Signatures are verified from our authorities down: a key that came with the chain is not used before its certificate has
    /// been verified, so that a forged chain costs no computation.
    ///
    /// - Parameter below: number of certificates in the chain below this one.
    private func vouchers(
        for certificate: Certificate, among chain: [Certificate], below: Int, at now: Int64, _ budget: inout Budget
    ) throws(Distrust) -> [[UInt8]] {
        try check(certificate, at: now)
        let isOurs = authorities.contains { $0.der == certificate.der }
        if certificate.isSelfIssued {
            if isOurs { return [] }
            throw Distrust("\(words(certificate)), who vouches for itself, is not in ipsec.d/cacerts")
        }
        budget.steps -= 1
        guard below < Self.depth, budget.steps > 0 else { throw Distrust("the chain of \(words(certificate)) is too long") }
        var reason: Distrust?
        for issuer in authorities + chain.dropFirst() where mayIssue(issuer, certificate) {
            guard issuer.isAuthority, issuer.extensions.allows(5), issuer.extensions.pathLength.map({ $0 >= below }) ?? true else {
                reason = Distrust("\(words(issuer)) is not one of an authority for \(words(certificate))")
                continue
            }
            guard certificate.isSoundlySigned else {
                reason = Distrust("\(words(certificate)) is not signed with RSA and SHA-256 or better, and others can be forged")
                continue
            }
            let above: [[UInt8]]
            do throws(Distrust) {
                above = try vouchers(for: issuer, among: chain, below: below + 1, at: now, &budget)
            } catch {
                reason = error
                continue
            }
            guard budget.signatures > 0 else { throw Distrust("the chain of \(words(certificate)) has too many signatures") }
            budget.signatures -= 1
            guard let key = issuer.publicKey, certificate.isSigned(by: key) else {
                reason = Distrust("the signature on \(words(certificate)) is wrong")
                continue
            }
            try checkRevocation(of: certificate, by: issuer, at: now)
            return [issuer.subject] + above
        }
        if let reason { throw reason }
        // An intermediate authority in ipsec.d/cacerts is trusted without its own issuer.
        if isOurs { return [] }
        throw Distrust(
            "\(words(certificate)) was issued by \"\(DistinguishedName.text(certificate.issuer))\", which is not in ipsec.d/cacerts")
    }

    /// Whether by its names one may be the issuer of the other.
    private func mayIssue(_ issuer: Certificate, _ certificate: Certificate) -> Bool {
        guard DistinguishedName.areSame(issuer.subject, certificate.issuer) else { return false }
        let wanted = certificate.extensions.authorityKey
        return wanted.isEmpty || issuer.extensions.subjectKey.isEmpty || wanted == issuer.extensions.subjectKey
    }

    private func words(_ certificate: Certificate) -> Sentence {
        "the certificate of \"\(DistinguishedName.text(certificate.subject))\""
    }

    private func check(_ certificate: Certificate, at now: Int64) throws(Distrust) {
        if now < certificate.notBefore { throw Distrust("\(words(certificate)) is not valid yet: is the clock right?") }
        if now > certificate.notAfter { throw Distrust("\(words(certificate)) has expired") }
        if certificate.extensions.hasUnknownCritical {
            throw Distrust("\(words(certificate)) has a critical extension that is not understood")
        }
        if certificate.publicKey == nil { throw Distrust("\(words(certificate)) holds no RSA key that is taken") }
    }

    private func checkRevocation(of certificate: Certificate, by issuer: Certificate, at now: Int64) throws(Distrust) {
        var isFresh = false
        for list in revocationLists where DistinguishedName.areSame(list.issuer, issuer.subject) {
            guard let key = issuer.publicKey, issuer.extensions.allows(6), list.isSigned(by: key) else { continue }
            if list.revokes(certificate.serial) { throw Distrust("\(words(certificate)) is revoked", code: .certificateRevoked) }
            if now >= list.thisUpdate, list.nextUpdate.map({ now <= $0 }) ?? true { isFresh = true }
        }
        if isStrict, !isFresh {
            throw Distrust(
                "strictcrlpolicy=yes, and ipsec.d/crls has no list of \"\(DistinguishedName.text(issuer.subject))\" that is in force")
        }
    }
}
