import Control
import DataPlane
import Linux
import Wire

/// `ipsec watch`: the log as it grows.
extension Gateway {
    /// Reports every line of the log from now on, until the client closes. Before them it reports the status, or the version of the JSON.
    func beginWatch(_ terminal: Terminal, isJSON: Bool, now: UInt64) {
        if isJSON {
            terminal.plain(
                "{\"version\": 1, \"plane\": \(JSON.text("\(connections.plane.name)")), \"time\": \(connections.wallTime.seconds)}")
        } else {
            connections.showSummary(to: terminal, now: now)
        }
        watchers.append(Watcher(terminal: terminal, isJSON: isJSON))
        log.isWatched = true
    }

    /// Sends the watchers the lines that were logged since the last call.
    func tellWatchers() {
        guard log.isWatched else { return }
        watchers.removeAll { $0.terminal.isFinished }
        log.isWatched = !watchers.isEmpty
        for line in log.takeUnread() {
            for watcher in watchers { watcher.terminal.plain(watcher.isJSON ? json(line) : "\(line.level.word)\(line.shown)") }
        }
    }

    private func json(_ line: Log.Line) -> Sentence {
        "{\"time\": \(connections.wallTime.seconds), \"level\": \(JSON.text("\(line.level.name)")), "
            + "\"connection\": \(JSON.text(line.conn.map { "\($0)" })), \"code\": \(JSON.text(line.code.map { "\($0.word)" })), "
            + "\"unauthenticated\": \(line.isStrangers), \"text\": \(JSON.text(line.text))}"
    }
}
