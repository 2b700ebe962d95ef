import Testing
import Wire

@testable import Linux

@Suite struct LogTests {
    private final class Lines: LogDestination {
        var all: [String] = []
        override func write(_ level: Log.Level, _ line: Sentence) { all.append(line.text) }
    }

    @Test func strangersFillABoundedNumberOfLines() {
        let lines = Lines()
        let log = Log(lines)
        for _ in 0..<1_000 { log.stranger(.warning, now: 5_000_000_000, "nonsense") }
        #expect(lines.all.count == Limits.strangerLogBurst)
        log.stranger(.warning, now: 5_000_000_000 + Limits.strangerLogInterval, "later")
        #expect(lines.all.suffix(2) == ["990 more such messages were suppressed", "later"])
    }

    /// A line is one line in the log, at a watching terminal and in the lines kept for barf.
    @Test func aLineIsOneLineWhereverItGoes() {
        let lines = Lines()
        let log = Log(lines)
        log.isWatched = true
        log.notice(Sentence(octets: Array("peer x\n002 forged\u{1b}c".utf8)))
        #expect(lines.all == ["peer x?002 forged?c"])
        #expect(log.takeUnread().map(\.text) == ["peer x?002 forged?c"])
        #expect(log.takeUnread().isEmpty)
        #expect(log.recent.all.count == 1 && log.recent.all[0].text.hasSuffix(" peer x?002 forged?c"))
    }

    /// Ten thousand lines that strangers cause do not displace lines about our own tunnels from the log that barf shows.
    @Test func strangersDoNotFlushTheRecentLog() {
        let log = Log(DiscardedLog())
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

    /// Conn and code are fields of the line, and no part of its text. The destination shows both.
    @Test func aLineHasItsConnAndCode() throws {
        let lines = Lines()
        let log = Log(lines)
        log.isWatched = true
        log.warning("cannot run [no-code]", code: .commandFailed, conn: "net")
        log.setup(.notice, "IPsec started", code: .started)
        #expect(lines.all == ["\"net\" cannot run [no-code] [command-failed]", "IPsec started [started]"])
        let read = log.takeUnread()
        #expect(read.map(\.conn) == ["net", nil] && read.map(\.code) == [.commandFailed, .started])
        #expect(read.map(\.text) == ["cannot run [no-code]", "IPsec started"])
    }

    @Test func debuggingLinesAreWrittenOnRequest() {
        let lines = Lines()
        let log = Log(lines)
        log.debug(log.debugging.names, "unseen")
        log.debug(true, "seen")
        #expect(lines.all == ["seen"])
        #expect(Calendar.words(1_795_575_600) == "2026-11-25" && Calendar.time(1_795_575_600 + 3661) == "04:01:01")
    }
}
