import Wire

/// The commands of `ipsec`, without the verbs of the console.
enum Command: CaseIterable {
    case auto, manual, setup, status, metrics, look, eroute, spi, hotplug, verify, barf
    case checkconf, showconf, ranbits, rsasigkey, newhostkey, showhostkey, console, help, version

    /// The word that calls it.
    var name: Name {
        switch self {
        case .auto: "auto"
        case .manual: "manual"
        case .setup: "setup"
        case .status: "status"
        case .metrics: "metrics"
        case .look: "look"
        case .eroute: "eroute"
        case .spi: "spi"
        case .hotplug: "hotplug"
        case .verify: "verify"
        case .barf: "barf"
        case .checkconf: "checkconf"
        case .showconf: "showconf"
        case .ranbits: "ranbits"
        case .rsasigkey: "rsasigkey"
        case .newhostkey: "newhostkey"
        case .showhostkey: "showhostkey"
        case .console: "console"
        case .help: "help"
        case .version: "version"
        }
    }

    /// The command that a word calls.
    init?(_ name: Name) {
        guard let command = Command.allCases.first(where: { $0.name == name }) else { return nil }
        self = command
    }

    static var names: [Name] { allCases.map { $0.name } }
}
