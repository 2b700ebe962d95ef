import Configuration
import Control
import Daemon
import Linux
import Wire

/// Commands of the console, or of one command line of a script.
extension Session {
    /// One command of the console as `ipsec VERB …`.
    static func run(_ words: [Name]) -> Int32 {
        guard let options = Places.options() else { return 2 }
        return Session(options, keyboard: nil, isTerminal: false).perform(words)
    }

    // MARK: A line

    /// A line of the console: a command, or a part of ipsec.conf.
    func handle(_ line: [UInt8]) -> Int32 {
        screen.begin()
        guard let start = line.firstIndex(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return 0 }
        let isIndented = start > 0
        if line[start] == UInt8(ascii: "#") {
            // An indented comment belongs to the conn.
            return isIndented ? edit { () throws(EditError) in try self.paste(Array(line[start...]), "") } : 0
        }
        if let name = Self.parameter(Array(line[start...])), isIndented || editedSection != nil {
            return edit { () throws(EditError) in try self.paste(Array(line[start...]), name) }
        }
        if !isIndented, Grammar.beginsSection(line[...]) { return paste(section: line) }
        return perform(Grammar.words(line))
    }

    /// The name of the parameter, if a line is `name=value`.
    private static func parameter(_ line: [UInt8]) -> Name? {
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let word = Name(Array(line[..<equals].prefix { $0 != 0x20 && $0 != 0x09 }))
        let isWhole = line[word.bytes.count..<equals].allSatisfy { $0 == 0x20 || $0 == 0x09 }
        return isWhole && !word.isEmpty ? word : nil
    }

    // MARK: A command

    /// The command's exit code: 0 success, 1 failure, 2 not understood. The reason is on standard error.
    func perform(_ words: [Name]) -> Int32 {
        guard var first = words.first else { return 0 }
        if isTerminal, let whole = Grammar.complete(first, among: Grammar.verbs.map { $0.word }) { first = whole }
        let rest = Array(words.dropFirst())
        guard let verb = Grammar.verb(first) else { return pass(on: first, rest) }
        if verb.takes == .nothing, !rest.isEmpty { return refuse("\(first) takes nothing") }
        if verb.takes == .conn, rest.count != 1 { return refuse("\(first) takes the name of a connection\(hint(rest.first, connNames))") }
        switch first {
        case "show": return show(rest)
        case "up": return operate(.up, rest[0])
        case "down": return operate(.down, rest[0])
        case "route": return operate(.route, rest[0])
        case "unroute": return operate(.unroute, rest[0])
        case "ping": return withKeyboard { Ping.run(rest, self, $0) }
        case "watch": return withKeyboard { self.ask(.watch(isJSON: false), $0, anyKeyEnds: true) }
        case "secret": return withKeyboard { self.askSecret(rest, $0) }
        case "commit", "confirm": return edit { () throws(EditError) in try self.commit(first, rest) }
        case "terminal": return terminal(rest)
        case "shell": return run("/bin/sh", ["-sh"])
        case "exit":
            isLeaving = true
            return 0
        case "setup", "help": return pass(on: first, rest)
        default: return edit { () throws(EditError) in try self.change(first, rest) }
        }
    }

    /// An operation on a conn, which is added first if it is not loaded.
    private func operate(_ operation: AutoOperation, _ conn: Name) -> Int32 {
        ask(.auto(operation, conn: conn, loads: true))
    }

    /// Runs a command of ipsec that is no verb of the console, as a process of its own with the terminal in its usual mode.
    private func pass(on command: Name, _ rest: [Name]) -> Int32 {
        guard Command(command) != nil else {
            let verbs = Grammar.verbs.map { $0.word }
            var near: Sentence = ""
            for verb in verbs where isTerminal && verb.hasPrefix(command) { near += near.isEmpty ? "; it may be \(verb)" : " or \(verb)" }
            if near.isEmpty { near = Nearest.hint(command, among: verbs + Command.names) }
            return refuse("no command '\(command)'\(near)\(isTerminal ? "; '?' lists them" : "")")
        }
        return run("/proc/self/exe", ["ipsec", command] + rest)
    }
}
