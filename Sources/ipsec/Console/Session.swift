import Configuration
import Control
import Crypto
import Daemon
import Host
import Linux
import Wire

/// The state of a console, or of one command line of a script. `Session+Commands` executes the commands; both have the same meaning.
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

    func say(_ line: __owned Sentence) { screen.line(line) }

    func fail(_ what: __owned Sentence) -> Int32 {
        complain(what)
        return 1
    }

    func refuse(_ what: __owned Sentence) -> Int32 {
        complain(what)
        return 2
    }

    /// Runs a program, with the terminal in its usual mode.
    func run(_ program: Path, _ words: [Name]) -> Int32 {
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
        pairs: while index + 1 < words.count {
            let value = words[index + 1]
            switch (words[index], Text.decimal(value.bytes, limit: 999)) {
            case ("columns", let number?) where number >= 20: screen.columns = Int(number)
            case ("lines", let number?) where number != 1: screen.lines = Int(number)
            case ("echo", _) where value == "on" || value == "off": isEchoedByTerminal = value == "off"
            default: break pairs
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

    // MARK: Requests

    /// Asks the daemon, and shows the answer page by page. Control C ends the wait at a terminal.
    func ask(_ request: Request) -> Int32 { ask(request, isTerminal ? keyboard : nil) }

    func ask(_ request: Request, _ keyboard: Keyboard?, anyKeyEnds: Bool = false) -> Int32 {
        Client.ask(request, options, keyboard, anyKeyEnds: anyKeyEnds) { self.say($0) }
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

    /// This machine's addresses; none if no daemon runs, or if it is too busy to answer while a user types.
    var ownAddresses: [Name] { Client.values(.addresses, options, within: 40_000_000).map { Name($0.octets) } }

    func hint(_ word: Name?, _ names: [Name]) -> Sentence { word.map { Nearest.hint($0, among: names) } ?? "" }

    /// The conn that is being edited.
    var editedSection: Name? {
        try? candidate.refresh()
        return candidate.section.isEmpty ? nil : candidate.section
    }
}
