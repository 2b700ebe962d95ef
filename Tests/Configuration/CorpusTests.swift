import Configuration
import Foundation
import Testing
import Wire

/// Files in the manner of those that are out there: how-tos, generators of routers and clouds, examples of Openswan, libreswan and
/// strongSwan. `Tests/corpus/expected.txt` says of every conn whether it is usable, or a word of the reason why not.
@Suite struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "corpus")

    struct Expectation: CustomStringConvertible, Sendable {
        let file, conn, outcome: String
        var description: String { "\(file) \(conn)" }
    }

    private static let expectations: [Expectation] = {
        let text = (try? String(contentsOf: folder.appending(path: "expected.txt"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            let words = $0.split(separator: " ").map { String($0) }
            return Expectation(file: words[0], conn: words[1], outcome: words[2])
        }
    }()

    private static func read(_ file: String) throws -> Configuration {
        load(try String(contentsOf: folder.appending(path: file), encoding: .utf8))
    }

    @Test(arguments: expectations) func isUsableOrSaysWhy(_ expected: Expectation) throws {
        let read = try Self.read(expected.file)
        let name = Name(expected.conn)
        if expected.outcome == "usable" {
            #expect(!read.connections(of: name).isEmpty, "\(read.explain(name))")
        } else {
            #expect(read.connections(of: name).isEmpty)
            #expect(read.explain(name).contains { "\($0)".contains(expected.outcome) }, "\(read.explain(name))")
        }
    }

    /// The other files lose only conns that ask for features that Cygnet leaves out on purpose.
    @Test func mostFilesAreUsable() throws {
        let files = Set(Self.expectations.map { $0.file })
        #expect(files.count == 50)
        let usable = try files.filter { try !Self.read($0).connections.isEmpty }
        #expect(usable.count >= 34, "\(files.subtracting(usable).sorted())")
    }
}
