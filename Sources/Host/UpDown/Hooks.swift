import Linux
import Wire

/// Runs updown commands, each in a process of its own, without a shell, with a time limit. The daemon does not wait for them. The commands of
/// one connection run one after another, in the order of their events.
public final class Hooks {
    private struct Job {
        let connection: Name
        let verb: Name
        let words: [Name]
        let environment: [[UInt8]]
    }

    private struct Running {
        let job: Job
        let process: ChildProcess
        var ends: UInt64
        /// When its output is read next, so that its pipe does not fill up, monotonic nanoseconds.
        var readsAt: UInt64
        /// Its output since its last complete line, and the number of octets in all.
        var line: [UInt8] = []
        var printed = 0
    }

    private let log: Log
    private var waiting: [Job] = []
    private var running: [Running] = []

    /// `log` receives errors and the output of commands.
    public init(log: Log) { self.log = log }

    /// Whether no command runs or waits.
    public var isIdle: Bool { running.isEmpty && waiting.isEmpty }
    /// When a command's time limit ends, or output is to be read.
    public var nextDeadline: UInt64? {
        var nearest: UInt64?
        for one in running { nearest = min(nearest ?? .max, one.ends, one.readsAt) }
        return nearest
    }

    /// Runs a command as soon as the earlier ones of the same connection have ended.
    public func run(_ words: [Name], for connection: Name, verb: Name, _ environment: [[UInt8]], now: UInt64) {
        guard waiting.count < Limits.waitingHooks else {
            log.error("the updown command is not run for \(verb): too many are waiting", conn: connection)
            return
        }
        waiting.append(Job(connection: connection, verb: verb, words: words, environment: environment))
        startWaiting(now: now)
    }

    /// Called when a child has ended or a deadline may have passed.
    public func advance(now: UInt64) {
        var left: [Running] = []
        for var one in running {
            let code = one.process.reap()
            logOutput(&one, hasEnded: code != nil)
            if let code {
                if code != 0 {
                    log.warning("\(one.job.words[0]) \(one.job.verb) exited with \(code)", code: .commandFailed, conn: one.job.connection)
                }
                continue
            }
            if now >= one.ends {
                log.error(
                    "\(one.job.words[0]) \(one.job.verb) takes too long and is killed", code: .commandKilled, conn: one.job.connection)
                one.process.kill()
                one.ends = now + Limits.hookTime
            }
            if now >= one.readsAt { one.readsAt = now + Limits.hookReadInterval }
            left.append(one)
        }
        running = left
        startWaiting(now: now)
    }

    /// Logs a command's output line by line, up to `Limits.hookOutput`, and discards the rest.
    private func logOutput(_ one: inout Running, hasEnded: Bool) {
        guard let output = one.process.output else { return }
        var bytes = [UInt8](repeating: 0, count: 512)
        // A command that prints endlessly is read again later.
        for _ in 0..<64 {
            var span = bytes.mutableSpan
            guard let count = try? output.read(into: &span), count > 0 else { break }
            for octet in bytes[0..<count] {
                guard octet != 0x0A else {
                    say(one.line, one.job)
                    one.line = []
                    continue
                }
                one.printed += 1
                if one.printed <= Limits.hookOutput { one.line.append(octet) }
            }
        }
        if hasEnded { say(one.line, one.job) }
    }

    private func say(_ line: [UInt8], _ job: Job) {
        if !line.isEmpty { log.notice("\(job.words[0]) \(job.verb): \(Sentence(octets: line))", conn: job.connection) }
    }

    private func startWaiting(now: UInt64) {
        var index = 0
        while index < waiting.count, running.count < Limits.runningHooks {
            let job = waiting[index]
            let isFirst = !waiting[..<index].contains { $0.connection == job.connection }
            guard isFirst, !running.contains(where: { $0.job.connection == job.connection }) else {
                index += 1
                continue
            }
            waiting.remove(at: index)
            start(job, now: now)
        }
    }

    private func start(_ job: Job, now: UInt64) {
        var arguments: [[UInt8]] = []
        for word in job.words.dropFirst() { arguments.append(word.bytes) }
        var reason: Sentence = ""
        for folder in job.words[0].bytes.contains(UInt8(ascii: "/")) ? [""] : Self.folders {
            do throws(SystemError) {
                let program = Path(folder.bytes + job.words[0].bytes)
                let process = try ChildProcess(program, arguments: arguments, environment: job.environment, capturesOutput: true)
                running.append(Running(job: job, process: process, ends: now + Limits.hookTime, readsAt: now + Limits.hookReadInterval))
                return
            } catch { reason = "\(error)" }
        }
        log.error("cannot run its command: \(reason)", code: .commandFailed, conn: job.connection)
    }

    /// Waits for the end of every command, within a time limit.
    /// - Parameter signals: reports SIGCHLD.
    public func finish(_ signals: Signals) {
        let end = Clock.monotonic() + Limits.hookShutdownTime
        guard let waiter = try? Epoll(capacity: 1) else { return }
        try? waiter.add(signals.number, .read, token: 0)
        while !isIdle, Clock.monotonic() < end {
            _ = try? waiter.wait(until: end)
            while (try? signals.next()) ?? nil != nil {}
            advance(now: Clock.monotonic())
        }
    }

    /// Runs a command of `config setup` and waits for its end, within a time limit.
    public static func runToEnd(_ words: [Name], _ what: StaticString, _ log: Log) {
        guard let program = words.first else { return }
        do throws(SystemError) {
            let process = try ChildProcess(
                Path(program.bytes), arguments: words.dropFirst().map { $0.bytes }, environment: [searchPath])
            let waiter = try Epoll(capacity: 1)
            let end = Clock.monotonic() + Limits.hookTime
            while process.reap() == nil {
                if Clock.monotonic() >= end {
                    log.setup(.error, "\(what): \(program) takes too long and is killed", code: .commandKilled)
                    process.kill()
                    process.wait()
                }
                _ = try waiter.wait(until: Clock.monotonic() + 10_000_000)
            }
            if let code = process.exitCode, code != 0 {
                log.setup(.warning, "\(what): \(program) exited with \(code)", code: .commandFailed)
            }
        } catch { log.setup(.error, "\(what): cannot run \(program): \(error)", code: .commandFailed) }
    }

    /// The search path for commands.
    static let folders: [Name] = ["/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"]

    /// The `PATH` of commands.
    public static var searchPath: [UInt8] {
        ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" as StaticString).octets
    }
}
