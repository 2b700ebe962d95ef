import Configuration
import Wire

/// The console's commands and their arguments, for completion and for `Session`.
enum Grammar {
    /// The arguments of a command.
    enum Takes: UInt8 {
        case nothing = 0x6E // n
        case conn = 0x63 // c
        case section = 0x65 // e
        case topic = 0x73 // s
        case parameter = 0x70 // p
        case setting = 0x76 // v
        case host = 0x68 // h
        case commit = 0x6D // m
        case terminal = 0x74 // t
        case ids = 0x69 // i
        case setup = 0x75 // u
        case help = 0x6C // l
    }

    struct Verb {
        let word: Name
        let takes: Takes
        let about: Sentence
    }

    /// A word that may come next.
    struct Offer {
        let word: Name
        let about: Sentence
    }

    /// What completion depends on beside the words. The closures are called only if needed.
    struct Context {
        var conns: () -> [Name]
        var addresses: () -> [Name]
        /// The section being edited; empty for none.
        var section: Name
    }

    static let verbs: [Verb] = {
        var verbs: [Verb] = []
        for line in lines(table) {
            verbs.append(Verb(word: line[0], takes: Takes(rawValue: line[1].bytes[0]) ?? .nothing, about: "\(line[2])"))
        }
        return verbs
    }()

    /// A word, a letter of `Takes`, and what it does.
    private static let table: StaticString = """
        show\ts\twhat there is; 'show ?' lists it
        up\tc\tbring up a connection, and show how it goes
        down\tc\ttake it down; its traffic is dropped
        route\tc\tencrypt or drop its traffic from now on
        unroute\tc\tlet its traffic go in the clear
        ping\th\techo requests: ping HOST [from ADDRESS]
        watch\tn\tshow what happens, until a key is pressed
        edit\te\tchange a conn, or begin one; %default, %setup
        set\tv\tset left=192.0.2.1: a parameter of it
        unset\tp\ttake a parameter out of it
        end\tn\tleave the conn that is being edited
        delete\te\tdelete a conn
        compare\tn\twhat is changed and not in force yet
        check\tn\twhat is wrong with it
        commit\tm\twrite it to ipsec.conf and put it in force
        confirm\tn\tkeep what 'commit confirm' put in force
        discard\tn\tthrow the changes away
        secret\ti\task for a pre-shared key: secret ID ID
        setup\tu\tstart and stop IPsec
        terminal\tt\tterminal settings
        shell\tn\tthe system's shell; 'exit' comes back
        help\tl\thelp, and all other commands of ipsec
        exit\tn\tleave the console
        """

    private static let topics: StaticString = """
        status\teach connection, and what it carried
        connections\tconnections and states in full
        interfaces\taddresses, and connections that use them
        counters\teroutes, SAs, packets, refused messages
        memory\tmemory in use and its limit
        log\tthe latest lines of the log
        configuration\tipsec.conf, with what is being changed; [NAME]
        changes\twhat is changed and not in force yet
        secrets\tIDs that have a secret
        """

    /// `word TAB about` lines.
    private static func lines(_ text: StaticString) -> [[Name]] {
        text.octets.split(separator: 0x0A).map { $0.split(separator: 0x09).map { Name(Array($0)) } }
    }

    private static func offers(_ text: StaticString) -> [Offer] { lines(text).map { Offer(word: $0[0], about: "\($0[1])") } }

    /// What `help` has pages about.
    private static let helpTopics: [Name] = [
        "console", "setup", "auto", "manual", "status", "look", "keys", "ipsec.conf", "ipsec.secrets", "checkconf", "hotplug",
    ]

    static var showTopics: [Name] { offers(topics).map { $0.word } }

    static func verb(_ word: Name) -> Verb? {
        for verb in verbs where verb.word == word { return verb }
        return nil
    }

    // MARK: Completion

    /// The words that may follow, and a description of what else is expected there.
    static func next(after words: [Name], _ context: Context) -> (offers: [Offer], expected: Sentence) {
        guard let first = words.first else { return (verbs.map { Offer(word: $0.word, about: $0.about) }, "") }
        guard let verb = complete(first, among: verbs.map { $0.word }).flatMap({ Grammar.verb($0) }) else { return ([], "") }
        let isSetup = context.section == ConfigurationText.setup
        let place = words.count
        func names(_ names: [Name]) -> [Offer] { names.map { Offer(word: $0, about: "") } }
        switch verb.takes {
        case .conn where place == 1: return (names(context.conns()), "NAME: a connection")
        case .section where place == 1:
            return (names(context.conns() + ["%default", ConfigurationText.setup]), "NAME: a conn of ipsec.conf, or a new one")
        case .topic where place == 1: return (offers(topics), "")
        case .topic where place == 2 && words[1] == "configuration": return (names(context.conns()), "or nothing: all of it")
        case .parameter where place == 1: return (parameters(isSetup, nil), "")
        case .setting where place == 1: return (parameters(isSetup, UInt8(ascii: "=")), "NAME=VALUE")
        case .setting where place == 2 && !words[1].bytes.contains(UInt8(ascii: "=")):
            return (names(Parameters.values(of: words[1], inSetup: isSetup)), Parameters.about(words[1], inSetup: isSetup))
        case .host where place == 1: return ([], "HOST: an address")
        case .host where place == 2: return (names(["from", "count"]), "or nothing: from the source address of the route")
        case .host where words[place - 1] == "from": return (names(context.addresses()), "an address of this machine")
        case .host where words[place - 1] == "count": return ([], "how many")
        case .commit where place == 1:
            return (names(["confirm"]), "or nothing; 'commit confirm MINUTES' restores the former file unless confirmed")
        case .commit where place == 2: return ([], "MINUTES, or 90s")
        case .terminal:
            if place % 2 == 1 { return (names(["columns", "lines", "echo"]), "") }
            if words[place - 1] == "echo" { return (names(["on", "off"]), "off: the terminal echoes what is typed") }
            return ([], words[place - 1] == "lines" ? "lines on a page, 0 for no pages" : "characters in a line")
        case .ids: return ([], "ID: an address, @name, user@name or %any; none: those of the conn being edited")
        case .setup where place == 1: return (names(["start", "stop", "restart", "reload", "status"]), "")
        case .help where place == 1: return (names(helpTopics), "")
        default: return ([], "")
        }
    }

