import Gateway
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
    static func ask(_ words: [Name]) -> Int32 {
        for word in words where word.bytes.contains(where: { $0 <= 0x20 }) {
            complain("'\(word)' holds a blank: names are letters, digits and . _ -")
            return 2
        }
        guard let options = Places.options() else { return 2 }
        do throws(SystemError) {
            let stream = try UnixStream(connectingTo: options.controlSocket)
            try send(words, stream)
            return try answer(stream)
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

    /// Prints lines until the last one, which says how to exit.
    private static func answer(_ stream: UnixStream) throws(SystemError) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var rest: [UInt8] = []
        while true {
            var span = bytes.mutableSpan
            guard let count = try stream.read(into: &span) else {
                _ = try stream.wait(until: Clock.monotonic() + 3_600_000_000_000)
                continue
            }
            guard count > 0 else { break }
            rest += bytes[0..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(rest[..<end])
                rest.removeFirst(end + 1)
                if let code = exitCode(line) { return code }
                // Lines that have a form of their own come behind a `>`.
                let text = line.first == UInt8(ascii: ">") ? Array(line.dropFirst()) : line
                StandardStream.output.write((text + [UInt8(ascii: "\n")]).span)
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
