import Testing
import Wire

@testable import Control

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
        #expect(terminal.pending.count <= Bounds().controlOutput)
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
