import Linux
import Wire

/// One run of an updown command.
public struct HookRun {
    /// No other run has it.
    public let id: UInt32
    /// The connection whose event it is about.
    public let connection: Name
    /// The event, for the log.
    public let verb: Name
    /// The program and its arguments.
    public let words: [Name]
    /// `NAME=value` each, and nothing else.
    public let environment: [[UInt8]]
}

/// What `Hooks` is to do. `HookQueue` decides it.
public enum HookStep {
    /// Starts a process.
    case start(HookRun)
    /// Kills the process of the run with this ID.
    case kill(UInt32)
}

/// The end of a run.
public struct HookEnd {
    /// How it ended.
    public enum Outcome {
        /// The process has ended, with this exit code, or with 128 and the signal that ended it.
        case exited(Int32)
        /// There was no process. The reason is a sentence.
        case notStarted(Sentence)
    }

    /// The ID of the run.
    public let id: UInt32
    /// How it ended.
    public let outcome: Outcome
}

/// Decides when updown commands run, and for how long. The commands of one connection run one after another, in the order of their events.
/// Each has a time limit. It starts no process: `Hooks` carries out its steps and reports the ends.
public struct HookQueue {
    private struct Running {
        let run: HookRun
        var ends: UInt64
    }

    private let log: Log
    private var waiting: [HookRun] = []
    private var running: [Running] = []
    private var toKill: [UInt32] = []
    private var lastID: UInt32 = 0

    /// `log` receives errors.
    public init(log: Log) { self.log = log }

    /// Whether no command runs or waits.
    public var isIdle: Bool { running.isEmpty && waiting.isEmpty }
    /// When the next time limit ends, monotonic nanoseconds.
    public var nextDeadline: UInt64? {
        var nearest: UInt64?
        for one in running { nearest = min(nearest ?? .max, one.ends) }
        return nearest
    }

    /// Adds the updown command for an event of an eroute, if the connection has one.
    public mutating func add(_ verb: EventVerb, _ context: UpDownContext) {
        guard !context.command.isEmpty else { return }
        let word = context.word(verb)
        add(context.command, for: context.connection, verb: Name(word.octets), context.environment(word))
    }

    /// Adds a command. It starts when the earlier ones of the same connection have ended.
    public mutating func add(_ words: [Name], for connection: Name, verb: Name, _ environment: [[UInt8]]) {
        guard waiting.count < Limits.waitingHooks else {
            log.error("the updown command is not run for \(verb): too many are waiting", code: .commandFailed, conn: connection)
            return
        }
        lastID &+= 1
        waiting.append(HookRun(id: lastID, connection: connection, verb: verb, words: words, environment: environment))
    }

    /// A command has ended.
    public mutating func ended(_ end: HookEnd) {
        guard let place = running.firstIndex(where: { $0.run.id == end.id }) else { return }
        let run = running.remove(at: place).run
        switch end.outcome {
        case .exited(0): break
        case .exited(let code):
            log.warning("\(run.words[0]) \(run.verb) exited with \(code)", code: .commandFailed, conn: run.connection)
        case .notStarted(let reason): log.error("cannot run its command: \(reason)", code: .commandFailed, conn: run.connection)
        }
    }

    /// Kills commands whose time limit has ended. Another one of their connection starts when they have ended.
    public mutating func advance(now: UInt64) {
        for place in running.indices where now >= running[place].ends {
            let run = running[place].run
            log.error("\(run.words[0]) \(run.verb) takes too long and is killed", code: .commandKilled, conn: run.connection)
            running[place].ends = now + Limits.hookTime
            toKill.append(run.id)
        }
    }

    /// Returns what is to be done now, in order, and assumes that it is done.
    public mutating func takeSteps(now: UInt64) -> [HookStep] {
        var steps = toKill.map { HookStep.kill($0) }
        toKill = []
        var index = 0
        while index < waiting.count, running.count < Limits.runningHooks {
            let run = waiting[index]
            let isFirst = !waiting[..<index].contains { $0.connection == run.connection }
            guard isFirst, !running.contains(where: { $0.run.connection == run.connection }) else {
                index += 1
                continue
            }
            waiting.remove(at: index)
            running.append(Running(run: run, ends: now + Limits.hookTime))
            steps.append(.start(run))
        }
        return steps
    }
}
