import Wire

/// An ipsec.conf with all it includes, read.
///
/// A conn with an error in it is left out and does not stop the others; every complaint is kept.
public struct Configuration: Sendable {
    /// Defaults stand in for what is wrong in `config setup`.
    public var setup = Setup()
    /// In the order of the files. Complete ones only: sections that merely serve `also=` are not among them.
    public var connections: [ConnectionDescription] = []
    /// In the order of the files.
    public var diagnostics: [Diagnostic] = []

    public init() {}

    /// Reads `path` and what it includes. Always returns; what went wrong is in `diagnostics`.
    public static func load(_ path: Name, from source: FileSource) -> Configuration { Configuration() }

    public func connection(named name: Name) -> ConnectionDescription? { connections.first { $0.name == name } }

    /// Why `connection(named:)` returned `nil`: lines for whoever asked, never empty.
    public func explain(_ name: Name) -> [String] { ["there is no conn \(name)"] }
}
