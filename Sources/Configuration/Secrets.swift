import Crypto
import Wire

/// An ipsec.secrets with all it includes, read. The keys wipe themselves when the last owner lets go.
public struct Secrets: Sendable {
    /// In the order of the files. Never holds a secret.
    public var diagnostics: [Diagnostic] = []

    public init() {}

    /// Reads `path` and what it includes. A file that is not root's alone is refused whole. Always returns; what went wrong
    /// is in `diagnostics`.
    public static func load(_ path: Name, from source: FileSource) -> Secrets { Secrets() }

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
    ) -> Match? { nil }
}
