import Foundation
import Testing

/// The programs of Toolchain/build for every family of CPUs, on that CPU, which is emulated if it is not this machine's.
@Suite struct TargetTests {
    static let targets = ["x86_64", "aarch64", "armv7", "mipsel"]

    /// As on a processor without instructions for cryptography; the program is that of `aarch64`.
    static let portable = "aarch64-portable"

    private func emulate(_ target: String, _ words: [String]) async throws -> (status: Int32, told: String)? {
        let folder = target == Self.portable ? "aarch64" : target
        guard FileManager.default.fileExists(atPath: packageFolder.appending(path: ".build/ship/\(folder)/\(words[0])").path) else {
            try Outcome.impossible("Toolchain/build all, and the same with vectors, were not run").judge()
            return nil
        }
        let result = try await run("Toolchain/emulate", [target] + words, limit: 300)
        guard result.status != 77 else {
            try Outcome.impossible(result.told.trimmingCharacters(in: .whitespacesAndNewlines)).judge()
            return nil
        }
        return result
    }

    @Test(arguments: targets + [portable]) func vectors(_ target: String) async throws {
        guard let result = try await emulate(target, ["vectors"]) else { return }
        #expect(result.status == 0 && result.told.contains(" checks, 0 failed"), "\(result.told)")
        // QEMU's processor has them; what an x86_64 machine has is unknown here.
        guard target != "x86_64" else { return }
        let has = target == "aarch64" ? "yes" : "no"
        #expect(result.told.contains("instructions: AES \(has), SHA \(has)\n"), "\(result.told)")
    }

    @Test(arguments: targets) func commands(_ target: String) async throws {
        guard let result = try await emulate(target, ["ipsec", "--version"]) else { return }
        #expect(result.status == 0 && result.told.hasPrefix("Cygnet "), "\(result.told)")
        // Commands that use 64-bit numbers, files and random octets.
        let examples = packageFolder.appending(path: "Board/examples").path
        let names = try FileManager.default.contentsOfDirectory(atPath: examples)
        #expect(!names.isEmpty)
        for name in names {
            let file = "\(examples)/\(name)/ipsec.conf"
            guard FileManager.default.fileExists(atPath: file) else { continue }
            let here = try await emulate("x86_64", ["ipsec", "checkconf", file])
            let there = try await emulate(target, ["ipsec", "checkconf", file])
            #expect(here?.told == there?.told && here?.status == there?.status, "\(name): \(there?.told ?? "")")
        }
        let bits = try await emulate(target, ["ipsec", "ranbits", "256"])
        #expect(bits?.status == 0 && bits?.told.hasPrefix("0x") ?? false, "\(bits?.told ?? "")")
    }

    @Test func sourceOfAnotherChecksum() async throws {
        let (status, told) = try await run("Tests/Toolchain/pinned.sh", [], limit: 60)
        try Outcome(status: status, told: told).judge()
    }

    @Test func binaryThatIsTooLarge() async throws {
        let (status, told) = try await run("Tests/Toolchain/too-large.sh", [], limit: 60)
        try Outcome(status: status, told: told).judge()
    }

    @Test func roomsImportLowerFloors() async throws {
        let (status, told) = try await run("Tests/Toolchain/arrows.sh", [], limit: 60)
        try Outcome(status: status, told: told).judge()
    }
}
