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
        switch command.bytes {
        case Name("setup").bytes: return SetupCommand.run(words)
        case Name("auto").bytes: return AutoCommand.run(words)
        case Name("manual").bytes: return ManualCommand.run(words)
        case Name("status").bytes: return StatusCommand.run(words)
        case Name("look").bytes, Name("eroute").bytes, Name("spi").bytes: return LookCommand.run(command, words)
        case Name("verify").bytes: return VerifyCommand.run(words)
        case Name("barf").bytes: return BarfCommand.run(words)
        case Name("checkconf").bytes: return CheckConfCommand.run(words)
        case Name("showconf").bytes: return ShowConfCommand.run(words)
        case Name("ranbits").bytes: return RanbitsCommand.run(words)
        case Name("rsasigkey").bytes: return RSASigKeyCommand.run(words)
        case Name("newhostkey").bytes: return NewHostKeyCommand.run(words)
        case Name("showhostkey").bytes: return ShowHostKeyCommand.run(words)
        case Name("help").bytes, Name("--help").bytes, Name("-h").bytes: return Help.run(words)
        case Name("version").bytes, Name("--version").bytes:
            StandardStream.output.write("Cygnet \(Version.text)\n")
            return 0
        default:
            complain("no command '\(command)': there are setup, auto, manual, status, look, eroute, spi, verify, barf, checkconf, showconf, ranbits, rsasigkey, newhostkey, showhostkey, help and version")
            return 2
        }
    }
}

/// Says what is wrong on standard error.
func complain(_ text: Sentence) { StandardStream.error.write(("ipsec: \(text)\n" as Sentence).octets.span) }

enum Version {
    /// Of this program; `ipsec --version` prints it.
    static let text: StaticString = "0.1"
}
