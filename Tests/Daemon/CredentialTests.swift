import Configuration
import Foundation
import Linux
import Testing
import Vectors
import Wire

@testable import Daemon
@testable import Host

/// The diagnostics of `ipsec checkconf` and `ipsec verify` for files that ipsec.conf and ipsec.secrets name.
@Suite struct CredentialFaultTests {
    @Test func missingFilesAndWrongPassphrases() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cygnet-credentials-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "private"), withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            let file = folder.appending(path: name)
            try text.write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
        try write("private/key.pem", RSAKeys.pkcs1)
        try write("private/broken.pem", "no key")
        try write(
            "ipsec.conf",
            """
            conn certificate
            \tleft=192.0.2.1
            \tright=192.0.2.2
            \tleftcert=missing.pem
            conn secret
            \tleft=192.0.2.1
            \tright=192.0.2.3
            \tauthby=secret
            \tleftcert=unused.pem

            """)
        try write("ipsec.secrets", ": RSA key.pem\n: RSA broken.pem\n: RSA gone.pem\n")
        let configuration = Configuration.load(Name(folder.appending(path: "ipsec.conf").path), from: DiskFiles())
        let secrets = Secrets.load(Name(folder.appending(path: "ipsec.secrets").path), from: DiskFiles())
        let faults = Credentials.faults(of: configuration, secrets, in: Path(folder.path), isClockSet: true)
        guard ThisProcess.user == 0 else { try Test.cancel("secrets are root's alone") }
        #expect(faults.map { $0.severity } == [.error, .error, .error])
        #expect(faults.map { $0.place.line } == [1, 2, 3])
        for (fault, file) in zip(faults, ["certs/missing.pem", "private/broken.pem", "private/gone.pem"]) {
            #expect("\(fault)".contains("\(folder.path)/\(file)"))
        }
    }

    /// A folder of revocation lists that cannot be read is no folder without lists.
    @Test func aFolderThatCannotBeReadIsNamed() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cygnet-credentials-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data().write(to: folder.appending(path: "crls"))
        let file = Name(folder.appending(path: "none").path)
        let faults = Credentials.faults(
            of: Configuration.load(file, from: DiskFiles()), Secrets.load(file, from: DiskFiles()), in: Path(folder.path), isClockSet: true)
        #expect(faults.contains { $0.severity == .error && "\($0)".contains("\(folder.path)/crls") }, "\(faults)")
    }
}
