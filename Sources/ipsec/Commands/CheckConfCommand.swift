import Configuration
import Daemon
import Host
import Linux
import Wire

/// `ipsec checkconf [FILE]`: reads the files that `setup start` would read, and reports every mistake.
enum CheckConfCommand {
    static func run(_ words: [Name]) -> Int32 {
        guard words.count < 2, !(words.first?.hasPrefix("-") ?? false) else {
            complain("checkconf takes one file, or none for the gateway's own; 'ipsec help checkconf' explains it")
            return 2
        }
        guard let file = words.first ?? ShowConfCommand.path("ipsec.conf") else { return 2 }
        let configuration = Configuration.load(file, from: DiskFiles())
        var diagnostics = configuration.diagnostics
        if words.isEmpty, let path = ShowConfCommand.path("ipsec.secrets"), let folder = ShowConfCommand.path("ipsec.d") {
            let secrets = Secrets.load(path, from: DiskFiles())
            diagnostics +=
                secrets.diagnostics
                + Credentials.faults(of: configuration, secrets, in: Path(folder.bytes), isClockSet: Clock.wall() >= Clock.built)
        }
        var errors = 0
        for diagnostic in diagnostics {
            if diagnostic.severity == .error { errors += 1 }
            StandardStream.error.write(("\(diagnostic)\n" as Sentence).octets.span)
        }
        let summary: Sentence =
            "\(file): \(configuration.connections.count) conns to use, \(errors) errors, "
            + "\(diagnostics.count - errors) warnings\n"
        StandardStream.output.write(summary.octets.span)
        return errors == 0 ? 0 : 1
    }
}
