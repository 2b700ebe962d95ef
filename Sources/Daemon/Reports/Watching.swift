import Control
import DataPlane
import Linux
import Wire

/// `ipsec watch`: the log as it grows.
extension Gateway {
    /// Reports every line of the log from now on, until the client closes. Before them it reports the status, or the version of the JSON.
    func beginWatch(_ terminal: Terminal, isJSON: Bool, now: UInt64) {
        if isJSON {
            terminal.plain("{\"version\": 1, \"plane\": \(JSON.text("\(connections.plane.name)")), \"time\": \(Clock.notBeforeBuild())}")
        } else {
            connections.showSummary(to: terminal, now: now)
        }
        watchers.append(Watcher(terminal: terminal, isJSON: isJSON))
        log.isWatched = true
    }

    /// Sends the watchers what was logged since the last call.
    func tellWatchers() {
        guard log.isWatched else { return }
        watchers.removeAll { $0.terminal.isFinished }
        log.isWatched = !watchers.isEmpty
        for line in log.takeUnread() {
            for watcher in watchers { watcher.terminal.plain(watcher.isJSON ? json(line) : "\(line.level.word)\(line.text)") }
        }
    }

    /// A line of the log begins with the conn's name in quotation marks if it is about one, and may end with a code.
    private func json(_ line: Log.Line) -> Sentence {
        var (text, code) = line.text.withoutCode
        let octets = text.octets
        var name: Sentence?
        if octets.first == UInt8(ascii: "\""), let end = octets.dropFirst().firstIndex(of: UInt8(ascii: "\"")),
            connections.find(Name(Array(octets[1..<end]))) != nil
        {
            name = Sentence(octets: Array(octets[1..<end]))
            text = Sentence(octets: Array(octets[(end + 1)...].drop { $0 == 0x20 }))
        }
        return "{\"time\": \(Clock.notBeforeBuild()), \"level\": \(JSON.text("\(line.level.name)")), \"connection\": \(JSON.text(name)), "
            + "\"code\": \(JSON.text(code)), \"text\": \(JSON.text(text))}"
    }
}
