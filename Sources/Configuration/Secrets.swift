import Crypto
import Wire

/// An ipsec.secrets with all it includes, read. The keys wipe themselves when the last owner lets go.
public struct Secrets: Sendable {
    /// In the order of the files. Never holds a secret.
    public private(set) var diagnostics: [Diagnostic] = []

    private var entries: [Entry] = []

    public init() {}

    /// Reads `path` and what it includes. A file that is not root's alone is refused whole. Always returns; what went wrong
    /// is in `diagnostics`.
    public static func load(_ path: Name, from source: FileSource) -> Secrets {
        let reader = SecretsReader(source)
        reader.read(path)
        var secrets = Secrets()
        secrets.entries = reader.entries
        secrets.diagnostics = reader.diagnostics.all(reader.includes.order)
        return secrets
    }

    /// How many entries there are.
    public var count: Int { entries.count }

    /// What there is, without a word of the secrets: whom each is for, and its kind.
    public var summary: [Sentence] {
        entries.map { entry in
            var line: Sentence = ""
            for index in entry.indices {
                if case .identity(let identity) = index { line += "\(identity) " } else { line += "%any " }
            }
            if case .rsa = entry.kind { return line + ": RSA [not shown]" }
            return line + ": PSK [not shown]"
        }
    }

    /// One secret and whom it is for.
    struct Entry: Sendable {
        var indices: [Index]
        var kind: Kind
        var place: Place
    }

    enum Kind: Sendable {
        case presharedKey(Secret)
        case rsa(PrivateKey.Source)
    }

    enum Index: Hashable, Sendable {
        /// `%any`, `%any6`, `0.0.0.0`, `::`
        case any
        case identity(Identity)
    }

    // MARK: Pre-shared keys

    /// A pre-shared key, and where it stands.
    public struct Match: Sendable {
        public var secret: Secret
        public var place: Place
        /// Where another entry stands that fits as well and holds another key; the first one is used.
        public var rival: Place?
    }

    /// The pre-shared key of the entry that fits best: both ends named, then ours and `%any`, then ours alone, then `%any`
    /// and theirs, then no index or `%any` alone. An index names an end by its ID or, less well, by its address.
    ///
    /// - Parameters:
    ///   - remote: `nil` when the peer may be anyone.
    ///   - remoteAddress: `nil` when the peer may come from anywhere.
    public func presharedKey(
        local: Identity, localAddress: Address, remote: Identity?, remoteAddress: Address?
    ) -> Match? {
        var best = 0
        var match: Match?
        for entry in entries {
            guard case .presharedKey(let secret) = entry.kind else { continue }
            let rank = entry.rank(local, localAddress, remote, remoteAddress)
            guard rank > 0, rank >= best else { continue }
            if rank > best {
                best = rank
                match = Match(secret: secret, place: entry.place)
            } else if let found = match, found.rival == nil, !found.secret.equals(secret) {
                match?.rival = entry.place
            }
        }
        return match
    }

    // MARK: RSA

    /// A private key of RSA, or where it is to be had.
    public struct PrivateKey: Sendable {
        public enum Source: Sendable {
            case key(RSAPrivateKey)
            /// `RSA file.pem ["passphrase"]`: as written, under ipsec.d/private unless it begins with `/`.
            case file(Name, passphrase: Secret?)
        }

        public var source: Source
        /// Whom it is for; empty for everybody.
        public var identities: [Identity]
        public var place: Place
    }

    /// Every RSA key, in the order of the files.
    public var privateKeys: [PrivateKey] {
        var keys: [PrivateKey] = []
        for entry in entries {
            guard case .rsa(let source) = entry.kind else { continue }
            var identities: [Identity] = []
            for case .identity(let identity) in entry.indices { identities.append(identity) }
            keys.append(PrivateKey(source: source, identities: identities, place: entry.place))
        }
        return keys
    }

    /// Our RSA keys, the best first: those with an index that is our ID, then our address, then `%any` or no index.
    public func privateKeys(local: Identity, localAddress: Address) -> [PrivateKey] {
        var ranked: [[PrivateKey]] = [[], [], []]
        for key in privateKeys {
            var fit = key.identities.isEmpty ? 2 : 3
            for identity in key.identities {
                if identity.matches(local) { fit = 0 } else if identity == .address(localAddress) { fit = min(fit, 1) }
            }
            if fit < 3 { ranked[fit].append(key) }
        }
        return ranked[0] + ranked[1] + ranked[2]
    }
}

extension Secrets.Entry {
    /// How well the entry fits; 0 is not at all.
    func rank(_ local: Identity, _ localAddress: Address, _ remote: Identity?, _ remoteAddress: Address?) -> Int {
        if indices.isEmpty { return 1 }
        var hasAny = false
        var isAnyAlone = true
        for index in indices { if case .any = index { hasAny = true } else { isAnyAlone = false } }
        let ours = fit(local, localAddress)
        let theirs = fit(remote, remoteAddress)
        if indices.count == 1 { return hasAny ? 1 : ours > 0 ? 30 + ours : 0 }
        if ours > 0, theirs > 0 { return 50 + 4 * ours + theirs }
        if ours > 0, hasAny { return 40 + ours }
        if theirs > 0, hasAny { return 20 + theirs }
        return isAnyAlone ? 1 : 0
    }

    /// 2 when an index is this ID, 1 when it is only this address, 0 when there is neither.
    private func fit(_ identity: Identity?, _ address: Address?) -> Int {
        var fit = 0
        for case .identity(let index) in indices {
            if let identity, index.matches(identity) { return 2 }
            if let address, index == .address(address) { fit = 1 }
        }
        return fit
    }
}
