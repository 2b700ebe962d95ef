import Control
import Wire

/// `ipsec manual`: one connection whose keys are in ipsec.conf.
enum ManualCommand {
    static func run(_ words: [Name]) -> Int32 {
        let showsOnly = words.contains("--showonly")
        let shows = showsOnly || words.contains("--show")
        do throws(RequestError) {
            let request = try Request(["manual"] + words.filter { $0 != "--show" && $0 != "--showonly" })
            if shows, case .manual(_, let conn) = request {
                let shown = ShowConfCommand.show([conn], of: nil, showsKeys: false)
                if shown != 0 || showsOnly { return shown }
            }
            return Client.ask(request)
        } catch {
            complain(
                "\(error.reason): expected --up, --down, --route or --unroute, and the name of a connection; 'ipsec help manual' explains it"
            )
            return 2
        }
    }
}
