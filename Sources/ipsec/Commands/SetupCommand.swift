import Control
import Daemon
import Linux
import Wire

/// `ipsec setup`: starts and stops IPsec.
enum SetupCommand {
    /// Within this many nanoseconds the daemon sends its Deletes and removes its state from the kernel.
    private static let stopTime: UInt64 = 10_000_000_000

    static func run(_ words: [Name]) -> Int32 {
        let rest = Array(words.dropFirst())
        // FreeS/WAN accepts both 'start' and '--start'.
        let first = words.first.map { $0.hasPrefix("--") ? Name(Array($0.bytes.dropFirst(2))) : $0 }
        guard let operation = first, rest.isEmpty || rest == ["--nofork"] else { return refuse() }
        guard let options = Places.options(isForeground: !rest.isEmpty) else { return 2 }
        if operation == "status", rest.isEmpty { return status(options) }
        guard ThisProcess.user == 0 else {
            complain("setup \(operation) is for root")
            return 1
        }
        switch operation {
        case "start": return start(options)
        case "restart":
            if PIDFile.holder(options.pidFile) != nil {
                let code = end(options, by: .restart)
                guard code == 0 else { return code }
            }
            return start(options)
        case "stop" where rest.isEmpty: return stop(options)
        case "reload" where rest.isEmpty:
            guard PIDFile.holder(options.pidFile) != nil else {
                complain("\(Client.notRunning)")
                return 1
            }
            // Secrets first: changed conns may need them.
            let keys = Client.ask(.rereadAll)
            return max(keys, Client.ask(.reload))
        default: return refuse()
        }
    }

    private static func refuse() -> Int32 {
        complain("setup takes start, stop, restart, reload or status; 'ipsec help setup' explains them")
        return 2
    }

    private static func status(_ options: DaemonOptions) -> Int32 {
        guard let process = PIDFile.holder(options.pidFile) else {
            StandardStream.output.write("IPsec stopped\n")
            guard Files.exists(options.pidFile) else { return 0 }
            StandardStream.output.write(
                "but not by 'ipsec setup stop': traffic of routed connections may be held until 'ipsec setup stop' or the next start\n")
            return 1
        }
        StandardStream.output.write("IPsec running\npluto pid \(process)\n")
        guard (try? UnixStream(connectingTo: options.controlSocket)) != nil else {
            StandardStream.output.write("but its control socket does not answer\n")
            return 1
        }
        return 0
    }

    private static func stop(_ options: DaemonOptions) -> Int32 {
        if PIDFile.holder(options.pidFile) != nil { return end(options, by: .stop) }
        // A daemon that crashed leaves its policies and routes in the kernel: stop removes them.
        let leftovers: [Sentence]
        do throws(StartError) {
            leftovers = try Daemon.removeLeftovers(options)
        } catch {
            complain("IPsec is not running, and not all policies and routes of an earlier run were removed: \(error.reason)")
            return 1
        }
        for line in leftovers { StandardStream.output.write("002 \(line)\n") }
        complain(
            leftovers.isEmpty ? "IPsec is not running" : "IPsec is not running; the policies and routes of an earlier run were removed")
        return leftovers.isEmpty ? 1 : 0
    }

    /// Tells the daemon to end, and waits until it has.
    private static func end(_ options: DaemonOptions, by request: Request) -> Int32 {
        var process = PIDFile.holder(options.pidFile)
        // The disk was full and the pid file is empty; the kernel knows who listens.
        if process == 0 { process = try? UnixStream(connectingTo: options.controlSocket).credentials().process }
        let code = Client.ask(request)
        guard code == 0 else { return code }
        let deadline = Clock.monotonic() + stopTime
        // The kernel releases the lock before it closes the other descriptors: they are all closed when the process is gone.
        while PIDFile.holder(options.pidFile) != nil || !hasEnded(process ?? 0) {
            guard Clock.monotonic() < deadline else {
                complain("the daemon does not end")
                return 1
            }
            // If epoll is unavailable, the loop polls without a pause.
            _ = try? Epoll().wait(until: Clock.monotonic() + 10_000_000)
        }
        Files.remove(options.pidFile)
        return 0
    }

    /// Whether a process is gone, or is a zombie.
    private static func hasEnded(_ process: Int32) -> Bool {
        guard let status = try? Files.read(Path("/proc/\(process)/stat"), limit: 1024),
            let nameEnd = status.lastIndex(of: UInt8(ascii: ")")), nameEnd + 2 < status.count
        else { return true }
        return status[nameEnd + 2] == UInt8(ascii: "Z") || status[nameEnd + 2] == UInt8(ascii: "X")
    }

    // MARK: start

    private static func start(_ options: DaemonOptions) -> Int32 {
        do throws(SystemError) {
            try Files.makeDirectory(options.runFolder, mode: 0o700)
            switch try PIDFile.claim(options.pidFile) {
            case .held(let process):
                complain(process > 0 ? "IPsec is running already (pid \(process))" : "IPsec is running already")
                return 1
            case .claimed(let file):
                if options.isForeground { return serve(options, file, nil) }
                switch try ThisProcess.forkDaemon() {
                case .parent(_, let report): return try hear(report)
                case .daemon(let report): return serve(options, file, report)
                }
            }
        } catch {
            complain("cannot start: \(error)")
            return 1
        }
    }

    /// The daemon's side. `report` is `nil` in the foreground: then standard error gets the whole log.
    private static func serve(_ options: DaemonOptions, _ file: PIDFile, _ report: SharedDescriptor?) -> Int32 {
        let daemon: Daemon
        do throws(StartError) {
            daemon = try Daemon(options)
        } catch {
            if let report {
                tell(report, .plain(error.reason))
                tell(report, .exit(1))
            } else {
                complain(error.reason)
            }
            file.release()
            return 1
        }
        // If the disk is full, the lock on the file still shows that a daemon runs.
        try? file.write(ThisProcess.id)
        if let report {
            for complaint in daemon.complaints { tell(report, .plain(complaint)) }
            tell(report, .exit(0))
        }
        return run(daemon, file, report)
    }

    /// Takes the last reference to `report`, so that the pipe closes before the event loop begins.
    private static func run(_ daemon: Daemon, _ file: PIDFile, _ report: consuming SharedDescriptor?) -> Int32 {
        report = nil
        // The file stays locked until the process ends and releases everything: then another daemon may start.
        return withExtendedLifetime(file) { daemon.run() }
    }

    private static func tell(_ report: SharedDescriptor, _ reply: __owned Reply) {
        // The terminal may be gone.
        _ = try? report.write(reply.line.span)
    }

    /// The terminal's side: prints what the daemon reports, up to the exit code.
    private static func hear(_ report: SharedDescriptor) throws(SystemError) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 1024)
        var reader = ReplyReader()
        // Longer than prepluto= may run.
        let deadline = Clock.monotonic() + 60_000_000_000
        while true {
            var span = bytes.mutableSpan
            guard let count = try report.read(into: &span) else {
                guard try report.wait(until: deadline) else {
                    complain("the daemon does not say whether it started")
                    return 1
                }
                continue
            }
            reader.append(bytes[0..<count])
            // The daemon is this program: its lines are replies.
            while let reply = (try? reader.next()) ?? nil {
                if case .exit(let code) = reply { return Int32(code) }
                complain(reply.text)
            }
            if count == 0 {
                complain("the daemon died while it started")
                return 1
            }
        }
    }
}
