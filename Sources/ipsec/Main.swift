import Configuration
import Linux
import Wire

/// `ipsec COMMAND …`: one binary, one file a command.
@main struct Main {
    static func main() {
        ThisProcess.hideMemory()
        let arguments = ThisProcess.arguments()
        let words = Array(arguments.dropFirst())
        if isShell(arguments.first ?? "", words) { ThisProcess.exit(Console.run(words)) }
        guard let command = words.first else {
            Help.overview()
            ThisProcess.exit(0)
        }
        ThisProcess.exit(run(command, Array(words.dropFirst())))
    }

    /// login(1) calls a shell `-NAME`, without arguments or with `-c COMMAND`. `ipsec-console` is always a shell, for /etc/passwd and
    /// /etc/shells.
    private static func isShell(_ name: Name, _ words: [Name]) -> Bool {
        var last = Path(name.bytes).name[...]
        let isLogin = name.hasPrefix("-")
        if isLogin, last.first == UInt8(ascii: "-") { last = last.dropFirst() }
        return Name(Array(last)) == "ipsec-console" || isLogin && (words.isEmpty || words[0] == "-c")
    }

    /// The command's exit code: 0 success, 1 failure, 2 not understood. The reason is on standard error.
    private static func run(_ command: Name, _ words: [Name]) -> Int32 {
        if words == ["--help"] { return help([command]) }
        if let known = Command(command) { return run(known, words) }
        if command == "--help" || command == "-h" { return help(words) }
        if command == "--version" { return version(words) }
        if command == "watch", words == ["--json"] { return StatusCommand.watch() }
        if Grammar.verb(command) != nil { return Session.run([command] + words) }
        let all = Command.names + Grammar.verbs.map { $0.word }.filter { Command($0) == nil }
        var known = Nearest.hint(command, among: all)
        if known.isEmpty {
            known = ": there are"
            for word in all { known += " \(word)" }
        }
        complain("no command '\(command)'\(known)")
        return 2
    }

    private static func run(_ command: Command, _ words: [Name]) -> Int32 {
        switch command {
        case .auto: AutoCommand.run(words)
        case .manual: ManualCommand.run(words)
        case .setup: SetupCommand.run(words)
        case .status: StatusCommand.run(words)
        case .metrics: StatusCommand.metrics(words)
        case .look: LookCommand.look(words)
        case .eroute: LookCommand.eroute(words)
        case .spi: LookCommand.spi(words)
        case .hotplug: HotplugCommand.run(words)
        case .verify: VerifyCommand.run(words)
        case .barf: BarfCommand.run(words)
        case .checkconf: CheckConfCommand.run(words)
        case .showconf: ShowConfCommand.run(words)
        case .ranbits: RanbitsCommand.run(words)
        case .rsasigkey: RSASigKeyCommand.run(words)
        case .newhostkey: NewHostKeyCommand.run(words)
        case .showhostkey: ShowHostKeyCommand.run(words)
        case .console: Console.run(words)
        case .help: help(words)
        case .version: version(words)
        }
    }

    /// The verbs of the console have one page.
    private static func help(_ words: [Name]) -> Int32 {
        guard let topic = words.first, !Help.has(topic), Grammar.verb(topic) != nil else { return Help.run(words) }
        return Help.run(["console"])
    }

    private static func version(_ words: [Name]) -> Int32 {
        StandardStream.output.write("Cygnet \(Version.text)\n")
        return 0
    }
}
