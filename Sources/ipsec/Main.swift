import Linux
import Wire

/// `ipsec COMMAND …`: one binary, one file a command.
@main struct Main {
    static func main() {
        let arguments = ThisProcess.arguments()
        let words = Array(arguments.dropFirst())
        guard let command = words.first else {
            Help.overview()
            ThisProcess.exit(0)
        }
        ThisProcess.exit(run(command, Array(words.dropFirst())))
    }

    /// The command's exit code: 0 done, 1 failed with the reason said, 2 not understood.
    private static func run(_ command: Name, _ words: [Name]) -> Int32 {
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
        complain("no command '\(command)': there are setup, auto, manual, status, look, eroute, spi, hotplug, verify, barf, checkconf, showconf, ranbits, rsasigkey, newhostkey, showhostkey, help and version")
        return 2
    }
}

/// Says what is wrong on standard error.
func complain(_ text: Sentence) { StandardStream.error.write(("ipsec: \(text)\n" as Sentence).octets.span) }

enum Version {
    /// Of this program; `ipsec --version` prints it.
    static let text: StaticString = "0.1"
}
