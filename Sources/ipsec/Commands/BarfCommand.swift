import Configuration
import Control
import Daemon
import Host
import Linux
import Wire

/// `ipsec barf`: the information for a bug report, without secrets.
///
/// The configuration is printed as Cygnet parsed it, never as the file has it: a secret in a wrong place or in a comment is not printed.
enum BarfCommand {
    /// How many octets of each file of /proc are printed.
    private static let longest = 16_384

    static func run(_ words: [Name]) -> Int32 {
        guard words.isEmpty, ThisProcess.user == 0, let options = Places.options() else {
            complain("barf takes nothing, and is for root")
            return 2
        }
        title("version")
        say("Cygnet \(Version.text)")
        for file in ["/proc/version", "/proc/uptime", "/proc/loadavg", "/proc/meminfo", "/proc/net/dev", "/proc/modules"] as [Path] {
            title("\(Name(file.bytes))")
            show(file)
        }
        title("ipsec verify")
        _ = VerifyCommand.verify()
        configuration(options)
        title("ipsec look")
        _ = LookCommand.look()
        for request in [.connections, .list(.publicKeys), .list(.certificates), .log] as [Request] {
            title("ipsec \(Sentence.joined(request.words.map { "\($0)" }, by: " "))")
            if Client.ask(request) != 0 { break }
        }
        return 0
    }

    /// The start of a file.
    private static func show(_ file: Path) {
        var text = [UInt8](repeating: 0, count: longest)
        do throws(SystemError) {
            var span = text.mutableSpan
            let count = try OpenFile(file).read(into: &span)
            StandardStream.output.write(text.span.extracting(0..<count))
            if count == longest { say("\n(the rest is left out)") }
        } catch { say("\(error)") }
    }

    private static func configuration(_ options: DaemonOptions) {
        title("ipsec.conf, as the daemon reads it")
        let read = Configuration.load(Name((options.configurationFolder / "ipsec.conf").bytes), from: DiskFiles())
        say(read.setupReport)
        for conn in read.connections { say(conn.text(showsKeys: false)) }
        let secrets = Secrets.load(Name((options.configurationFolder / "ipsec.secrets").bytes), from: DiskFiles())
        // A diagnostic may quote a secret.
        for diagnostic in read.diagnostics + secrets.diagnostics {
            say("\(diagnostic.place): 'ipsec checkconf' says what is wrong here")
        }
        title("ipsec.secrets")
        for line in secrets.summary { say(line) }
    }

    private static func title(_ what: __owned Sentence) { say("+ _________________________ \(what)") }
}
