import Wire

/// Why a certificate is not believed: a sentence without full stop.
public struct Distrust: Error, Sendable {
    public let reason: Sentence

    init(_ reason: Sentence) { self.reason = reason }
}

/// Whom we trust to say who is who: the authorities of ipsec.d/cacerts, and what ipsec.d/crls says about their certificates.
public final class TrustStore: Sendable {
    /// Certificates from the peer's to the root, both included.
    static let depth = 8

    public let authorities: [Certificate]
    public let revocationLists: [RevocationList]
    /// Whether an issuer without a list, or with one out of date, is none to be believed (`strictcrlpolicy=`).
    public let isStrict: Bool

    public init(authorities: [Certificate], revocationLists: [RevocationList], isStrict: Bool) {
        self.authorities = authorities
        self.revocationLists = revocationLists
        self.isStrict = isStrict
    }

    /// Follows a peer's certificate up to an authority of ours.
    ///
    /// - Parameters:
    ///   - chain: what the peer sent: its own certificate, then those that may lead to an authority, in any order.
    ///   - now: seconds since 1970, from a clock that somebody believes.
    /// - Returns: the names of those who vouch for it, the nearest first.
    public func verify(_ chain: [Certificate], at now: Int64) throws(Distrust) -> [[UInt8]] {
        guard let leaf = chain.first else { throw Distrust("there is no certificate") }
        guard leaf.extensions.allows(0) || leaf.extensions.allows(1) else {
            throw Distrust("\(words(leaf)) is not meant for signatures")
        }
        var issuers: [[UInt8]] = []
        var current = leaf
        while true {
            try check(current, at: now)
            let isOurs = authorities.contains { $0.der == current.der }
            if current.isSelfIssued {
                if isOurs { return issuers }
                throw Distrust("\(words(current)), who vouches for itself, is not in ipsec.d/cacerts")
            }
            guard let issuer = try issuer(of: current, among: chain, below: issuers.count) else {
                // An authority whose own issuer is not here is one because somebody put it here.
                if isOurs { return issuers }
                throw Distrust(
                    "\(words(current)) was issued by \"\(DistinguishedName.text(current.issuer))\", which is not in ipsec.d/cacerts")
            }
            try checkRevocation(of: current, by: issuer, at: now)
            issuers.append(issuer.subject)
            current = issuer
            guard issuers.count < Self.depth else { throw Distrust("the chain of \(words(leaf)) is too long") }
        }
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

    /// Who signed a certificate: an authority of ours, or one that the peer sent along.
    private func issuer(
        of certificate: Certificate, among chain: [Certificate], below: Int
    ) throws(Distrust) -> Certificate? {
        var reason: Sentence?
        for candidate in authorities + chain.dropFirst() where Names.areSame(candidate.subject, certificate.issuer) {
            let wanted = certificate.extensions.authorityKey
            if !wanted.isEmpty, !candidate.extensions.subjectKey.isEmpty, wanted != candidate.extensions.subjectKey { continue }
            guard candidate.isAuthority, candidate.extensions.allows(5),
                candidate.extensions.pathLength.map({ $0 >= below }) ?? true
            else {
                reason = "\(words(candidate)) is not one of an authority for \(words(certificate))"
                continue
            }
            guard certificate.isSoundlySigned else {
                reason = "\(words(certificate)) is not signed with RSA and SHA-256 or better, and others can be forged"
                continue
            }
            if let key = candidate.publicKey, certificate.isSigned(by: key) { return candidate }
            reason = "the signature on \(words(certificate)) is wrong"
        }
        if let reason { throw Distrust(reason) }
        return nil
    }

    private func checkRevocation(of certificate: Certificate, by issuer: Certificate, at now: Int64) throws(Distrust) {
        var isFresh = false
        for list in revocationLists where Names.areSame(list.issuer, issuer.subject) {
            guard let key = issuer.publicKey, issuer.extensions.allows(6), list.isSigned(by: key) else { continue }
            if list.revokes(certificate.serial) { throw Distrust("\(words(certificate)) is revoked") }
            if now >= list.thisUpdate, list.nextUpdate.map({ now <= $0 }) ?? true { isFresh = true }
        }
        if isStrict, !isFresh {
            throw Distrust(
                "strictcrlpolicy=yes, and ipsec.d/crls has no list of \"\(DistinguishedName.text(issuer.subject))\" that is in force")
        }
    }
}
