import Crypto
import Wire

/// An ipsec.secrets with all it includes, read. The keys wipe themselves when the last owner lets go.
public struct Secrets: Sendable {
    /// In the order of the files. Never holds a secret.
    public var diagnostics: [Diagnostic] = []

    var entries: [Entry] = []

    public init() {}

    /// Reads `path` and what it includes. A file that is not root's alone is refused whole. Always returns; what went wrong
    /// is in `diagnostics`.
    public static func load(_ path: Name, from source: FileSource) -> Secrets {
        var reader = SecretsReader(source)
        reader.read(path)
        var secrets = Secrets()
        secrets.entries = reader.entries
        secrets.diagnostics = reader.diagnostics.all(reader.includes.order)
        return secrets
    }

    /// How many pre-shared keys there are.
    public var count: Int { entries.count }

    /// One pre-shared key and whom it is for.
    struct Entry: Sendable {
        var indices: [Index]
        var secret: Secret
        var place: Place
    }

    enum Index: Hashable, Sendable {
        /// `%any`, `%any6`, `0.0.0.0`, `::`
        case any
        case identity(Identity)
        /// An ID of a kind that nothing can have yet: a distinguished name.
        case unknown
    }

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
            let rank = entry.rank(local, localAddress, remote, remoteAddress)
            guard rank > 0, rank >= best else { continue }
            if rank > best {
                best = rank
                match = Match(secret: entry.secret, place: entry.place)
            } else if let found = match, found.rival == nil, !found.secret.equals(entry.secret) {
                match?.rival = entry.place
            }
        }
        return match
    }
}

extension Secrets.Entry {
    /// How well the entry fits; 0 is not at all.
    func rank(_ local: Identity, _ localAddress: Address, _ remote: Identity?, _ remoteAddress: Address?) -> Int {
        if indices.isEmpty { return 1 }
        let hasAny = indices.contains(.any)
        let ours = fit(local, localAddress)
        let theirs = fit(remote, remoteAddress)
        if indices.count == 1 { return hasAny ? 1 : ours > 0 ? 30 + ours : 0 }
        if ours > 0, theirs > 0 { return 50 + 4 * ours + theirs }
        if ours > 0, hasAny { return 40 + ours }
        if theirs > 0, hasAny { return 20 + theirs }
        return indices.allSatisfy { $0 == .any } ? 1 : 0
    }

    /// 2 when an index is this ID, 1 when it is only this address, 0 when there is neither.
    private func fit(_ identity: Identity?, _ address: Address?) -> Int {
        var fit = 0
        for case .identity(let index) in indices {
            if let identity, index.names(identity) { return 2 }
            if let address, index == .address(address) { fit = 1 }
        }
        return fit
    }
}

extension Identity {
    /// Whether both are the same ID; names differ neither by case nor by a dot at the end.
    func names(_ other: Identity) -> Bool {
        switch (self, other) {
        case (.fqdn(let a), .fqdn(let b)), (.userFQDN(let a), .userFQDN(let b)): Self.plain(a) == Self.plain(b)
        default: self == other
        }
    }

    private static func plain(_ name: Name) -> Name {
        let lower = name.lowercased
        return lower.bytes.last == UInt8(ascii: ".") ? Name(Array(lower.bytes.dropLast())) : lower
    }
}
