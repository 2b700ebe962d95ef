import Testing
import Wire

@testable import Control

@Suite struct ReplyTests {
    static let all: [(Reply, String)] = [
        (.progress(4, "established"), "004 established\n"), (.progress(31, "too many"), "031 too many\n"),
        (.progress(218, "STATE"), "218 STATE\n"), (.progress(0, ""), "000 \n"), (.plain("{}"), ">{}\n"), (.plain(""), ">\n"),
        (.plain("exit 0"), ">exit 0\n"), (.value("192.0.2.1"), "=192.0.2.1\n"), (.exit(0), "exit 0\n"), (.exit(255), "exit 255\n"),
    ]

    @Test(arguments: all) func theLineIsTheReply(_ reply: Reply, _ line: String) {
        #expect(String(decoding: reply.line, as: UTF8.self) == line)
        #expect(Reply(line: reply.line.dropLast()) == reply)
    }

    @Test(arguments: ["", "exit", "exit ", "exit 256", "exit 1 2", "12 a", "1234 a", "abc d", "004"]) func whatIsNoReplyIsNone(
        _ line: String
    ) {
        #expect(Reply(line: Array(line.utf8)[...]) == nil)
    }

    @Test func repliesComeInPieces() throws {
        let whole = Self.all.flatMap { $0.0.line }
        for size in 1...7 {
            var reader = ReplyReader()
            var read: [Reply] = []
            for start in stride(from: 0, to: whole.count, by: size) {
                reader.append(whole[start..<min(start + size, whole.count)])
                while let reply = try reader.next() { read.append(reply) }
            }
            #expect(read == Self.all.map { $0.0 })
        }
    }

    @Test func aLineThatIsNoReplyIsPassedOver() throws {
        var reader = ReplyReader()
        reader.append(Array("no\u{1b} reply\nexit 1\n".utf8)[...])
        #expect(throws: ReplyError.notUnderstood("no? reply")) { try reader.next() }
        #expect(try reader.next() == .exit(1))
        #expect(try reader.next() == nil)
    }
}
