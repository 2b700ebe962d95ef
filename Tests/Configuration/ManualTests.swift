import Foundation
import Testing
import Wire

@testable import Configuration

/// Board/man says neither less nor more than the configuration knows.
@Suite struct ManualTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Board/man")

    private static let structural: Set<String> = ["version 2", "include", "config setup", "conn", "conn %default"]

    @Test func everyParameterIsDocumentedAndNothingElse() throws {
        let page = try String(contentsOf: Self.folder.appending(path: "ipsec.conf.5"), encoding: .utf8)
        var documented: Set<String> = []
        for line in page.split(separator: "\n") where line.hasPrefix(".It Ic ") {
            for word in line.dropFirst(7).split(separator: ",") {
                let name = word.components(separatedBy: " Ar ")[0].trimmingCharacters(in: .whitespaces)
                if !Self.structural.contains(name) { documented.insert(name) }
            }
        }
        let known = Set(Vocabulary.rules.map { $0.scope == .end ? "left\($0.word)" : "\($0.word)" })
        #expect(known.subtracting(documented) == [], "parameters that the manual does not name")
        #expect(documented.subtracting(known) == [], "parameters that only the manual knows")
    }

    /// Every word of a choice is in its paragraph.
    @Test func everyValueOfAChoiceIsDocumented() throws {
        let page = try String(contentsOf: Self.folder.appending(path: "ipsec.conf.5"), encoding: .utf8)
        for rule in Vocabulary.rules where rule.kind == .choice && rule.key != .authBy && rule.key != .keyExchange && rule.key != .auth {
            let start = try #require(page.range(of: rule.scope == .end ? ".It Ic left\(rule.word)" : ".It Ic \(rule.word)"))
            let item = page[start.upperBound...].prefix { $0 != "\0" }.components(separatedBy: "\n.It ")[0]
            // Other spellings need not be there.
            for word in Words(rule.words).names.map({ "\($0)" }) where word != "none" {
                #expect(item.contains(word), "\(rule.word)=\(word) is not in the manual")
            }
        }
    }

    @Test(arguments: ["ipsec.conf.5", "ipsec.secrets.5", "ipsec.8", "ipsec-console.8"]) func pagesAreWellFormed(_ page: String) throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/mandoc") else {
            guard ProcessInfo.processInfo.environment["CYGNET_TESTS_MUST_RUN"] != "1" else {
                Issue.record("mandoc is missing: Tests/setup installs it")
                return
            }
            try Test.cancel("mandoc is missing")
        }
        let process = Process()
        let output = Foundation.Pipe()
        process.executableURL = URL(filePath: "/usr/bin/mandoc")
        process.arguments = ["-Tlint", "-Wwarning", Self.folder.appending(path: page).path]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let complaints = said.split(separator: "\n").filter { !$0.contains("outdated mandoc.db") }
        #expect(complaints == [])
    }
}
