import Configuration
import Crypto
import Daemon
import Foundation
import Linux
import Testing
import Wire

@testable import ipsec

@Suite struct CandidateTests {
    /// An ipsec.conf whose status cannot be read is not taken for one that is missing: a commit would overwrite it.
    @Test func aFileThatCannotBeReadIsNoMissingFile() throws {
        let folder = "/tmp/cygnet-candidate-\(ThisProcess.id)-\(UInt32.random(in: 0...UInt32.max))"
        try Files.makeDirectory(Path(folder), mode: 0o700)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let candidate = Candidate(DaemonOptions(configurationFolder: Path(folder), runFolder: Path(folder), isForeground: true))
        try candidate.refresh()
        try candidate.keep(ConfigurationText(Secret(Array("conn net\n".utf8))), "")
        #expect(try !candidate.isStale())
        // A link to itself: ELOOP.
        try FileManager.default.createSymbolicLink(atPath: folder + "/ipsec.conf", withDestinationPath: "ipsec.conf")
        #expect(throws: EditError.self) { try candidate.isStale() }
    }
}
