import Crypto
import Wire

/// What a connection has for authentication with RSA signatures (RFC 2409 §5.1): our key, and how we know the peer's.
///
/// A class, because many connections share one; made by the Gateway, which reads the files.
public final class RSACredentials: Sendable {
    /// When our certificate is sent.
    public enum SendCertificate: UInt8, Sendable { case always, ifAsked, never }

    /// Our private key.
    public let privateKey: RSAPrivateKey
    /// Our certificate, and those that lead from it to an authority, if we have one.
    public let chain: [Certificate]
    /// When our certificate is sent.
    public let sendCertificate: SendCertificate
    /// The peer's keys as we were told them: none to two, the second for the time when the first is replaced.
    public let peerKeys: [RSAPublicKey]
    /// Who may vouch for a peer's certificate; `nil` when certificates do not count.
    public let trust: TrustStore?
    /// A distinguished name, DER, with `*` for any value: who must be among those who vouch.
    public let peerAuthority: [UInt8]?

    /// The credentials of a connection.
    public init(
        privateKey: RSAPrivateKey, chain: [Certificate], sendCertificate: SendCertificate, peerKeys: [RSAPublicKey],
        trust: TrustStore?, peerAuthority: [UInt8]?
    ) {
        self.privateKey = privateKey
        self.chain = chain
        self.sendCertificate = sendCertificate
        self.peerKeys = peerKeys
        self.trust = trust
        self.peerAuthority = peerAuthority
    }

    /// Whether a peer that proved itself so is one of ours.
    func accepts(_ proof: AuthenticationProof) -> Bool {
        if peerKeys.contains(where: { $0.equals(proof.key) }) { return true }
        guard trust != nil, let issuers = proof.issuers else { return false }
        guard let peerAuthority else { return true }
        return issuers.contains { DistinguishedName.matches($0, pattern: peerAuthority) }
    }

    /// Whether the same peers prove themselves to both in the same way, and we to them.
    func isSame(as other: RSACredentials) -> Bool {
        guard privateKey.publicKey.equals(other.privateKey.publicKey), trust === other.trust,
            peerAuthority == other.peerAuthority, peerKeys.count == other.peerKeys.count
        else { return false }
        return peerKeys.allSatisfy { key in other.peerKeys.contains { $0.equals(key) } }
    }

    /// The bodies of our requests for certificates (RFC 2408 §3.10): of whose authorities; of any when there are many.
    var requests: [[UInt8]] {
        guard let trust else { return [] }
        var names: [[UInt8]] = []
        for authority in trust.authorities where !names.contains(authority.subject) { names.append(authority.subject) }
        if names.count > Limits.certificateRequests { return [[CertificateType.signature]] }
        return names.map { [CertificateType.signature] + $0 }
    }

    /// The bodies of the payloads that carry our certificates.
    func certificates(isAsked: Bool) -> [[UInt8]] {
        guard sendCertificate == .always || sendCertificate == .ifAsked && isAsked else { return [] }
        return chain.prefix(Limits.certificates).map { [CertificateType.signature] + $0.der }
    }
}
