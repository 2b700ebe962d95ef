import Linux
import Wire

/// `ipsec auto`: one automatically keyed connection, or all of them.
enum AutoCommand {
    private static let ofOne: [Name] = [
        "--add", "--delete", "--replace", "--up", "--down", "--route", "--unroute",
    ]
    private static let ofAll: [Name] = [
        "--status", "--ready", "--rereadsecrets", "--rereadall", "--listpubkeys", "--listcerts", "--listcacerts", "--listcrls",
    ]
    static func run(_ words: [Name]) -> Int32 {
        var deed: Name?
        var name: Name?
        var isAsynchronous = false
        var isForShow = false
        var file: Name?
        var words = words[...]
        while let word = words.popFirst() {
            if word == "--showonly" {
                isForShow = true
            } else if word == "--config" {
                file = words.popFirst()
                if file == nil { return refuse("--config needs a file") }
            } else if word == "--asynchronous" {
                isAsynchronous = true
            } else if word == "--rereadgroups" {
                complain("policy groups belong to opportunistic encryption, which is not implemented yet")
                return 1
            } else if word.hasPrefix("--") {
                guard ofOne.contains(word) || ofAll.contains(word) else { return refuse("no operation '\(word)'") }
                guard deed == nil else { return refuse("one operation at a time") }
                deed = word
            } else {
                guard name == nil else { return refuse("one connection at a time") }
                name = word
            }
        }
        guard let deed else { return refuse("an operation is missing") }
        if file != nil, !isForShow { return refuse("--config goes with --showonly: the daemon has its own configuration") }
        if ofAll.contains(deed) {
            return name == nil ? Client.ask(["auto", deed]) : refuse("\(deed) takes no name")
        }
        guard let name else { return refuse("\(deed) needs the name of a connection") }
        if isForShow { return ShowConfCommand.show([name], of: file, showsKeys: false) }
        return Client.ask(["auto", deed, name] + (isAsynchronous ? ["--asynchronous"] : []))
    }

    private static func refuse(_ what: __owned Sentence) -> Int32 {
        complain("auto: \(what); 'ipsec help auto' explains it")
        return 2
    }
}
