import Foundation
import Linux
import Testing
import Wire

@Suite struct EpollTests {
    /// Also one whose time passed before it was set, as after a sleep.
    @Test func alarms() throws {
        let epoll = try Epoll(capacity: 4)
        let alarm = try Alarm()
        try epoll.add(alarm.number, .read, token: 3)
        #expect(try epoll.wait(until: Clock.monotonic()) == 0)
        let time = Clock.monotonic() + 20_000_000
        try alarm.set(time)
        #expect(try epoll.wait(until: soon()) == 1 && epoll.event(0).token == 3)
        #expect(Clock.monotonic() >= time)
        // It stays so.
        #expect(try epoll.wait(until: Clock.monotonic()) == 1)
        try alarm.set(nil)
        #expect(try epoll.wait(until: Clock.monotonic()) == 0)
        for past in [0, 1, Clock.monotonic() - 1] {
            try alarm.set(past)
            #expect(try epoll.wait(until: soon()) == 1)
        }
    }

    @Test func tokensComeBack() throws {
        let epoll = try Epoll(capacity: 4)
        let pipe = try Linux.Pipe()
        #expect(try epoll.wait(until: Clock.monotonic()) == 0)
        try epoll.add(pipe.reading.number, .read, token: .max)
        #expect(try epoll.wait(until: Clock.monotonic()) == 0)
        #expect(try pipe.writing.write(bytes("x").span) == 1)
        #expect(try epoll.wait(until: soon()) == 1)
        #expect(epoll.event(0).token == .max)
        #expect(epoll.event(0).isReadable && !epoll.event(0).isWritable && !epoll.event(0).hasHungUp)
        try epoll.modify(pipe.reading.number, .read, token: 7)
        #expect(try epoll.wait(until: soon()) == 1)
        #expect(epoll.event(0).token == 7)
        epoll.remove(pipe.reading.number)
        epoll.remove(pipe.reading.number)
        #expect(try epoll.wait(until: Clock.monotonic()) == 0)
        try epoll.add(pipe.writing.number, [.read, .write], token: 8)
        #expect(try epoll.wait(until: nil) == 1)
        #expect(epoll.event(0).isWritable)
        #expect(throws: SystemError.self) { try epoll.add(pipe.writing.number, .read, token: 8) }
    }

    /// Waking early would make the daemon spin.
    @Test func neverBeforeTheDeadline() throws {
        let epoll = try Epoll()
        let deadline = Clock.monotonic() + 2_500_000
        #expect(try epoll.wait(until: deadline) == 0)
        #expect(Clock.monotonic() >= deadline)
    }

    @Test func hangUpIsTold() throws {
        let epoll = try Epoll()
        let scratch = Scratch()
        let listener = try UnixListener(scratch.path / "s")
        var client: UnixStream? = try UnixStream(connectingTo: scratch.path / "s")
        let server = try #require(try listener.accept())
        try epoll.add(server.number, .read, token: 1)
        _ = client?.number
        client = nil
        #expect(try epoll.wait(until: soon()) == 1)
        #expect(epoll.event(0).hasHungUp && epoll.event(0).isReadable)
    }
}

@Suite struct DescriptorTests {
    /// A stream's end comes when the other side is closed, and not before.
    @Test func closesItself() throws {
        let scratch = Scratch()
        let listener = try UnixListener(scratch.path / "s")
        let server: UnixStream?
        do {
            let client = try UnixStream(connectingTo: scratch.path / "s")
            server = try listener.accept()
            #expect(try reading { (span) throws(SystemError) in try server?.read(into: &span) } == nil)
            _ = client.number
        }
        // Not at once where another test forked just then: its child holds a copy of everything until it executes.
        #expect(try readable(#require(server).number))
        #expect(try reading { (span) throws(SystemError) in try server?.read(into: &span) } == [])
    }
}

@Suite struct ChildProcessTests {
    @Test func outputAndExitCode() throws {
        let child = try ChildProcess(
            "/bin/sh", arguments: [bytes("-c"), bytes("echo \"$A $1\"; echo err >&2; exit 3"), bytes("sh"), bytes("b c")],
            environment: [bytes("A=a")], capturesOutput: true)
        #expect(child.wait() == 3)
        #expect(child.reap() == 3)
        let output = try #require(child.output)
        #expect(try reading { (span) throws(SystemError) in try output.read(into: &span) } == bytes("a b c\nerr\n"))
        // As above: another test's child may hold a copy for a moment.
        #expect(try output.wait(until: soon()))
        #expect(try reading { (span) throws(SystemError) in try output.read(into: &span) } == [])
    }