    /// The names of parameters: the usual ones with an explanation, then all others.
    private static func parameters(_ isSetup: Bool, _ sign: UInt8?) -> [Offer] {
        let usual = Parameters.usual(inSetup: isSetup)
        let tail: [UInt8] = sign.map { [$0] } ?? []
        var offers = usual.map { Offer(word: Name($0.name.bytes + tail), about: $0.about) }
        for name in Parameters.all(inSetup: isSetup) where !usual.contains(where: { $0.name == name }) {
            let about = name.hasPrefix("right") ? Parameters.about(name, inSetup: isSetup) : ""
            offers.append(Offer(word: Name(name.bytes + tail), about: about))
        }
        return offers
    }

    /// The offers for the last word of a line, filtered by what is typed of it.
    static func offers(for line: ArraySlice<UInt8>, _ context: Context) -> (part: [UInt8], offers: [Offer], expected: Sentence) {
        var before = words(Array(line))
        var part: [UInt8] = []
        if let last = line.last, last != 0x20, !before.isEmpty { part = before.removeLast().bytes }
        var (offers, expected) = next(after: before, context)
        // A value after the equals sign.
        if let equals = part.firstIndex(of: UInt8(ascii: "=")), before.count == 1,
            complete(before[0], among: verbs.map { $0.word }) == "set"
        {
            let name = Name(Array(part[..<equals]))
            let isSetup = context.section == ConfigurationText.setup
            offers = Parameters.values(of: name, inSetup: isSetup).map { Offer(word: Name(part[...equals] + $0.bytes), about: "") }
            expected = Parameters.about(name, inSetup: isSetup)
        }
        return (part, offers.filter { $0.word.bytes.starts(with: part) }, expected)
    }

    /// What Tab appends to `part`: the prefix that all offers share, and a blank after a single offer.
    static func completion(of part: [UInt8], among offers: [Offer]) -> [UInt8] {
        guard let first = offers.first else { return [] }
        var shared = first.word.bytes
        for offer in offers.dropFirst() {
            var count = 0
            while count < shared.count, count < offer.word.bytes.count, shared[count] == offer.word.bytes[count] { count += 1 }
            shared.removeLast(shared.count - count)
        }
        if offers.count == 1, shared.last != UInt8(ascii: "=") { shared.append(0x20) }
        return Array(shared.dropFirst(part.count))
    }

    /// The word that an abbreviation means: an exact match, or the only word with this prefix.
    static func complete(_ word: Name, among words: [Name]) -> Name? {
        var found: Name?
        for other in words where other.hasPrefix(word) {
            if other == word { return other }
            guard found == nil else { return nil }
            found = other
        }
        return found
    }

    // MARK: Words

    /// The words of a line. Quotation marks group blanks into a word and are removed; the braces of a list group and stay.
    static func words(_ line: [UInt8]) -> [Name] {
        var words: [Name] = []
        var word: [UInt8]?
        var isQuoted = false
        var isBraced = false
        for octet in line {
            if octet == UInt8(ascii: "{") { isBraced = true }
            if octet == UInt8(ascii: "}") { isBraced = false }
            if octet == UInt8(ascii: "\"") {
                isQuoted.toggle()
                word = word ?? []
            } else if !isQuoted, !isBraced, octet == 0x20 || octet == 0x09 || octet == 0x0D {
                if let whole = word { words.append(Name(whole)) }
                word = nil
            } else {
                word = (word ?? []) + [octet]
            }
        }
        if let whole = word { words.append(Name(whole)) }
        return words
    }

    /// Whether a line so far is text of ipsec.conf, a comment or an open quotation, where nothing is completed.
    static func isProse(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return false }
        if first == 0x20 || first == 0x09 || first == UInt8(ascii: "#") { return true }
        if beginsSection(line) { return true }
        if let brace = line.lastIndex(of: UInt8(ascii: "{")), !line[brace...].contains(UInt8(ascii: "}")) { return true }
        var isQuoted = false
        var last: UInt8 = 0
        for octet in line {
            if octet == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted, octet == UInt8(ascii: "#"), last == 0x20 { return true }
            last = octet
        }
        return isQuoted
    }

    /// `conn NAME`, `config setup`, `include FILE`, `version 2`.
    static func beginsSection(_ line: ArraySlice<UInt8>) -> Bool {
        for word in ["conn", "config", "include", "version"] as [Name]
        where Name(Array(line.prefix(word.bytes.count))).lowercased == word {
            if let next = line.dropFirst(word.bytes.count).first, next == 0x20 || next == 0x09 { return true }
        }
        return false
    }

    /// The octet where a secret begins, which is neither shown nor remembered: after the name of a key, or PSK; `nil` for none.
    static func secretStart(_ line: [UInt8]) -> Int? {
        var start = 0
        while start < line.count {
            var end = start
            while end < line.count, line[end] > 0x20, line[end] != UInt8(ascii: "=") { end += 1 }
            let word = Name(Array(line[start..<end])).lowercased
            if end < line.count, word == "psk" || word == "rsa" || Parameters.isKey(word) { return end + 1 }
            start = end + 1
        }
        return nil
    }
}
