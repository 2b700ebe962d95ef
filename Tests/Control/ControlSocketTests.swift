import Foundation
import Linux
import Testing
import Wire

@testable import Control

@Suite(.enabled(if: ThisProcess.user == 0, "the control socket serves root alone")) struct ControlSocketTests {
    private let folder = "/tmp/cygnet-control-\(ThisProcess.id)-\(UInt32.random(in: 0...UInt32.max))"
    private let epoll: Epoll
    private let control: ControlSocket

    init() throws {
        try Files.makeDirectory(Path(folder), mode: 0o700)
        epoll = try Epoll()
        control = try ControlSocket(Path(folder) / "ctl", epoll: epoll, firstToken: 100)
    }

    private func cleanUp() {
        control.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs the daemon's end, and answers requests, until `done` or for two seconds.
    private func turn(_ answer: (Request, Terminal) -> Void, until done: (_ served: Int) -> Bool) throws {
        var served = 0
        let deadline = Clock.monotonic() + 2_000_000_000
        try? epoll.add(control.number, .read, token: 1)
        while !done(served), Clock.monotonic() < deadline {
            let count = try epoll.wait(until: Clock.monotonic() + 20_000_000)
            for index in 0..<count {
                let event = epoll.event(index)
                if event.token == 1 {
                    control.accept()
                } else {
                    control.serve(event.token)
                    served += 1
                }
            }
            while let (request, terminal) = control.takeRequest() { answer(request, terminal) }
            control.flush()
        }
    }

    private func read(_ stream: UnixStream) throws -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var text = ""
        while true {
            var span = bytes.mutableSpan
            guard let count = try stream.read(into: &span), count > 0 else { return text }
            text += String(decoding: bytes[0..<count], as: UTF8.self)
        }
    }

    @Test func aRequestInPiecesIsAnsweredOnce() throws {
        defer { cleanUp() }
        let client = try UnixStream(connectingTo: Path(folder) / "ctl")
        var seen: [Request] = []
        let answer: (Request, Terminal) -> Void = { request, terminal in
            seen.append(request)
            terminal.line(2, "heard")
            terminal.finish(3)
        }
        _ = try client.write(Array("auto --u".utf8).span)
        try turn(answer) { served in served > 0 }
        #expect(seen.isEmpty)
        _ = try client.write(Array("p net\n".utf8).span)
        var text = ""
        try turn(answer) { _ in
            text += (try? read(client)) ?? ""
            return text.hasSuffix("exit 3\n")
        }
        #expect(seen == [.auto(.up, conn: "net")])
        #expect(text == "002 heard\nexit 3\n")
    }

    /// A line that is no request never reaches the daemon: the server itself refuses it.
    @Test func whatIsNoRequestIsRefused() throws {
        defer { cleanUp() }
        let client = try UnixStream(connectingTo: Path(folder) / "ctl")
        _ = try client.write(Array("auto --fly net\n".utf8).span)
        var text = ""
        let noRequest: (Request, Terminal) -> Void = { _, _ in Issue.record("it is no request") }
        try turn(noRequest) { _ in
            text += (try? read(client)) ?? ""
            return text.hasSuffix("exit 2\n")
        }
        #expect(text.hasPrefix("020 ") && text.hasSuffix("\nexit 2\n"))
    }

    @Test func theClientHearsWhatTheDaemonSays() throws {
        defer { cleanUp() }
        var client = try ControlClient(asking: .addresses, at: Path(folder) / "ctl")
        let said: [Reply] = [.value("192.0.2.1"), .plain("a report"), .progress(31, "no answer"), .exit(1)]
        var heard: [Reply] = []
        try turn { request, terminal in
            #expect(request == .addresses)
            terminal.value("192.0.2.1")
            terminal.plain("a report")
            terminal.line(31, "no answer")
            terminal.finish(1)
        } until: { _ in
            while let step = try? client.next(), case .reply(let reply) = step { heard.append(reply) }
            return heard.count == said.count
        }
        #expect(heard == said)
        #expect(try client.next() == .ended)
    }

    /// A client that finds no place hears so, and is not left to wait.
    @Test func oneClientTooManyHearsWhy() throws {
        defer { cleanUp() }
        var waiting: [UnixStream] = []
        for _ in 0..<Limits.controlClients { waiting.append(try UnixStream(connectingTo: Path(folder) / "ctl")) }
        var client = try ControlClient(asking: .addresses, at: Path(folder) / "ctl")
        var heard: [Reply] = []
        let noRequest: (Request, Terminal) -> Void = { _, _ in Issue.record("it has no place") }
        try turn(noRequest) { _ in
            while let step = try? client.next(), case .reply(let reply) = step { heard.append(reply) }
            return heard.count == 2
        }
        #expect(heard.first.map { "\($0)".contains("try again later") } == true)
        #expect(heard.last == .exit(1))
        withExtendedLifetime(waiting) {}
    }

    @Test func nobodyListensWhereNoDaemonRuns() throws {
        cleanUp()
        #expect {
            _ = try ControlClient(asking: .log, at: Path(folder) / "ctl")
        } throws: { error in
            if case ControlFailure.notRunning = error { true } else { false }
        }
    }

    @Test func aRequestLineThatNeverEndsIsCutOff() throws {
        defer { cleanUp() }
        let client = try UnixStream(connectingTo: Path(folder) / "ctl")
        _ = try client.write([UInt8](repeating: 0x61, count: Limits.controlRequest + 1).span)
        var ended = false
        let noRequest: (Request, Terminal) -> Void = { _, _ in Issue.record("an endless line is no request") }
        try turn(noRequest) { _ in
            var bytes = [UInt8](repeating: 0, count: 16)
            var span = bytes.mutableSpan
            do {
                if let count = try client.read(into: &span), count == 0 { ended = true }
            } catch {
                ended = true // reset: what it sent was thrown away unread
            }
            return ended
        }
        #expect(ended)
    }

    @Test func theSocketIsItsOwnersAlone() throws {
        defer { cleanUp() }
        let status = try Files.status(Path(folder) / "ctl")
        #expect(status.mode & 0o777 == 0o600)
    }
}
