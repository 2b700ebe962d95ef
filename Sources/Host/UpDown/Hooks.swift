import Linux
import Wire

/// The processes of updown commands, each without a shell and in a process group of its own. The daemon does not wait for them. `HookQueue`
/// decides which ones run.
public final class Hooks {
    private struct Running {
        let run: HookRun
        let process: ChildProcess
        /// When its output is read next, so that its pipe does not fill up, monotonic nanoseconds.
        var readsAt: UInt64
        /// Its output since its last complete line, and the number of octets in all.
        var line: [UInt8] = []
        var printed = 0
    }

    private let log: Log
    private var running: [Running] = []
    /// Not taken yet by `next`. There are at most as many as runs.
    private var ends: [HookEnd] = []

    /// `log` receives the output of commands.
    public init(log: Log) { self.log = log }

    /// When output is to be read, monotonic nanoseconds.
    public var nextDeadline: UInt64? {
        var nearest: UInt64?
        for one in running { nearest = min(nearest ?? .max, one.readsAt) }
        return nearest
    }

    /// The next end of a command, once; `nil` if there is none.
    public func next() -> HookEnd? { ends.isEmpty ? nil : ends.removeFirst() }

    /// Starts or kills a process.
    public func carryOut(_ step: HookStep, now: UInt64) {
        switch step {
        case .start(let run): start(run, now: now)
        case .kill(let id): for one in running where one.run.id == id { one.process.kill() }
        }
    }

    /// Called when a child may have ended, or output is to be read.
    public func advance(now: UInt64) {
        var left: [Running] = []
        for var one in running {
            let code = one.process.reap()
            logOutput(&one, hasEnded: code != nil)
            if let code {
                ends.append(HookEnd(id: one.run.id, outcome: .exited(code)))
                continue
            }
            if now >= one.readsAt { one.readsAt = now + Limits.hookReadInterval }
            left.append(one)
        }
        running = left
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
                    say(one.line, one.run)
                    one.line = []
                    continue
                }
                one.printed += 1
                if one.printed <= Limits.hookOutput { one.line.append(octet) }
            }
        }
        if hasEnded { say(one.line, one.run) }
    }

    private func say(_ line: [UInt8], _ run: HookRun) {
        if !line.isEmpty { log.notice("\(run.words[0]) \(run.verb): \(Sentence(octets: line))", conn: run.connection) }
    }

    private func start(_ run: HookRun, now: UInt64) {
        var arguments: [[UInt8]] = []
        for word in run.words.dropFirst() { arguments.append(word.bytes) }
        var reason: Sentence = ""
        for folder in run.words[0].bytes.contains(UInt8(ascii: "/")) ? [""] : Self.folders {
            do throws(SystemError) {
                let program = Path(folder.bytes + run.words[0].bytes)
                let process = try ChildProcess(program, arguments: arguments, environment: run.environment, capturesOutput: true)
                running.append(Running(run: run, process: process, readsAt: now + Limits.hookReadInterval))
                return
            } catch { reason = "\(error)" }
        }
        ends.append(HookEnd(id: run.id, outcome: .notStarted(reason)))
    }

    /// Waits for the end of every command of `queue`, also of those that have not started, within a time limit.
    /// - Parameter signals: reports SIGCHLD.
    public func finish(_ queue: inout HookQueue, _ signals: Signals) {
        let end = Clock.monotonic() + Limits.hookShutdownTime
        do throws(SystemError) {
            let waiter = try Epoll(capacity: 1)
            try waiter.add(signals.number, .read, token: 0)
            while true {
                let now = Clock.monotonic()
                advance(now: now)
                while let ended = next() { queue.ended(ended) }
                let steps = queue.takeSteps(now: now)
                for step in steps { carryOut(step, now: now) }
                if queue.isIdle || now >= end { return }
                // A command that could not be started has ended already.
                if !steps.isEmpty { continue }
                _ = try waiter.wait(until: end)
                while try signals.next() != nil {}
            }
        } catch { log.setup(.error, "cannot wait for the end of updown commands: \(error)", code: .commandFailed) }
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
