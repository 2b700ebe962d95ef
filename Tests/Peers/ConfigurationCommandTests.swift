import Foundation
import Testing

/// `ipsec checkconf`, `ipsec showconf` and `ipsec auto --showonly` of the binary that ships. They need neither root nor a daemon.
@Suite struct ConfigurationCommandTests {
    static let binary = ".build/ship/x86_64/ipsec"
    static let examples = packageFolder.appending(path: "Board/examples").path

    func ipsec(_ words: String...) async throws -> (status: Int32, told: String) {
        guard FileManager.default.isExecutableFile(atPath: packageFolder.appending(path: Self.binary).path) else {
            try Outcome.impossible("Toolchain/build x86_64 has not been run").judge()
            return (-1, "")
        }
        return try await run(Self.binary, words, limit: 20)
    }

    /// A temporary file for one test.
    func withFile<Result>(_ text: String, _ body: (String) async throws -> Result) async throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "cygnet-conf-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await body(file.path)
    }

    /// Help on every command, asked for either way.
    @Test(arguments: [
        "setup", "auto", "manual", "status", "metrics", "look", "eroute", "spi", "hotplug", "verify", "barf", "checkconf", "showconf",
        "ranbits", "rsasigkey", "newhostkey", "showhostkey", "help", "version",
    ])
    func help(_ command: String) async throws {
        let help = try await ipsec("help", command)
        #expect(help.status == 0 && help.told.contains("ipsec \(command == "help" || command == "version" ? "help" : command)"))
        let same = try await ipsec(command, "--help")
        #expect(command == "help" || same.told == help.told)
    }

    @Test func aSoundFile() async throws {
        let checked = try await ipsec("checkconf", "\(Self.examples)/extruded/ipsec.conf")
        #expect(checked.status == 0)
        #expect(checked.told == "\(Self.examples)/extruded/ipsec.conf: 1 conns to use, 0 errors, 0 warnings\n")
    }

    @Test func everyErrorIsSaid() async throws {
        try await withFile("conn a\n\tleft=1.2.3\n\trigth=%any\nconn b\n\tauto=boot\n") { path in
            let checked = try await ipsec("checkconf", path)
            #expect(checked.status == 1)
            let lines = checked.told.split(separator: "\n").map(String.init)
            #expect(lines.contains { $0.hasPrefix("\(path):2: left=1.2.3: ") })
            #expect(lines.contains("\(path):3: rigth= is not known; did you mean right=?"))
            #expect(lines.contains { $0.hasPrefix("\(path):5: auto=boot: ") })
            #expect(lines.contains { $0.hasPrefix("\(path): 0 conns to use, ") })
        }
    }

    @Test func whatIsShownIsSound() async throws {
        let file = "\(Self.examples)/extruded/ipsec.conf"
        let shown = try await ipsec("auto", "--showonly", "--config", file, "--up", "extruded")
        #expect(shown.status == 0 && shown.told.hasPrefix("conn extruded\n") && shown.told.contains("\trightsubnet=192.0.2.240/28\n"))
        try await withFile(shown.told) { path in
            #expect(try await ipsec("checkconf", path).status == 0)
            let again = try await ipsec("auto", "--showonly", "--config", path, "--up", "extruded")
            // Only the place differs.
            #expect(
                again.told.split(separator: "\n").filter { !$0.hasPrefix("\t# /") }
                    == shown.told.split(separator: "\n").filter { !$0.hasPrefix("\t# /") })
        }
        let missing = try await ipsec("auto", "--showonly", "--config", file, "--up", "extrudet")
        #expect(missing.status == 1)
        #expect(missing.told == "ipsec: there is no conn extrudet in \(file); did you mean extruded?\n")
    }
}
