import Crypto
import Wire

/// An ipsec.secrets with its included files, as read. Keys are wiped when the last reference is released.
public struct Secrets: Sendable {
    /// All diagnostics in the order of the files. They hold no secrets.
    public private(set) var diagnostics: [Diagnostic] = []

    private var entries: [Entry] = []

    /// No secrets.
    public init() {}

    /// Reads `path` and the files it includes. A file that others than root own or can read is refused. Always returns; errors are
    /// in `diagnostics`.
    public static func load(_ path: Name, from source: FileSource) -> Secrets {
        let reader = SecretsReader(source)
        reader.read(path)
        var secrets = Secrets()
        secrets.entries = reader.entries
        secrets.diagnostics = reader.diagnostics.all(reader.includes.order)
        return secrets
    }

    /// Number of entries.
    public var count: Int { entries.count }

    /// One line for each entry, with its indices and its kind, without the secret.
    public var summary: [Sentence] {
        entries.map { entry in
            var line: Sentence = ""
            for index in entry.indices {
                switch index {
                case .any: line += "%any "
                case .identity(let identity): line += "\(identity) "
                case .host(let name): line += "\(name) "
                }
            }
            if case .rsa = entry.kind { return line + ": RSA [not shown]" }
            return line + ": PSK [not shown]"
        }
    }

    /// One secret with its indices.
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
        /// An end whose host name or ID this is, written with or without `@`.
        case host(Name)

        /// The index as an ID; `nil` for `%any`.
        var asIdentity: Identity? {
            switch self {
            case .any: nil
            case .identity(let identity): identity
            case .host(let name): .fqdn(name)
            }
        }
    }

    /// One end of a connection, with everything that indices may refer to.
    public struct IndexedEnd: Sendable {
        /// `nil` when the peer may be anyone.
        public var identity: Identity?
        /// `nil` when the peer may come from anywhere.
        public var address: Address?
        /// The host name of `left=` or `right=`; `nil` when it is not a name.
        public var name: Name?

        /// An end as indices may name it.
        public init(_ identity: Identity?, _ address: Address?, name: Name? = nil) {
            self.identity = identity
            self.address = address
            self.name = name
        }
    }

    // MARK: Pre-shared keys

    /// A pre-shared key that was found.
    public struct Match: Sendable {
        /// The key.
        public var secret: Secret
        /// The entry's first line.
        public var place: Place
        /// Another entry that matches equally well with a different key; the first entry is used. `nil` when there is none.
        public var rival: Place?
    }

    /// The pre-shared key of the entry that matches best: first both ends, then our end and `%any`, our end alone, `%any` and the
    /// peer's end, no index or `%any` alone. An index matches an end's ID or, with lower rank, its address or host name.
    public func presharedKey(local: IndexedEnd, remote: IndexedEnd) -> Match? {
        var best = 0
        var match: Match?
        for entry in entries {
            guard case .presharedKey(let secret) = entry.kind else { continue }
            let rank = entry.rank(local, remote)
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

    /// An RSA private key, or the file that holds it.
    public struct PrivateKey: Sendable {
        /// Where the key is.
        public enum Source: Sendable {
            case key(RSAPrivateKey)
            /// `RSA file.pem ["passphrase"]`: as written, under ipsec.d/private unless it begins with `/`.
            case file(Name, passphrase: Secret?)
        }

        /// The key, or the file that holds it.
        public var source: Source
        /// The IDs that it is for; empty is any.
        public var identities: [Identity]
        /// The entry's first line.
        public var place: Place
    }

    /// Every RSA key, in the order of the files.
    public var privateKeys: [PrivateKey] {
        var keys: [PrivateKey] = []
        for entry in entries {
            guard case .rsa(let source) = entry.kind else { continue }
            var identities: [Identity] = []
            for index in entry.indices { if let identity = index.asIdentity { identities.append(identity) } }
            keys.append(PrivateKey(source: source, identities: identities, place: entry.place))
        }
        return keys
    }

    /// Our RSA keys, best match first: an index that is our ID, then our address, then `%any` or no index.
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
    /// How well the entry matches; 0 is not at all.
    func rank(_ local: Secrets.IndexedEnd, _ remote: Secrets.IndexedEnd) -> Int {
        if indices.isEmpty { return 1 }
        var hasAny = false
        var isAnyAlone = true
        for index in indices { if case .any = index { hasAny = true } else { isAnyAlone = false } }
        let ours = fit(local)
        let theirs = fit(remote)
        if indices.count == 1 { return hasAny ? 1 : ours > 0 ? 30 + ours : 0 }
        if ours > 0, theirs > 0 { return 50 + 4 * ours + theirs }
        if ours > 0, hasAny { return 40 + ours }
        if theirs > 0, hasAny { return 20 + theirs }
        return isAnyAlone ? 1 : 0
    }

    /// 2 when an index is this end's ID, 1 when an index is its address or host name, otherwise 0.
    private func fit(_ end: Secrets.IndexedEnd) -> Int {
        var fit = 0
        for index in indices {
            guard let written = index.asIdentity else { continue }
            if let identity = end.identity, written.matches(identity) { return 2 }
            if let address = end.address, written == .address(address) { fit = 1 }
            if case .host = index, let name = end.name, written.matches(.fqdn(name)) { fit = 1 }
        }
        return fit
    }
}
