import Configuration
import Crypto
import Host
import IKE
import Linux
import Wire

/// This gateway's RSA keys, certificates and trusted authorities: the contents of ipsec.secrets and the folders under ipsec.d.
public final class Credentials {
    /// ipsec.d/cacerts and ipsec.d/crls.
    let trust: TrustStore
    private let folder: Path
    private let secrets: Secrets
    private let log: Log
    /// RSA keys in files that ipsec.secrets names, by their place there; `nil` for one that cannot be used.
    private var keys: [(place: Place, key: RSAPrivateKey?)] = []
    /// The certificates in ipsec.d/certs that conns name.
    private(set) var certificates: [(name: Name, certificate: Certificate)] = []

    /// Reads the folders `cacerts` and `crls` in `folder`, which is ipsec.d. Faults are logged.
    init(_ folder: Path, _ secrets: Secrets, isStrict: Bool, isClockSet: Bool, log: Log) {
        self.folder = folder
        self.secrets = secrets
        self.log = log
        var authorities: [Certificate] = []
        var lists: [RevocationList] = []
        for file in Self.files(folder / "cacerts", log) {
            for block in Self.blocks(file, log) where authorities.count < Limits.authorities {
                guard let certificate = try? Certificate(block) else {
                    log.warning("\(file) has an entry that is no certificate")
                    continue
                }
                if certificate.isAuthority {
                    authorities.append(certificate)
                } else {
                    log.warning("\(file) is ignored: its certificate is not that of an authority (CA:TRUE)")
                }
            }
        }
        for file in Self.files(folder / "crls", log) {
            for block in Self.blocks(file, log) where lists.count < Limits.revocationLists {
                if let list = try? RevocationList(block) {
                    lists.append(list)
                } else {
                    log.warning("\(file) has an entry that is no certificate revocation list, or one of an unsupported type")
                }
            }
        }
        trust = TrustStore(authorities: authorities, revocationLists: lists, isStrict: isStrict)
        if !authorities.isEmpty, !isClockSet {
            log.warning(
                "the clock is not set: it is before the day this program was built, so certificates are checked against that day",
                code: .clockNotSet
            )
        }
    }

    private static func files(_ folder: Path, _ log: Log) -> [Path] {
        do throws(SystemError) {
            return try Files.list(folder).map { folder / $0 }
        } catch {
            if !error.isNoSuchFile { log.error("\(folder) cannot be read: \(error.reason)") }
            return []
        }
    }

    private static func blocks(_ file: Path, _ log: Log) -> [PEM.Block] {
        do throws(FileError) {
            return PEM.read(try DiskFiles().read(Name(file.bytes), limit: Limits.certificateFile).text)
        } catch {
            log.warning("\(file) cannot be read: \(error.reason)")
            return []
        }
    }

    // MARK: What conns name

    /// A certificate in ipsec.d/certs. `nil` if it cannot be read; the reason is logged.
    private func certificate(_ name: Name) -> Certificate? {
        if let known = certificates.first(where: { $0.name == name }) { return known.certificate }
        let file = folder / "certs" / Path(name.bytes)
        guard let block = Self.blocks(file, log).first else { return nil }
        guard let certificate = try? Certificate(block) else {
            log.error("\(file) holds no X.509 certificate, in PEM or DER")
            return nil
        }
        certificates.append((name, certificate))
        return certificate
    }

    /// A key of ipsec.secrets. `nil` if it cannot be used; the reason is logged once.
    private func key(_ entry: Secrets.PrivateKey) -> RSAPrivateKey? {
        if let known = keys.first(where: { $0.place == entry.place }) { return known.key }
        var key: RSAPrivateKey?
        switch entry.source {
        case .key(let numbers): return numbers
        case .file(let name, let passphrase):
            let file = folder / "private" / Path(name.bytes)
            key = read(file, passphrase, entry.place)
        }
        keys.append((entry.place, key))
        return key
    }

    private func read(_ file: Path, _ passphrase: Secret?, _ place: Place) -> RSAPrivateKey? {
        do throws(FileError) {
            let contents = try DiskFiles().read(Name(file.bytes), limit: Limits.certificateFile)
            guard contents.isRootsAlone else {
                log.error(
                    "\(place): \(file) is not used: users other than root have access to it; run 'chown root \(file); chmod 600 \(file)'")
                return nil
            }
            return decode(contents.text, file, passphrase, place)
        } catch {
            log.error("\(place): \(file): \(error.reason)")
            return nil
        }
    }

    private func decode(_ text: Secret, _ file: Path, _ passphrase: Secret?, _ place: Place) -> RSAPrivateKey? {
        let reason: Sentence
        do throws(CryptoError) {
            return try RSAPrivateKey(file: text, passphrase: passphrase)
        } catch {
            switch error {
            case .authenticationFailed: reason = "its passphrase is \(passphrase == nil ? "missing" : "wrong")"
            case .badLength: reason = "it holds no RSA key"
            case .badKeyLength: reason = "its key has too few bits, or too many"
            default: reason = "its key cannot be used, or is encrypted in a way that is not there"
            }
        }
        log.error("\(place): \(file): \(reason)")
        return nil
    }

