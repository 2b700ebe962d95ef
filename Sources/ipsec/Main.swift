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

    /// A login shell is called `-NAME`, with nothing behind it or `-c COMMAND`; and `ipsec-console` is one in any case, for
    /// /etc/passwd and /etc/shells.
    private static func isShell(_ name: Name, _ words: [Name]) -> Bool {
        var last = Path(name.bytes).name[...]
        let isLogin = name.hasPrefix("-")
        if isLogin, last.first == UInt8(ascii: "-") { last = last.dropFirst() }
        return Name(Array(last)) == "ipsec-console" || isLogin && (words.isEmpty || words[0] == "-c")
    }

    /// A command and what carries it out.
    struct Command: Sendable {
        let name: Name
        /// Takes the words behind the name.
        let run: @Sendable ([Name]) -> Int32
    }

    /// All commands but the console's own verbs.
    private static let commands: [Command] = [
        Command(name: "auto", run: AutoCommand.run),
        Command(name: "manual", run: ManualCommand.run),
        Command(name: "setup", run: SetupCommand.run),
        Command(name: "status", run: StatusCommand.run),
        Command(name: "look", run: LookCommand.look),
        Command(name: "eroute", run: LookCommand.eroute),
        Command(name: "spi", run: LookCommand.spi),
        Command(name: "hotplug", run: HotplugCommand.run),
        Command(name: "verify", run: VerifyCommand.run),
        Command(name: "barf", run: BarfCommand.run),
        Command(name: "checkconf", run: CheckConfCommand.run),
        Command(name: "showconf", run: ShowConfCommand.run),
        Command(name: "ranbits", run: RanbitsCommand.run),
        Command(name: "rsasigkey", run: RSASigKeyCommand.run),
        Command(name: "newhostkey", run: NewHostKeyCommand.run),
        Command(name: "showhostkey", run: ShowHostKeyCommand.run),
        Command(name: "console", run: Console.run),
        Command(name: "help", run: Help.run),
        Command(name: "version", run: version),
    ]

    static var names: [Name] { commands.map { $0.name } }

    static func command(_ name: Name) -> Command? { commands.first { $0.name == name } }

    /// The command's exit code: 0 done, 1 failed with the reason said, 2 not understood.
    private static func run(_ command: Name, _ words: [Name]) -> Int32 {
        if words == ["--help"] { return Help.run([command]) }
        if let known = self.command(command) { return known.run(words) }
        if command == "--help" || command == "-h" { return Help.run(words) }
        if command == "--version" { return version(words) }
        if Grammar.verb(command) != nil { return Session.run([command] + words) }
        let all = names + Grammar.verbs.map { $0.word }.filter { self.command($0) == nil }
        var known = Nearest.hint(command, among: all)
        if known.isEmpty {
            known = ": there are"
            for word in all { known += " \(word)" }
        }
        complain("no command '\(command)'\(known)")
        return 2
    }

    private static func version(_ words: [Name]) -> Int32 {
        StandardStream.output.write("Cygnet \(Version.text)\n")
        return 0
    }
}

/// Says what is wrong on standard error.
func complain(_ text: __owned Sentence) { StandardStream.error.write(("ipsec: \(text)\n" as Sentence).octets.span) }

enum Version {
    /// Of this program; `ipsec --version` prints it.
    static let text: StaticString = "0.1"
}
