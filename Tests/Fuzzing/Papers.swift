import Crypto
import Vectors
import Wire

/// Certificates, revocation lists and key files, as a peer sends them (DER) or as they lie in ipsec.d (PEM), and the way
/// from a certificate to an authority.
func fuzzCertificates(_ octets: [UInt8]) {
    look(octets.span)
    for block in PEM.read(octets.span) { look(block.der.bytes) }
    // Half a million rounds for a passphrase are right, and would take a fuzzer's whole time.
    let isSlow = octets.count > 40 && octets.contains(0x30) && octets.contains(0x0c)
    _ = try? RSAPrivateKey(file: octets.span, passphrase: isSlow ? nil : Secret(Array("secret".utf8)))
    _ = try? RSAPrivateKey(der: octets.span)
    _ = RSAPublicKey(rfc3110: octets)
    _ = DistinguishedName.text(octets)
    if let name = DistinguishedName.der(octets) {
        precondition(DistinguishedName.matches(name, pattern: name), "a name is not itself")
    }
    _ = DistinguishedName.matches(octets, pattern: Authorities.root[0].subject)
    _ = DistinguishedName.matches(Authorities.root[0].subject, pattern: octets)
}

private enum Authorities {
    static let root = try! PEM.read(Array(Certificates.root.utf8).span).map { block in try Certificate(block) }
    static let middle = try! PEM.read(Array(Certificates.middle.utf8).span).map { block in try Certificate(block) }
}

private func look(_ der: Span<UInt8>) {
    let list = try? RevocationList(der)
    _ = list?.count
    if let certificate = try? Certificate(der) {
        _ = certificate.names(.fqdn("west.example.org"))
        _ = certificate.names(.distinguishedName(certificate.subject))
        _ = DistinguishedName.text(certificate.subject)
        // As the peer's own, as one between, and as an authority of ours.
        let trust = TrustStore(authorities: Authorities.root, revocationLists: list.map { [$0] } ?? [], isStrict: false)
        _ = try? trust.verify([certificate] + Authorities.middle, at: 1_800_000_000)
        _ = try? trust.verify(Authorities.middle + [certificate], at: 1_800_000_000)
        let own = TrustStore(authorities: [certificate], revocationLists: [], isStrict: true)
        _ = try? own.verify([certificate], at: certificate.notBefore)
    } else if let list {
        let trust = TrustStore(authorities: Authorities.root, revocationLists: [list], isStrict: true)
        _ = try? trust.verify(Authorities.middle, at: 1_800_000_000)
    }
}
