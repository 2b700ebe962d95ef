import Wire

/// An ipsec.conf with all it includes, read.
///
/// A conn with an error in it is left out and does not stop the others; every complaint is kept.
public struct Configuration: Sendable {
    /// Defaults stand in for what is wrong in `config setup`.
    public var setup = Setup()
    /// In the order of the files. Complete ones only: sections that merely serve `also=` are not among them.
    public var connections: [ConnectionDescription] = []
    /// By file, in the order they were opened, then by line.
    public var diagnostics: [Diagnostic] = []

    /// The conns that are not among `connections`, and why.
    private var absent: [(name: Name, reasons: [Sentence])] = []
    private var path: Name = ""

    public init() {}

    /// Reads `path` and what it includes. Always returns; what went wrong is in `diagnostics`.
    public static func load(_ path: Name, from source: FileSource) -> Configuration {
        var configuration = Configuration()
        configuration.path = path
        var reader = SectionReader(source)
        reader.read(path)
        configuration.setup = Setup(reader.setup, &reader.diagnostics)
        configuration.assemble(reader)
        return configuration
    }

    public func connection(named name: Name) -> ConnectionDescription? { connections.first { $0.name == name } }

    /// Why `connection(named:)` returned `nil`: lines for whoever asked, never empty.
    public func explain(_ name: Name) -> [String] {
        if let found = absent.first(where: { $0.name == name }) { return found.reasons.map { $0.text } }
        let names = connections.map { $0.name } + absent.map { $0.name }
        let reason: Sentence = "there is no conn \(shown(name.bytes)) in \(shown(path))"
            + Nearest.hint(to: name.bytes, among: names)
        return [reason.text]
    }

    // MARK: From sections to connections

    private mutating func assemble(_ reader: SectionReader) {
        var diagnostics = reader.diagnostics
        for section in reader.sections {
            let inherited = Inherited(section, from: reader.sections, defaults: reader.defaults)
            var conn = ConnectionReader(section, inherited, myID: setup.myID)
            let outcome = conn.read(servesOthers: reader.isServed(section.name))
            for error in inherited.errors { diagnostics.sayOnce(.error, error.place, error.text) }
            if case .complete(let description) = outcome {
                connections.append(description)
            } else {
                if case .refused = outcome { for error in conn.errors {
                    diagnostics.sayOnce(.error, error.place, error.text) }
                }
                absent.append((section.name, Self.reasons(section, inherited, conn.errors)))
            }
            for warning in conn.warnings { diagnostics.sayOnce(.warning, warning.place, warning.text) }
        }
        Self.checkNames(reader, &diagnostics)
        self.diagnostics = diagnostics.all(reader.includes.order)
    }

    /// What stands in the way of a conn, bounded.
    private static func reasons(
        _ section: Section, _ inherited: Inherited, _ errors: [(place: Place, text: Sentence)]
    ) -> [Sentence] {
        var reasons = section.complaints + inherited.parameters.compactMap { $0.complaint }
        reasons += (inherited.errors + errors).map { "\($0.place): \($0.text)" }
        if reasons.isEmpty {
            reasons = ["conn \(section.name) has no left= and right= of its own: it only serves also="]
        }
        if reasons.count > Limits.reasons { reasons.removeLast(reasons.count - Limits.reasons) }
        return reasons
    }

    /// Names in `plutoload=` and `plutostart=` that no conn has.
    private static func checkNames(_ reader: SectionReader, _ diagnostics: inout Diagnostics) {
        for parameter in reader.setup where parameter.key == .plutoLoad || parameter.key == .plutoStart {
            guard case .names(let names) = parameter.value else { continue }
            for name in names where !reader.sections.contains(where: { $0.name == name }) {
                let hint = Nearest.hint(to: name.bytes, among: reader.sections.map { $0.name })
                diagnostics.error(parameter.place, "\(parameter.word)=: there is no conn \(name)\(hint)")
            }
        }
    }
}
