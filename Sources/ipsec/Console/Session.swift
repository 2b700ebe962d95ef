import Configuration
import Control
import Crypto
import Daemon
import Host
import Linux
import Wire

/// Executes commands of the console, or of one command line of a script; both have the same meaning.
final class Session {
    let options: DaemonOptions
    let candidate: Candidate
    let screen: Screen
    /// The input; `nil` for a single command.
    let keyboard: Keyboard?
    /// The input is a terminal.
    let isTerminal: Bool
    var isLeaving = false
    /// `terminal echo off`
    var isEchoedByTerminal = false

    init(_ options: DaemonOptions, keyboard: Keyboard?, isTerminal: Bool) {
        self.options = options
        self.keyboard = keyboard
        self.isTerminal = isTerminal
        candidate = Candidate(options)
        screen = Screen(isTerminal ? keyboard : nil)
    }

    /// One command of the console as `ipsec VERB …`.
    static func run(_ words: [Name]) -> Int32 {
        guard let options = Places.options() else { return 2 }
        return Session(options, keyboard: nil, isTerminal: false).perform(words)
    }

    func say(_ line: __owned Sentence) { screen.line(line) }

    func fail(_ what: __owned Sentence) -> Int32 {
        complain(what)
        return 1
    }

    func refuse(_ what: __owned Sentence) -> Int32 {
        complain(what)
        return 2
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

    /// The name of the parameter, where a line is `name=value`.
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
        case "watch": return withKeyboard { Client.watch(self, $0) }
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

    /// An operation on a conn, which is added first where it is not loaded.
    private func operate(_ operation: AutoOperation, _ conn: Name) -> Int32 {
        Client.ask(.auto(operation, conn: conn, loads: true), self)
    }

    /// Runs a command of ipsec that is no verb of the console, as a process of its own with the terminal in its usual mode.
    private func pass(on command: Name, _ rest: [Name]) -> Int32 {
        guard Main.command(command) != nil else {
            let verbs = Grammar.verbs.map { $0.word }
            var near: Sentence = ""
            for verb in verbs where isTerminal && verb.hasPrefix(command) { near += near.isEmpty ? "; it may be \(verb)" : " or \(verb)" }
            if near.isEmpty { near = Nearest.hint(command, among: verbs + Main.names) }
            return refuse("no command '\(command)'\(near)\(isTerminal ? "; '?' lists them" : "")")
        }
        return run("/proc/self/exe", ["ipsec", command] + rest)
    }

    private func run(_ program: Path, _ words: [Name]) -> Int32 {
        if isTerminal { TerminalLine.setRaw(false) }
        defer { if isTerminal { TerminalLine.setRaw(true) } }
        do throws(SystemError) {
            return try TerminalLine.run(program, words.map { $0.bytes })
        } catch { return fail("\(error)") }
    }

    /// Calls `body` with the keyboard. A single command on a terminal opens it for as long as it runs.
    func withKeyboard<Result>(_ body: (Keyboard?) -> Result) -> Result {
        if keyboard != nil { return body(isTerminal ? keyboard : nil) }
        guard TerminalLine.exists else { return body(nil) }
        TerminalLine.setRaw(true)
        defer { TerminalLine.setRaw(false) }
        return body(Keyboard(isTerminal: true))
    }

    /// `terminal`: sets `columns N`, `lines N`, `echo on|off`.
    func terminal(_ words: [Name]) -> Int32 {
        var index = 0
        while index + 1 < words.count {
            let number = Text.decimal(words[index + 1].bytes, limit: 999).map { Int($0) }
            if words[index] == "columns", let number, number >= 20 {
                screen.columns = number
            } else if words[index] == "lines", let number, number != 1 {
                screen.lines = number
            } else if words[index] == "echo", words[index + 1] == "on" || words[index + 1] == "off" {
                isEchoedByTerminal = words[index + 1] == "off"
            } else {
                break
            }
            index += 2
        }
        guard index == words.count, !words.isEmpty || isTerminal else {
            return refuse("terminal takes columns N (20 and more), lines N (0 for no pages), echo on|off")
        }
        if words.isEmpty {
            say("columns \(screen.columns) lines \(screen.lines) echo \(isEchoedByTerminal ? "off" : "on")" as Sentence)
        }
        return 0
    }

    // MARK: Names

    /// The names of conns, with the ipsec.conf that they were read from.
    private var names: (list: [Name], of: FileStatus?, kept: Bool)?

    var connNames: [Name] {
        try? candidate.refresh()
        let status = try? Files.status(candidate.file.path)
        if let names, names.of == status, !candidate.exists, !names.kept { return names.list }
        var list: [Name] = []
        for conn in candidate.read().connections {
            // The name of the conn means all its pairs of subnets.
            if conn.section != conn.name, list.last != conn.section, !list.contains(conn.section) { list.append(conn.section) }
            list.append(conn.name)
        }
        for name in candidate.text.sections where name.bytes[0] != UInt8(ascii: "%") && !list.contains(name) { list.append(name) }
        names = (list, status, candidate.exists)
        return list
    }

    /// This machine's addresses; none where no daemon runs, or where it is too busy to answer while somebody types.
    var ownAddresses: [Name] { Client.values(.addresses, options, within: 40_000_000).map { Name($0.octets) } }

    func hint(_ word: Name?, _ names: [Name]) -> Sentence { word.map { Nearest.hint($0, among: names) } ?? "" }

    /// The conn that is being edited.
    var editedSection: Name? {
        try? candidate.refresh()
        return candidate.section.isEmpty ? nil : candidate.section
    }
}