    @Test func killReachesGrandchildren() throws {
        let child = try ChildProcess(
            "/bin/sh", arguments: [bytes("-c"), bytes("echo up; sleep 1000; true")], environment: [bytes("PATH=/bin:/usr/bin")],
            capturesOutput: true)
        let output = try #require(child.output)
        #expect(try output.wait(until: soon()))
        #expect(try reading { (span) throws(SystemError) in try output.read(into: &span) } == bytes("up\n"))
        #expect(child.reap() == nil)
        child.kill()
        #expect(child.wait() == 137)
        // The pipe ends only when the sleeper, which holds it too, has ended.
        #expect(try output.wait(until: soon()))
        #expect(try reading { (span) throws(SystemError) in try output.read(into: &span) } == [])
    }

    @Test func missingProgramIsSaid() {
        do throws(SystemError) {
            _ = try ChildProcess("/nonexistent", arguments: [], environment: [])
            Issue.record("started what is not there")
        } catch { #expect("\(error)" == "start /nonexistent: No such file or directory") }
    }
}

@Suite struct ThisProcessTests {
    @Test func argumentsAreTheProcesss() {
        #expect(ThisProcess.arguments().map { "\($0)" } == CommandLine.arguments)
    }

    @Test func environment() {
        #expect(ThisProcess.environment("PATH") == ProcessInfo.processInfo.environment["PATH"].map(bytes))
        #expect(ThisProcess.environment("CYGNET_NO_SUCH") == nil)
    }

    @Test func residentMemoryIsPlausible() {
        let octets = ThisProcess.residentMemory()
        #expect(octets > 500_000 && octets < 4_000_000_000)
    }

    @Test func clocks() {
        let first = Clock.monotonic()
        #expect(Clock.monotonic() >= first && first > 0)
        #expect(abs(Double(Clock.wall()) - Date().timeIntervalSince1970) < 5)
    }
}

@Suite struct SyslogTests {
    @Test func linesAreDatagrams() throws {
        let scratch = Scratch()
        let path = scratch.path / "log"
        let log = Syslog(tag: "ipsec", path: path)
        log.write(severity: 6, "nobody listens")
        #expect(log.lost == 1)
        let listener = try DatagramListener("\(path)")
        log.write(severity: 4, "first\nsecond")
        #expect(listener.next() == "<28>ipsec[\(ThisProcess.id)]: first?second")
        log.write(severity: 7, Sentence(String(repeating: "x", count: 5_000)))
        #expect(listener.next()?.utf8.count == Syslog.lineLimit)
        // The log daemon starts afresh.
        Files.remove(path)
        let second = try DatagramListener("\(path)")
        listener.close()
        log.write(severity: 6, "again")
        #expect(second.next() == "<30>ipsec[\(ThisProcess.id)]: again")
        second.close()
        #expect(log.lost == 1)
    }
}

/// A stand-in for the system's log daemon.
private final class DatagramListener {
    let number: Int32
    init(_ path: String) throws {
        number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let got = unsafe recv(number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return got < 0 ? nil : String(decoding: buffer[0..<got], as: UTF8.self)
    }
    func close() { Foundation.close(number) }
}

@Suite(.enabled(if: isRoot && Files.exists("/dev/net/tun"), "needs root and /dev/net/tun")) struct TUNTests {
    @Test func attachesOnceAndPersists() throws {
        let name = Name("cyt\(ThisProcess.id % 100_000)")
        var device: TUN? = try TUN(name)
        #expect(Files.exists(Path("/sys/class/net/\(name)")))
        #expect(throws: SystemError.self) { try TUN(name) }
        try device?.setPersistent(true)
        device = nil
        #expect(Files.exists(Path("/sys/class/net/\(name)")))
        let again = try TUN(name)
        #expect(try reading { (span) throws(SystemError) in try again.receive(into: &span) } == nil)
        try again.setPersistent(false)
        #expect(throws: SystemError.self) { try TUN("a name too long for it") }
    }

    @Test func vanishesUnlessPersistent() throws {
        let name = Name("cyv\(ThisProcess.id % 100_000)")
        do { _ = try TUN(name) }
        #expect(!Files.exists(Path("/sys/class/net/\(name)")))
    }
}
