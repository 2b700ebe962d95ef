import Wire

/// A request as words, and as the line that carries them: words with one blank between them, and a newline.
extension Request {
    /// All requests whose words never vary.
    static let fixed: [Request] =
        KeyList.allCases.map { .list($0) } + [
            .connections, .ready, .rereadSecrets, .rereadAll, .rereadGroups, .status(isJSON: false), .status(isJSON: true), .metrics,
            .eroutes, .associations, .counters, .memory, .interfaces, .addresses, .log, .watch(isJSON: false), .watch(isJSON: true),
            .reload, .stop, .restart,
        ]

    /// The words that `init(_:)` makes this request of.
    public var words: [Name] {
        switch self {
        case .auto(let operation, let conn, let loads, let isAsynchronous):
            ["auto", operation.word, conn] + (loads ? ["--load"] : []) + (isAsynchronous ? ["--asynchronous"] : [])
        case .manual(let operation, let conn): ["manual", operation.word, conn]
        case .connections: ["auto", "--status"]
        case .ready: ["auto", "--ready"]
        case .rereadSecrets: ["auto", "--rereadsecrets"]
        case .rereadAll: ["auto", "--rereadall"]
        case .rereadGroups: ["auto", "--rereadgroups"]
        case .list(let list): ["auto", list.word]
        case .status(let isJSON): isJSON ? ["status", "--json"] : ["status"]
        case .metrics: ["metrics"]
        case .eroutes: ["eroute"]
        case .associations: ["spi"]
        case .counters: ["counters"]
        case .memory: ["memory"]
        case .interfaces: ["interfaces"]
        case .addresses: ["addresses"]
        case .log: ["log"]
        case .watch(let isJSON): isJSON ? ["watch", "--json"] : ["watch"]
        case .hotplug(let interface, let change): ["hotplug", interface, change.word]
        case .reload: ["reload"]
        case .stop: ["setup", "stop"]
        case .restart: ["setup", "restart"]
        }
    }

    /// The words of a command line or of a request line. `auto` takes its operation, its options and the name in any order.
    public init(_ words: [Name]) throws(RequestError) {
        for word in words where !Self.isPrintable(word) { throw .unprintable(word) }
        guard let command = words.first else { throw .empty }
        if let known = Self.fixed.first(where: { $0.words == words }) {
            self = known
            return
        }
        let rest = words.dropFirst()
        switch command {
        case "auto": self = try Self.auto(rest)
        case "manual":
            let (operation, conn) = try Self.operation(rest, of: command, among: ManualOperation.allCases) { $0.word }
            self = .manual(operation, conn: conn)
        case "hotplug":
            let (change, interface) = try Self.operation(
                Array(rest.reversed())[...], of: command, among: InterfaceChange.allCases
            ) { $0.word }
            self = .hotplug(interface: interface, change)
        case "setup":
            guard let word = rest.first else { throw .missingOperation(of: command) }
            throw .unknownOperation(of: command, word)
        default:
            // One of the fixed ones, and more behind it.
            guard Self.fixed.contains(where: { $0.words[0] == command }), let word = rest.first else { throw .unknown(command) }
            throw .unexpected(word)
        }
    }

    /// The line with its newline.
    public func line() throws(RequestError) -> [UInt8] {
        var line: [UInt8] = []
        for word in words {
            guard Self.isPrintable(word) else { throw .unprintable(word) }
            line += word.bytes + [UInt8(ascii: " ")]
        }
        line[line.count - 1] = UInt8(ascii: "\n")
        guard line.count <= Limits.controlRequest else { throw .tooLong }
        return line
    }

    /// A line without its newline.
    public init(line: ArraySlice<UInt8>) throws(RequestError) {
        try self.init(line.split(separator: UInt8(ascii: " ")).map { Name(Array($0)) })
    }

    private static func auto(_ words: ArraySlice<Name>) throws(RequestError) -> Request {
        var operation: AutoOperation?
        var conn: Name?
        var loads = false
        var isAsynchronous = false
        for word in words {
            switch word {
            case "--load": loads = true
            case "--asynchronous": isAsynchronous = true
            case _ where word.hasPrefix("--"):
                guard let known = AutoOperation.allCases.first(where: { $0.word == word }) else {
                    // A request about no conn has only one word.
                    if fixed.contains(where: { $0.words == ["auto", word] }) {
                        throw .unexpected(words.first { $0 != word } ?? word)
                    }
                    throw .unknownOperation(of: "auto", word)
                }
                guard operation == nil else { throw .secondOperation(word) }
                operation = known
            default:
                guard conn == nil else { throw .unexpected(word) }
                conn = word
            }
        }
        guard let operation else { throw .missingOperation(of: "auto") }
        guard let conn else { throw .missingConn(operation.word) }
        return .auto(operation, conn: conn, loads: loads, isAsynchronous: isAsynchronous)
    }

    /// An operation and the name that it is about.
    private static func operation<Operation>(
        _ words: ArraySlice<Name>, of command: Name, among all: [Operation], spelled word: (Operation) -> Name
    ) throws(RequestError) -> (Operation, Name) {
        guard let first = words.first else { throw .missingOperation(of: command) }
        guard let operation = all.first(where: { word($0) == first }) else { throw .unknownOperation(of: command, first) }
        guard let name = words.dropFirst().first else { throw .missingConn(first) }
        if words.count > 2 { throw .unexpected(words[words.startIndex + 2]) }
        return (operation, name)
    }

    private static func isPrintable(_ word: Name) -> Bool { !word.isEmpty && word.bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F } }
}
