import Control
import Daemon
import Linux
import Wire

/// Asks the daemon, and shows its answer as it comes.
enum Client {
    static let notRunning: StaticString = "IPsec is not running: start it with 'ipsec setup start'"

    /// Sends a request and does not wait for the answer; false when no daemon took it.
    static func tell(_ request: Request) -> Bool {
        guard let options = Places.options() else { return false }
        return (try? ControlClient(asking: request, at: options.controlSocket)) != nil
    }

    /// The exit code that the daemon gives; 1 or 2, and the reason on standard error, when it cannot be asked.
    static func ask(_ request: Request) -> Int32 {
        guard let options = Places.options() else { return 2 }
        return ask(request, options, nil) { say($0) }
    }

    /// The values that answer a request; those that arrived in time if the daemon is busy, none if it does not run.
    /// - Parameter time: nanoseconds.
    static func values(_ request: Request, _ options: DaemonOptions, within time: UInt64) -> [Sentence] {
        let deadline = Clock.monotonic() + time
        var values: [Sentence] = []
        do throws(ControlFailure) {
            var client = try ControlClient(asking: request, at: options.controlSocket)
            while true {
                switch try client.next() {
                case .reply(.value(let value)): values.append(value)
                case .reply(.exit), .ended: return values
                case .reply: continue
                case .nothing: guard try client.wait(until: deadline) else { return values }
                }
            }
        } catch { return values }
    }

    /// The same for the console.
    /// - Parameters:
    ///   - keyboard: control C ends the wait, or any key does if `anyKeyEnds`.
    ///   - show: shows a line of the answer.
    static func ask(
        _ request: Request, _ options: DaemonOptions, _ keyboard: Keyboard?, anyKeyEnds: Bool = false, _ show: (Sentence) -> Void
    ) -> Int32 {
        do throws(ControlFailure) {
            var client = try ControlClient(asking: request, at: options.controlSocket)
            return try answer(&client, keyboard, anyKeyEnds, show)
        } catch {
            switch error {
            case .request(let error):
                complain(error.reason)
                return Int32(RequestError.exitCode)
            case .notRunning: complain("\(notRunning)")
            case .notPermitted: complain("only root may talk to the daemon")
            case .reply(.notUnderstood(let line)): complain("the daemon's reply is not understood: '\(line)'")
            case .system(let error): complain("cannot talk to the daemon: \(error)")
            }
            return 1
        }
    }

    /// Shows replies up to the exit code.
    private static func answer(
        _ client: inout ControlClient, _ keyboard: Keyboard?, _ anyKeyEnds: Bool, _ show: (Sentence) -> Void
    ) throws(ControlFailure) -> Int32 {
        while true {
            switch try client.next() {
            case .reply(.exit(let code)): return Int32(code)
            case .reply(let reply): show(reply.text)
            case .ended:
                complain("the daemon ended before it answered")
                return 1
            case .nothing:
                let deadline = Clock.monotonic() + 3_600_000_000_000
                guard let keyboard else {
                    _ = try client.wait(until: deadline)
                    continue
                }
                guard keyboard.wait(for: client.number, until: deadline) == .key else { continue }
                if anyKeyEnds {
                    keyboard.forget()
                    return 0
                }
                if keyboard.takeInterrupt() {
                    complain("interrupted; the daemon continues with the request")
                    return 1
                }
            }
        }
    }
}
