import Foundation
import Testing
import Wire

/// The codes that messages of the log end with.
@Suite struct MessageCodeTests {
    @Test func aMessageEndsWithItsCode() {
        #expect(("the peer is dead" as Sentence).marked(.peerDead) == "the peer is dead [peer-dead]")
    }

    /// ipsec(8) explains every code once, and no other.
    @Test func everyCodeIsInTheManual() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Board/man/ipsec.8")
        let section = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n.Sh ").first { $0.hasPrefix("LOG MESSAGES") }
        let documented = try #require(section).split(separator: "\n").filter { $0.hasPrefix(".It Li ") }
            .flatMap { $0.dropFirst(7).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        #expect(documented.sorted() == MessageCode.allCases.map { "\($0.word)" }.sorted())
    }
}
