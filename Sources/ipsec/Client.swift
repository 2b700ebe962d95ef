import Daemon
import Linux
import Wire

/// The terminal's end of the control socket: sends one request, prints the answer as it comes.
enum Client {
    static let notRunning: StaticString = "IPsec is not running: start it with 'ipsec setup start'"

    /// Tells the daemon something and leaves its answer unread; false when there is none to tell.
    static func tell(_ words: [Name]) -> Bool {
        guard let options = Places.options(), let stream = try? UnixStream(connectingTo: options.controlSocket) else { return false }
        return (try? send(words, stream)) != nil
    }

    private static func send(_ words: [Name], _ stream: UnixStream) throws(SystemError) {
        var request: [UInt8] = []
        for word in words { request += word.bytes + [UInt8(ascii: " ")] }
        request[request.count - 1] = UInt8(ascii: "\n")
        _ = try stream.write(request.span)
    }

    /// The exit code that the daemon gives; 1, and the reason said, when there is no daemon.
    /// - Parameter session: whose lines the answer becomes, and whose control C lets go of it.
    static func ask(_ words: [Name], _ session: Session? = nil) -> Int32 {
        ask(words, session, session?.isTerminal ?? false ? session?.keyboard : nil, anyKeyEnds: false)
    }

    /// Shows what the daemon tells until a key is pressed.
    static func watch(_ session: Session, _ keyboard: Keyboard?) -> Int32 {
        ask(["watch"], session, keyboard, anyKeyEnds: true)
    }

    private static func ask(_ words: [Name], _ session: Session?, _ keyboard: Keyboard?, anyKeyEnds: Bool) -> Int32 {
        for word in words where word.bytes.contains(where: { $0 <= 0x20 }) {
            complain("'\(word)' holds a blank: names are letters, digits and . _ -")
            return 2
        }
        guard let options = session?.options ?? Places.options() else { return 2 }
        do throws(SystemError) {
            let stream = try UnixStream(connectingTo: options.controlSocket)
            try send(words, stream)
            return try answer(stream, session, keyboard, anyKeyEnds)
        } catch {
            if error.isNoSuchFile || error.isConnectionRefused {
                complain("\(notRunning)")
            } else if error.isPermission {
                complain("only root may talk to the daemon")
            } else {
                complain("cannot talk to the daemon: \(error)")
            }
            return 1
        }
    }

    /// This machine's addresses; none where there is no daemon to ask, or it is busy.
    static func addresses(_ options: DaemonOptions) -> [Name] {
        guard let stream = try? UnixStream(connectingTo: options.controlSocket), (try? send(["interfaces"], stream)) != nil else {
            return []
        }
        let deadline = Clock.monotonic() + 40_000_000
        var bytes = [UInt8](repeating: 0, count: 4096)
        var text: [UInt8] = []
        while (try? stream.wait(until: deadline)) ?? false {
            var span = bytes.mutableSpan
            guard let count = (try? stream.read(into: &span)) ?? nil, count > 0 else { break }
            text += bytes[0..<count]
        }
        var names: [Name] = []
        for line in text.split(separator: 0x0A) where line.starts(with: (">    " as StaticString).octets) {
            if let word = line.dropFirst(5).split(separator: 0x20).first { names.append(Name(Array(word))) }
        }
        return names
    }

    /// Prints lines until the last one, which says how to exit.
    private static func answer(
        _ stream: UnixStream, _ session: Session?, _ keyboard: Keyboard?, _ anyKeyEnds: Bool
    ) throws(SystemError) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var rest: [UInt8] = []
        while true {
            var span = bytes.mutableSpan
            guard let count = try stream.read(into: &span) else {
                let deadline = Clock.monotonic() + 3_600_000_000_000
                if let keyboard {
                    guard keyboard.wait(for: stream.number, until: deadline) == .key else { continue }
                    if anyKeyEnds {
                        keyboard.forget()
                        return 0
                    }
                    if keyboard.takeInterrupt() {
                        complain("interrupted: it goes on in the background")
                        return 1
                    }
                } else {
                    _ = try stream.wait(until: deadline)
                }
                continue
            }
            guard count > 0 else { break }
            rest += bytes[0..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(rest[..<end])
                rest.removeFirst(end + 1)
                if let code = exitCode(line) { return code }
                // Lines that have a form of their own come behind a `>`.
                let text = Sentence(octets: line.first == UInt8(ascii: ">") ? Array(line.dropFirst()) : line)
                if let session { session.say(text) } else { LookCommand.say(text) }
            }
        }
        complain("the daemon ended before it answered")
        return 1
    }

    private static func exitCode(_ line: [UInt8]) -> Int32? {
        let word = ("exit " as StaticString).octets
        guard line.starts(with: word) else { return nil }
        return Int32(Text.decimal(line[word.count...], limit: 255) ?? 1)
    }
}
