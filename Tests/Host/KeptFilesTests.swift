import Configuration
import Crypto
import Foundation
import Linux
import TestSupport
import Testing
import Wire

@testable import Host

/// Files that cannot be read, of what is restored later.
@Suite struct KeptFilesTests {
    /// A folder, which `body` may fill.
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cygnet-kept-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try body(folder)
    }

    /// 'commit confirm' changes nothing if the present ipsec.conf, to which it would go back, cannot be read.
    @Test func nothingIsCommittedThatCannotBeRestored() throws {
        try inFolder { folder in
            let path = folder.appending(path: "ipsec.conf")
            let before = Data(repeating: 0x23, count: Limits.fileSize + 1)
            try before.write(to: path)
            let file = ConfigurationFile(in: Path(folder.path))
            #expect(throws: FileError.self) { try file.write(Secret(Array("new".utf8)), confirmedWithin: 60, now: 0) }
            #expect(try Data(contentsOf: path) == before && file.remaining(now: 0) == nil)
        }
    }

    /// The earlier ipsec.conf cannot be read: that is an error, and not the absence of one.
    @Test func theFormerFileCannotBeRead() throws {
        try inFolder { folder in
            let path = folder.appending(path: "ipsec.conf")
            try Data("old".utf8).write(to: path)
            try FileManager.default.createDirectory(at: folder.appending(path: "ipsec.conf.before"), withIntermediateDirectories: true)
            let file = ConfigurationFile(in: Path(folder.path))
            #expect(throws: FileError.self) { try file.remaining(now: 0) }
            #expect(throws: FileError.self) { try file.goBackIfDue(now: 0) }
            #expect(throws: FileError.self) { try file.write(Secret(Array("new".utf8)), confirmedWithin: 60, now: 0) }
            #expect(try Data(contentsOf: path) == Data("old".utf8))
        }
    }

    /// 'setup stop' names a setting that it could not restore, and keeps its value for the next time.
    @Test(.enabled(if: Namespace.isPossible, "needs root")) func settingsThatStayAreNamed() throws {
        try inFolder { folder in
            let path = folder.appending(path: "settings")
            try Namespace.run {
                try Data("net/ipv4/ip_forward 0\nnet/ipv4/conf/gone0/rp_filter 1\n".utf8).write(to: path)
                let stayed = try Namespace.withoutPrivilege {
                    HostSettings(Path(folder.path), log: KeptLog().log).restore().map { "\($0)" }
                }
                #expect(stayed.count == 1 && stayed[0].contains("ip_forward"), "\(stayed)")
                #expect(try String(contentsOf: path, encoding: .utf8) == "net/ipv4/ip_forward 0\n")
                #expect(HostSettings(Path(folder.path), log: KeptLog().log).restore() == [])
                #expect(!FileManager.default.fileExists(atPath: path.path))
            }
        }
    }

    @Test func settingsThatCannotBeReadAreNamed() throws {
        try inFolder { folder in
            try FileManager.default.createDirectory(at: folder.appending(path: "settings"), withIntermediateDirectories: true)
            let kept = KeptLog()
            #expect(HostSettings(Path(folder.path), log: kept.log).restore().count == 1)
            #expect(kept.lines.count { $0.hasPrefix("warning") } == 1)
        }
    }
}
