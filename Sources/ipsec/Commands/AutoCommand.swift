import Control
import Linux
import Wire

/// `ipsec auto`: one automatically keyed connection, or all of them.
enum AutoCommand {
    static func run(_ words: [Name]) -> Int32 {
        var asked: [Name] = ["auto"]
        var showsOnly = false
        var file: Name?
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--showonly": showsOnly = true
            case "--config":
                file = rest.popFirst()
                if file == nil { return refuse("auto: --config needs a file") }
            // Only the console uses it.
            case "--load": return refuse(RequestError.unknownOperation(of: "auto", word).reason)
            default: asked.append(word)
            }
        }
        if file != nil, !showsOnly { return refuse("auto: --config goes with --showonly: the daemon has its own configuration") }
        let request: Request
        do throws(RequestError) { request = try Request(asked) } catch { return refuse(error.reason) }
        if showsOnly, case .auto(_, let conn, _, _) = request { return ShowConfCommand.show([conn], of: file, showsKeys: false) }
        return Client.ask(request)
    }

    private static func refuse(_ what: __owned Sentence) -> Int32 {
        complain("\(what); 'ipsec help auto' explains it")
        return 2
    }
}
