import Configuration
import Daemon
import Host
import Linux
import Wire

/// `ipsec console`: commands from a terminal, a serial line most often, or from a script.
enum Console {
    /// `[columns N] [lines N] [echo on|off]`, or `-c COMMAND` as login shells are asked.
    static func run(_ words: [Name]) -> Int32 {
        guard let options = Places.options() else { return 2 }
        if words.first == "-c" {
            guard words.count == 2 else {
                complain("-c takes a command")
                return 2
            }
            let session = Session(options, keyboard: nil, isTerminal: false)
            var lines = words[1].bytes.split(separator: 0x0A)[...]
            return run(session) { lines.popFirst().map { Array($0) } }
        }
        let isTerminal = TerminalLine.exists
        let session = Session(options, keyboard: Keyboard(isTerminal: isTerminal), isTerminal: isTerminal)
        if !words.isEmpty {
            let code = session.terminal(words)
            if code != 0 { return code }
        }
        return isTerminal ? talk(session) : run(session) { session.keyboard?.line() }
    }

    /// Runs one command for each line; the exit code of the last one that failed.
    private static func run(_ session: Session, _ next: () -> [UInt8]?) -> Int32 {
        var code: Int32 = 0
        while !session.isLeaving, let line = next() {
            let outcome = session.handle(line)
            if outcome != 0 { code = outcome }
        }
        return code
    }

    // MARK: At a terminal

    private static func talk(_ session: Session) -> Int32 {
        guard let keyboard = session.keyboard else { return 1 }
        let size = TerminalLine.size
        if size.columns >= 20, session.screen.columns == 80 { session.screen.columns = size.columns }
        if size.lines > 2, session.screen.lines == 0 { session.screen.lines = size.lines }
        TerminalLine.setRaw(true)
        defer { TerminalLine.setRaw(false) }
        greet(session)
        var editor = LineEditor()
        while !session.isLeaving {
            editor.columns = session.screen.columns
            editor.isEchoedByTerminal = session.isEchoedByTerminal
            editor.begin(prompt(session))
            guard let line = read(session, keyboard, &editor) else { break }
            _ = session.handle(line)
        }
        StandardStream.output.write("\n")
        return 0
    }

    private static func greet(_ session: Session) {
        let isRunning = PIDFile.holder(session.options.pidFile) != nil
        session.say("Cygnet on \(KeyMaking.hostName): IPsec is \(isRunning ? "running" : "not running").")
        session.say("'?' shows what can be typed, here and at any place.")
        if session.connNames.isEmpty { session.say("There is no connection yet: 'edit NAME' begins one.") }
        if ThisProcess.user != 0 { session.say("You are not root: most commands will not work.") }
        do throws(FileError) {
            if let left = try session.candidate.file.remaining(now: Clock.monotonic()) {
                session.say("The former ipsec.conf is restored in \(left) seconds unless you 'confirm'.")
            }
        } catch { session.say("Cannot read ipsec.conf.before: \(error.reason)") }
    }

    /// `ipsec> `, `ipsec(home)> `, with a star while changes are not committed.
    private static func prompt(_ session: Session) -> Sentence {
        guard let section = session.editedSection else { return session.candidate.isChanged ? "ipsec*> " : "ipsec> " }
        return "ipsec(\(Name(Array(section.bytes.prefix(16)))))\(session.candidate.isChanged ? "*" : "")> "
    }

    /// The next line; `nil` at the end of input.
    private static func read(_ session: Session, _ keyboard: Keyboard, _ editor: inout LineEditor) -> [UInt8]? {
        while true {
            if !keyboard.hasMore, !editor.output.isEmpty {
                guard StandardStream.output.write(editor.output.span) else { return nil }
                editor.output = []
            }
            guard case .octet(let octet) = keyboard.next() else { return nil }
            switch editor.press(octet) {
            case .nothing: continue
            case .entered:
                StandardStream.output.write(editor.output.span)
                editor.output = []
                return editor.take()
            case .interrupted:
                editor.output += ("^C\n" as StaticString).octets
                editor.begin(prompt(session))
            case .ended: return nil
            case .complete: complete(session, &editor, tells: false)
            case .help: complete(session, &editor, tells: true)
            }
        }
    }

    /// Completes at Tab; lists what may follow at `?`.
    private static func complete(_ session: Session, _ editor: inout LineEditor, tells: Bool) {
        let context = Grammar.Context(
            conns: { session.connNames }, addresses: { session.ownAddresses }, section: session.editedSection ?? "")
        let (part, offers, expected) = Grammar.offers(for: editor.line[..<editor.cursor], context)
        let added = tells ? [] : Grammar.completion(of: part, among: offers)
        if !added.isEmpty {
            if editor.isEchoedByTerminal { editor.output.append(0x0A) }
            editor.insert(added)
            if editor.isEchoedByTerminal { editor.redraw() }
            return
        }
        if offers.isEmpty, expected.isEmpty, !tells { return editor.ring() }
        StandardStream.output.write(editor.output.span)
        editor.output = []
        StandardStream.output.write("\n")
        session.screen.begin()
        if !expected.isEmpty { session.say("  \(expected)") }
        if offers.isEmpty, expected.isEmpty { session.say("  nothing more: press Enter") }
        let isLong = part.isEmpty && offers.count > 40
        let usual = isLong ? Parameters.usual(inSetup: context.section == ConfigurationText.setup).count : offers.count
        list(session, Array(offers.prefix(usual)))
        if isLong { session.say("  and more: type a letter, then '?'") }
        editor.redraw()
    }

    /// One line for each offer with an explanation, then the others, as many on a line as fit.
    private static func list(_ session: Session, _ offers: [Grammar.Offer]) {
        var row: Sentence = " "
        for offer in offers {
            if !offer.about.isEmpty {
                let gap = [UInt8](repeating: 0x20, count: max(1, 15 - offer.word.bytes.count))
                session.screen.line("  \(offer.word)\(Sentence(octets: gap))\(offer.about)")
            } else {
                if row.octets.count + offer.word.bytes.count + 1 >= session.screen.columns {
                    session.screen.line(row)
                    row = " "
                }
                row += " \(offer.word)"
            }
        }
        if row.octets.count > 1 { session.screen.line(row) }
    }
}
