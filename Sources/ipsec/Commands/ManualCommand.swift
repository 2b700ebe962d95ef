import Wire

/// `ipsec manual`: one connection whose keys stand in ipsec.conf.
enum ManualCommand {
    static func run(_ words: [Name]) -> Int32 {
        let deeds: [Name] = ["--up", "--down", "--route", "--unroute"]
        let isForShow = words.contains("--show") || words.contains("--showonly")
        let asked = words.filter { $0 != "--show" && $0 != "--showonly" }
        guard asked.count == 2, deeds.contains(asked[0]), !asked[1].hasPrefix("--") else {
            complain("manual: expected --up, --down, --route or --unroute, and the name of a connection; 'ipsec help manual' explains it")
            return 2
        }
        if isForShow {
            let shown = ShowConfCommand.show([asked[1]], of: nil, showsKeys: false)
            if shown != 0 || words.contains("--showonly") { return shown }
        }
        return Client.ask(["manual", asked[0], asked[1]])
    }
}
