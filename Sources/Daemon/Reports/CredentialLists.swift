import Control
import Crypto
import IKE
import Wire

/// `ipsec auto --listpubkeys`, `--listcerts`, `--listcacerts` and `--listcrls`: the public parts of the keys and certificates.
extension Gateway {
    func show(_ list: KeyList, _ terminal: Terminal) {
        switch list {
        case .publicKeys: listPublicKeys(terminal)
        case .certificates:
            terminal.line(0, "List of X.509 End Certificates:")
            for (name, certificate) in credentials.certificates { show(certificate, "\(name)", terminal) }
        case .authorities:
            terminal.line(0, "List of X.509 CA Certificates:")
            for certificate in credentials.trust.authorities { show(certificate, "", terminal) }
        case .revocationLists:
            terminal.line(0, "List of X.509 CRLs:")
            for list in credentials.trust.revocationLists {
                terminal.line(0, "issuer: '\(DistinguishedName.text(list.issuer))', \(list.count) revoked")
                let next: Sentence = list.nextUpdate.map { "\(Calendar.words($0))" } ?? "at an unknown time"
                terminal.line(0, "       updates: this \(Calendar.words(list.thisUpdate)), next \(next)")
            }
        }
    }

    private func listPublicKeys(_ terminal: Terminal) {
        terminal.line(0, "List of Public Keys:")
        for connection in connections.all {
            guard let rsa = connection.policy.rsa else { continue }
            let name = connection.name
            func show(_ key: RSAPublicKey, _ whose: __owned Sentence) {
                terminal.line(0, "\(key.bitCount) RSA Key \(key.keyID) of \(whose), conn \"\(name)\"")
            }
            show(rsa.privateKey.publicKey, "\(connection.policy.localID), our own")
            for key in rsa.peerKeys { show(key, connection.policy.remoteID.map { "\($0)" } ?? "%any") }
        }
    }

    private func show(_ certificate: Certificate, _ file: __owned Sentence, _ terminal: Terminal) {
        terminal.line(0, "subject: '\(DistinguishedName.text(certificate.subject))' \(file)")
        terminal.line(
            0, "       issuer: '\(DistinguishedName.text(certificate.issuer))', serial \(Text.hex(certificate.serial))")
        for name in certificate.alternativeNames { terminal.line(0, "       also: \(name)") }
        let key: Sentence = certificate.publicKey.map { "\($0.bitCount) RSA Key \($0.keyID)" } ?? "of a kind that is not there"
        terminal.line(
            0, "       valid from \(Calendar.words(certificate.notBefore)) to \(Calendar.words(certificate.notAfter)); key: \(key)")
    }
}
