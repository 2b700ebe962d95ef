import Configuration
import Daemon
import Host
import Linux
import Wire

/// `ipsec showconf [--keys] [NAME ...]`: conns as Cygnet parsed them, in the form of ipsec.conf. It needs no daemon.
enum ShowConfCommand {
    static func run(_ words: [Name]) -> Int32 {
        var names: [Name] = []
        var showsKeys = false
        for word in words {
            if word == "--keys" {
                showsKeys = true
            } else if word.hasPrefix("-") {
                complain("showconf takes --keys and names of connections; 'ipsec help checkconf' explains it")
                return 2
            } else {
                names.append(word)
            }
        }
        return show(names, of: nil, showsKeys: showsKeys)
    }

    /// - Parameters:
    ///   - names: none for all.
    ///   - file: another ipsec.conf than the gateway's own.
    static func show(_ names: [Name], of file: Name?, showsKeys: Bool) -> Int32 {
        guard let file = file ?? path("ipsec.conf") else { return 2 }
        let configuration = Configuration.load(file, from: DiskFiles())
        if names.isEmpty {
            for conn in configuration.connections { print(conn, showsKeys) }
            return 0
        }
        var code: Int32 = 0
        for name in names {
            let conns = configuration.connections(of: name)
            for conn in conns { print(conn, showsKeys) }
            if conns.isEmpty {
                for line in configuration.explain(name) { complain("\(line)") }
                code = 1
            }
        }
        return code
    }

    private static func print(_ conn: ConnectionDescription, _ showsKeys: Bool) {
        StandardStream.output.write(conn.text(showsKeys: showsKeys).octets.span)
    }

    /// The path of a file in the configuration folder.
    static func path(_ name: Path) -> Name? {
        Places.options().map { Name(($0.configurationFolder / name).bytes) }
    }
}
