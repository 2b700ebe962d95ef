import Linux
import Wire

/// Runs updown commands: each in a process of its own, no shell between, with a time limit, while the daemon goes on. Those of
/// one connection run one after another, in the order in which things happened.
final class Hooks {
    private struct Job {
        let connection: Name
        let verb: Name
        let words: [Name]
        let environment: [[UInt8]]
    }

    private struct Running {
        let job: Job
        let process: ChildProcess
        let ends: UInt64
    }

    private let log: Log
    private var waiting: [Job] = []
    private var running: [Running] = []

    init(log: Log) { self.log = log }

    var isIdle: Bool { running.isEmpty && waiting.isEmpty }
    /// When the next command's time is over.
    var nextDeadline: UInt64? {
        var nearest: UInt64?
        for one in running { nearest = min(nearest ?? .max, one.ends) }
        return nearest
    }

    /// Runs a command as soon as those before it, of the same connection, have ended.
    func run(_ words: [Name], for connection: Name, verb: Name, _ environment: [[UInt8]], now: UInt64) {
        guard waiting.count < Limits.waitingHooks else {
            log.error("\"\(connection)\": its updown command is not run for \(verb): too many wait already")
            return
        }
        waiting.append(Job(connection: connection, verb: verb, words: words, environment: environment))
        startWaiting(now: now)
    }

    /// A child ended, or a deadline may have come.
    func advance(now: UInt64) {
        var left: [Running] = []
        for one in running {
            if let code = one.process.reap() {
                if code != 0 {
                    log.warning("\"\(one.job.connection)\": \(one.job.words[0]) \(one.job.verb) ended with \(code)")
                }
            } else {
                if now >= one.ends {
                    log.error("\"\(one.job.connection)\": \(one.job.words[0]) \(one.job.verb) takes too long and is killed")
                    one.process.kill()
                    left.append(Running(job: one.job, process: one.process, ends: now + Limits.hookTime))
                } else {
                    left.append(one)
                }
            }
        }
        running = left
        startWaiting(now: now)
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
                let process = try ChildProcess(program, arguments: arguments, environment: job.environment)
                running.append(Running(job: job, process: process, ends: now + Limits.hookTime))
                return
            } catch { reason = "\(error)" }
        }
        log.error("\"\(job.connection)\": its command does not run: \(reason)")
    }

    /// Where commands are looked for.
    static let folders: [Name] = ["/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"]
}
