import Testing
import Wire

@testable import Gateway

@Suite struct TerminalTests {
    private func text(_ terminal: Terminal) -> String { String(decoding: terminal.pending, as: UTF8.self) }

    @Test func numbersHaveThreeDigitsAndTheLastLineTheExitCode() {
        let terminal = Terminal()
        terminal.line(4, "established")
        terminal.line(31, "too many retransmissions")
        terminal.line(104, "STATE_MAIN_I1: initiate")
        terminal.plain("{}")
        terminal.finish(1)
        #expect(
            text(terminal)
                == "004 established\n031 too many retransmissions\n104 STATE_MAIN_I1: initiate\n>{}\nexit 1\n")
        #expect(terminal.isFinished)
    }

    /// Of several connections the last to finish ends it, with the worst of their codes.
    @Test func severalConnectionsHaveOneEnd() {
        let terminal = Terminal()
        terminal.expect(3)
        terminal.finish(0)
        terminal.finish(1)
        #expect(!terminal.isFinished && text(terminal) == "")
        terminal.line(4, "the last")
        terminal.finish(0)
        #expect(text(terminal) == "004 the last\nexit 1\n" && terminal.isFinished)
    }

    @Test func nothingFollowsTheLastLine() {
        let terminal = Terminal()
        terminal.finish(0)
        terminal.line(2, "late")
        terminal.finish(1)
        #expect(text(terminal) == "exit 0\n")
    }

    @Test func aTerminalThatDoesNotReadIsBounded() {
        let terminal = Terminal()
        for _ in 0..<100_000 { terminal.line(2, "another line that nobody reads") }
        #expect(terminal.overflowed)
        #expect(terminal.pending.count <= Limits.controlOutput)
    }

    @Test func whatIsWrittenIsForgotten() {
        let terminal = Terminal()
        terminal.line(2, "abc")
        terminal.wrote(4)
        #expect(text(terminal) == "abc\n")
    }

    /// Whatever a text holds, it is one line of the control protocol: none can be forged, least of all the last.
    @Test func aTextIsOneLine() {
        let terminal = Terminal()
        terminal.line(218, "the peer's ID is \(Sentence(octets: Array("x\nexit 0\n>y\u{1b}[2J".utf8)))")
        terminal.plain(Sentence(octets: Array("a\r\nexit 0".utf8)))
        #expect(text(terminal) == "218 the peer's ID is x?exit 0?>y?[2J\n>a??exit 0\n")
    }
}

@Suite struct LogTests {
    private final class Lines {
        var all: [String] = []
    }

    @Test func strangersFillABoundedNumberOfLines() {
        let lines = Lines()
        let log = Log { _, text in lines.all.append(text.text) }
        for _ in 0..<1_000 { log.stranger(.warning, now: 5_000_000_000, "nonsense") }
        #expect(lines.all.count == Limits.strangerLogBurst)
        log.stranger(.warning, now: 5_000_000_000 + Limits.strangerLogInterval, "later")
        #expect(lines.all.suffix(2) == ["990 more such messages were left out of the log", "later"])
    }

    /// Log, terminal that watches, and what is kept for barf: each line once, and as one line.
    @Test func aLineIsOneLineWhereverItGoes() {
        let lines = Lines()
        let log = Log { _, text in lines.all.append(text.text) }
        let terminal = Terminal()
        log.watchers = [terminal]
        log.notice(Sentence(octets: Array("peer x\n002 forged\u{1b}c".utf8)))
        #expect(lines.all == ["peer x?002 forged?c"])
        #expect(String(decoding: terminal.pending, as: UTF8.self) == ">peer x?002 forged?c\n")
        #expect(log.recent.all.count == 1 && log.recent.all[0].text.hasSuffix(" peer x?002 forged?c"))
    }

    /// Ten thousand lines that strangers cause leave what was said of our own tunnels in the log that barf shows.
    @Test func strangersDoNotFlushTheRecentLog() {
        let log = Log { _, _ in }
        log.notice("\"net\" is up")
        let long = Sentence(octets: [UInt8](repeating: 0x61, count: 5_000))
        for round in 0..<10_000 as Range<UInt64> { log.stranger(.warning, now: round * Limits.strangerLogInterval, long) }
        #expect(log.recent.all.first?.text.hasSuffix("\"net\" is up") == true)
        #expect(log.recent.all.count > 2)
        #expect(log.recent.all.dropFirst().allSatisfy { $0.octets.count < Limits.strangerLine + 40 })
        for number in 0..<10_000 { log.notice("line \(number)") }
        let kept = log.recent.all.reduce(0) { $0 + $1.octets.count }
        #expect(kept <= Limits.recentLog && kept > Limits.recentLog / 8)
        #expect(log.recent.all.last?.text.hasSuffix("line 9999") == true)
    }

    @Test func debuggingLinesAreThereForWhoAsks() {
        let lines = Lines()
        let log = Log { _, text in lines.all.append(text.text) }
        log.debug(log.debugging.names, "unseen")
        log.debug(true, "seen")
        #expect(lines.all == ["seen"])
        #expect(Calendar.words(1_795_575_600) == "2026-11-25" && Calendar.time(1_795_575_600 + 3661) == "04:01:01")
    }
}

@Suite struct JSONTests {
    @Test func controlCharactersQuotesAndBackslashesAreEscaped() {
        #expect(JSON.text("a\"b\\c\n").text == "\"a\\\"b\\\\c\\u000a\"")
    }
}
