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

    /// What there is beside the console's own commands.
    static let commands: [Name] = [
        "auto", "manual", "setup", "status", "look", "eroute", "spi", "hotplug", "verify", "barf", "checkconf", "showconf", "ranbits",
        "rsasigkey", "newhostkey", "showhostkey", "console", "help", "version",
    ]

    /// The command's exit code: 0 done, 1 failed with the reason said, 2 not understood.
    private static func run(_ command: Name, _ words: [Name]) -> Int32 {
        if words == ["--help"] { return Help.run([command]) }
        if command == "setup" { return SetupCommand.run(words) }
        if command == "auto" { return AutoCommand.run(words) }
        if command == "manual" { return ManualCommand.run(words) }
        if command == "status" { return StatusCommand.run(words) }
        if command == "look" || command == "eroute" || command == "spi" { return LookCommand.run(command, words) }
        if command == "hotplug" { return HotplugCommand.run(words) }
        if command == "verify" { return VerifyCommand.run(words) }
        if command == "barf" { return BarfCommand.run(words) }
        if command == "checkconf" { return CheckConfCommand.run(words) }
        if command == "showconf" { return ShowConfCommand.run(words) }
        if command == "ranbits" { return RanbitsCommand.run(words) }
        if command == "rsasigkey" { return RSASigKeyCommand.run(words) }
        if command == "newhostkey" { return NewHostKeyCommand.run(words) }
        if command == "showhostkey" { return ShowHostKeyCommand.run(words) }
        if command == "help" || command == "--help" || command == "-h" { return Help.run(words) }
        if command == "version" || command == "--version" {
            StandardStream.output.write("Cygnet \(Version.text)\n")
            return 0
        }
        if command == "console" { return Console.run(words) }
        if Grammar.verb(command) != nil { return Session.run([command] + words) }
        let all = commands + Grammar.verbs.map { $0.word }.filter { !commands.contains($0) }
        var known = Nearest.hint(command, among: all)
        if known.isEmpty {
            known = ": there are"
            for word in all { known += " \(word)" }
        }
        complain("no command '\(command)'\(known)")
        return 2
    }
}

/// Says what is wrong on standard error.
func complain(_ text: __owned Sentence) { StandardStream.error.write(("ipsec: \(text)\n" as Sentence).octets.span) }

enum Version {
    /// Of this program; `ipsec --version` prints it.
    static let text: StaticString = "0.1"
}
