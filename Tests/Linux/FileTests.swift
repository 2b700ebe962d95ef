import Foundation
import Linux
import Testing

@Suite struct FileTests {
    @Test func wholeFilesComeBack() throws {
        let scratch = Scratch()
        let path = scratch.path / "file"
        try Files.write(path, bytes("one").span, mode: 0o600)
        #expect(try Files.read(path, limit: 3) == bytes("one"))
        let status = try Files.status(path)
        #expect(status.mode == 0o600 && status.size == 3 && status.isRegular && !status.isDirectory)
        #expect(status.owner == ThisProcess.user)
        #expect(abs(status.modified - Clock.wall()) < 60)
        try Files.write(path, bytes("two!").span, mode: 0o644)
        #expect(try Files.status(path).mode == 0o644)
        #expect(try Files.status(path).inode != status.inode)
        #expect(try Files.list(scratch.path) == ["file"])
        let large = [UInt8](repeating: 5, count: 100_000)
        try Files.write(path, large.span)
        #expect(try Files.read(path, limit: 100_000) == large)
    }

    @Test func aFullLogMakesRoom() throws {
        let scratch = Scratch()
        let path = scratch.path / "log"
        for line in ["one\n", "two\n", "six\n"] { try Files.append(path, bytes(line).span, limit: 8) }
        #expect(try Files.read(path, limit: 9) == bytes("six\n"))
        #expect(try Files.read(scratch.path / "log.old", limit: 9) == bytes("one\ntwo\n"))
        #expect(try Files.status(path).mode == 0o600)
        // A path that is no regular file is written to and not replaced.
        try Files.append("/dev/null", bytes("longer than eight").span, limit: 8)
        #expect(Files.exists("/dev/null") && !Files.exists("/dev/null.old"))
    }

    @Test func limitIsKept() throws {
        let scratch = Scratch()
        try Files.write(scratch.path / "f", bytes("1234").span)
        do throws(SystemError) {
            _ = try Files.read(scratch.path / "f", limit: 3)
            Issue.record("read past the limit")
        } catch { #expect("\(error)" == "read \(scratch.path)/f: File too large") }
    }

    @Test func secretsGoStraightToTheCaller() throws {
        let scratch = Scratch()
        try Files.write(scratch.path / "f", bytes("secret").span, mode: 0o600)
        let file = try OpenFile(scratch.path / "f")
        #expect(try file.status().mode == 0o600)
        #expect(try reading(4) { (span) throws(SystemError) in try file.read(into: &span) } == bytes("secr"))
        #expect(try reading(4) { (span) throws(SystemError) in try file.read(into: &span) } == bytes("et"))
        #expect(try reading(4) { (span) throws(SystemError) in try file.read(into: &span) } == [])
    }

    @Test func missingFilesAreSaid() {
        do throws(SystemError) {
            _ = try Files.read("/nonexistent/ipsec.conf", limit: 10)
            Issue.record("read what is not there")
        } catch {
            #expect(error.isNoSuchFile)
            #expect("\(error)" == "open /nonexistent/ipsec.conf: No such file or directory")
        }
        #expect(!Files.exists("/nonexistent"))
        #expect(!Files.remove("/nonexistent"))
        #expect(throws: SystemError.self) { try Files.list("/nonexistent") }
        #expect(throws: SystemError.self) { try Files.write("/nonexistent/x", bytes("x").span) }
    }

    @Test func directories() throws {
        let scratch = Scratch()
        let path = scratch.path / "run"
        try Files.makeDirectory(path, mode: 0o700)
        try Files.makeDirectory(path)
        #expect(try Files.status(path).isDirectory)
        let file = scratch.path / "file"
        try Files.write(file, bytes("").span)
        #expect(throws: SystemError.self) { try Files.makeDirectory(file) }
    }

    @Test func paths() {
        #expect(Path("/etc") / "ipsec.conf" == "/etc/ipsec.conf")
        #expect(Path("/") / "etc" == "/etc")
        #expect(Path("/etc") / "/var" == "/var")
        #expect(Path("") / "a" == "a")
        #expect(Path("/etc/ipsec.conf").directory == "/etc")
        #expect(Path("/etc").directory == "/")
        #expect(Path("ipsec.conf").directory == ".")
        #expect(Path("/etc/ipsec.conf").name == bytes("ipsec.conf"))
        #expect(Path([0x61, 0, 0x62]) == "a")
    }
}

@Suite struct PIDFileTests {
    @Test func onlyOneHolds() throws {
        let scratch = Scratch()
        let path = scratch.path / "pluto.pid"
        #expect(PIDFile.holder(path) == nil)
        guard case .claimed(let first) = try PIDFile.claim(path) else {
            Issue.record("nobody else has it")
            return
        }
        guard case .held(by: 0) = try PIDFile.claim(path) else {
            Issue.record("claimed twice")
            return
        }
        try first.write(4242)
        #expect(PIDFile.holder(path) == 4242)
        guard case .held(by: 4242) = try PIDFile.claim(path) else {
            Issue.record("claimed twice")
            return
        }
        try first.write(17)
        #expect(try Files.read(path, limit: 10) == bytes("17\n"))
        first.release()
        #expect(!Files.exists(path))
    }

    /// The number in a stale file may be another process's by now: only the lock counts.
    @Test func staleFileIsTakenOver() throws {
        let scratch = Scratch()
        let path = scratch.path / "pluto.pid"
        try Files.write(path, bytes("1\n").span)
        #expect(PIDFile.holder(path) == nil)
        guard case .claimed = try PIDFile.claim(path) else {
            Issue.record("a stale file stopped us")
            return
        }
        #expect(PIDFile.holder(path) == nil)
    }
}

@Suite struct SysctlTests {
    @Test func reads() throws { #expect(try Sysctl.read("kernel/ostype") == bytes("Linux")) }
    @Test func missing() { #expect(throws: SystemError.self) { try Sysctl.read("net/none") } }
}
