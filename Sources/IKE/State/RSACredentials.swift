import Crypto
import Wire

/// The credentials of a connection for RSA signatures (RFC 2409 §5.1): our key, and the keys or authorities for the peer.
///
/// A class, because many connections share one. The daemon reads the files and makes it.
public final class RSACredentials: Sendable {
    /// Our private key.
    public let privateKey: RSAPrivateKey
    /// Our certificate, if we have one, and those between it and an authority.
    public let chain: [Certificate]
    /// When our certificate is sent.
    public let sendCertificate: SendCertificate
    /// The peer's configured keys: none, one or two. The second serves while the first is being replaced.
    public let peerKeys: [RSAPublicKey]
    /// The DNS is asked for the peer's keys in each Main Mode (`%dnsondemand`).
    public let fetchesPeerKeys: Bool
    /// The authorities for the peer's certificate; `nil` if certificates are not accepted.
    public let trust: TrustStore?
    /// The distinguished name (DER) of an authority that must be in the peer's chain. `*` matches any value.
    public let peerAuthority: [UInt8]?

    /// The credentials of a connection.
    public init(
        privateKey: RSAPrivateKey, chain: [Certificate], sendCertificate: SendCertificate, peerKeys: [RSAPublicKey],
        fetchesPeerKeys: Bool = false, trust: TrustStore?, peerAuthority: [UInt8]?
    ) {
        self.privateKey = privateKey
        self.chain = chain
        self.sendCertificate = sendCertificate
        self.peerKeys = peerKeys
        self.fetchesPeerKeys = fetchesPeerKeys
        self.trust = trust
        self.peerAuthority = peerAuthority
    }

    /// Whether a peer with this proof is accepted.
    func accepts(_ proof: AuthenticationProof) -> Bool {
        if peerKeys.contains(where: { $0.equals(proof.key) }) { return true }
        if proof.isFromDNS { return fetchesPeerKeys }
        guard trust != nil, let issuers = proof.issuers else { return false }
        guard let peerAuthority else { return true }
        return issuers.contains { DistinguishedName.matches($0, pattern: peerAuthority) }
    }

    /// Whether both authenticate the same peers in the same way, and us to them.
    func isSame(as other: RSACredentials) -> Bool {
        guard privateKey.publicKey.equals(other.privateKey.publicKey), trust === other.trust,
            peerAuthority == other.peerAuthority, fetchesPeerKeys == other.fetchesPeerKeys, peerKeys.count == other.peerKeys.count
        else { return false }
        return peerKeys.allSatisfy { key in other.peerKeys.contains { $0.equals(key) } }
    }

    /// The bodies of our certificate requests (RFC 2408 §3.10): one for each authority, or one for any when there are many.
    var requests: [[UInt8]] {
        guard let trust else { return [] }
        var names: [[UInt8]] = []
        for authority in trust.authorities where !names.contains(authority.subject) { names.append(authority.subject) }
        if names.count > Limits.certificateRequests { return [[CertificateType.signature]] }
        return names.map { [CertificateType.signature] + $0 }
    }

    /// The bodies of our certificate payloads.
    func certificates(isAsked: Bool) -> [[UInt8]] {
        guard sendCertificate == .always || sendCertificate == .ifAsked && isAsked else { return [] }
        return chain.prefix(Limits.certificates).map { [CertificateType.signature] + $0.der }
    }
}