    /// The faults in files of certificates and keys that these conns, ipsec.secrets and the folders under ipsec.d name; the same as the
    /// daemon logs at the start.
    /// - Parameter isClockSet: whether the machine's clock is not before the day this program was built.
    public static func faults(
        of configuration: Configuration, _ secrets: Secrets, in folder: Path, isClockSet: Bool
    ) -> [Diagnostic] {
        let faults = Faults(Place(Name(folder.bytes), 0))
        let credentials = Credentials(
            folder, secrets, isStrict: configuration.setup.isCRLPolicyStrict, isClockSet: isClockSet, log: Log(faults))
        faults.isNeeded = true
        for conn in configuration.connections where conn.mode.isKeyed && conn.auto != .manual && conn.authentication.mayUseRSA {
            faults.place = conn.place
            for end in [conn.left, conn.right] { if let name = end.certificate { _ = credentials.certificate(name) } }
        }
        for entry in secrets.privateKeys {
            faults.place = entry.place
            _ = credentials.key(entry)
        }
        return faults.found
    }

    // MARK: For one connection

    /// Sets how a connection authenticates with RSA signatures, and the IDs from certificates.
    /// - Parameter publishedKeys: the peer's keys in the DNS when the conn was added (`%dnsonload`).
    func authenticate(_ policy: inout Policy, _ local: End, _ remote: End, _ publishedKeys: [RSAPublicKey]) {
        let ours = local.certificate.flatMap { certificate($0) }
        let theirs = remote.certificate.flatMap { certificate($0) }
        if let ours {
            if local.isIdentityFromCertificate {
                policy.localID = .distinguishedName(ours.subject)
            } else if !ours.names(policy.localID) {
                log.warning("has a certificate that does not name our ID \(policy.localID): a peer may refuse it", conn: policy.name)
            }
        }
        if let theirs, remote.isIdentityFromCertificate { policy.remoteID = .distinguishedName(theirs.subject) }
        guard let key = privateKey(policy, local, ours) else { return }
        var peerKeys = remote.rsaKeys
        if let key = theirs?.publicKey { peerKeys.append(key) }
        var takesCertificates = peerKeys.isEmpty
        var fetchesPeerKeys = false
        switch remote.rsaKey {
        case .none: takesCertificates = false
        case .dnsOnDemand:
            takesCertificates = false
            fetchesPeerKeys = true
        case .dnsOnLoad:
            takesCertificates = false
            // For a peer at any address it means %none. If the DNS had no key, it is asked again.
            fetchesPeerKeys = publishedKeys.isEmpty && remote.host != .any
            peerKeys += publishedKeys
        case .unset, .certificate, .key: break
        }
        var authority: [UInt8]?
        switch remote.authority {
        case .any: break
        case .same: authority = ours?.issuer
        case .name(let name): authority = name
        }
        policy.rsa = RSACredentials(
            privateKey: key, chain: ours.map { chain($0) } ?? [],
            sendCertificate: local.sendCertificate,
            peerKeys: peerKeys, fetchesPeerKeys: fetchesPeerKeys, trust: takesCertificates && !trust.authorities.isEmpty ? trust : nil,
            peerAuthority: authority)
        if peerKeys.isEmpty, !fetchesPeerKeys, policy.rsa?.trust == nil {
            log.warning(
                "knows no key of its peer: expected rsasigkey= or cert= on its side, or an authority in ipsec.d/cacerts", conn: policy.name)
        }
    }

    private func privateKey(_ policy: Policy, _ local: End, _ certificate: Certificate?) -> RSAPrivateKey? {
        if let wanted = certificate?.publicKey {
            for entry in secrets.privateKeys { if let key = key(entry), key.publicKey.equals(wanted) { return key } }
            log.warning("has a certificate whose RSA key is not in ipsec.secrets", conn: policy.name)
            return nil
        }
        let written = local.rsaKeys
        var found: RSAPrivateKey?
        for entry in secrets.privateKeys(local: policy.localID, localAddress: policy.local) {
            guard let key = key(entry) else { continue }
            if written.isEmpty || written.contains(where: { $0.equals(key.publicKey) }) { return key }
            found = found ?? key
        }
        log.warning(
            found == nil
                ? "has no RSA key for \(policy.localID) in ipsec.secrets; 'ipsec newhostkey' makes one"
                : "has an rsasigkey= of our side that is not our key in ipsec.secrets, which is used", conn: policy.name)
        return found
    }

    /// A certificate of ours, and the authorities that lead from it towards the root. The peer has the root.
    private func chain(_ certificate: Certificate) -> [Certificate] {
        var chain = [certificate]
        while chain.count < Limits.chain, let last = chain.last,
            let issuer = trust.authorities.first(where: { $0.subject == last.issuer }), !issuer.isSelfIssued
        { chain.append(issuer) }
        return chain
    }
}

/// Turns log lines about files of certificates and keys into diagnostics.
private final class Faults: LogDestination {
    private(set) var found: [Diagnostic] = []
    /// What the lines are about.
    var place: Place
    /// Whether a conn or ipsec.secrets names the file, so that a fault of it is an error.
    var isNeeded = false

    init(_ place: Place) {
        self.place = place
        super.init()
    }

    override func write(_ level: Log.Level, _ line: Sentence) {
        // Messages about keys begin with the place already.
        let start: Sentence = "\(place): "
        let text = line.octets.starts(with: start.octets) ? Sentence(octets: Array(line.octets.dropFirst(start.octets.count))) : line
        if found.contains(where: { $0.text == text }) { return }
        found.append(Diagnostic(isNeeded || level == .error ? .error : .warning, place, text))
    }
}
