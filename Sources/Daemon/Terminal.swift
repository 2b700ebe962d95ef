import Wire

/// The reply to one request on the control socket: numbered lines, then an exit code.
///
/// Lines are collected here, up to a limit, and the event loop writes them as fast as the client reads. A client that does not read never
/// blocks the daemon.
final class Terminal {
    /// Octets that wait to be written, of all terminals together.
    final class Room {
        fileprivate(set) var taken = 0
    }

    private let room: Room
    /// Octets that wait to be written.
    private(set) var pending: [UInt8] = []
    /// Number of connections that the command waits for, and the worst exit code so far.
    private var awaited = 1
    private var worst = 0
    /// Whether the last line is in `pending`.
    private(set) var isFinished = false
    /// Whether lines were lost because the client reads too slowly; the event loop disconnects it.
    private(set) var overflowed = false

    init(_ room: Room = Room()) { self.room = room }

    // Each text is made printable, so that it stays one line and no control character reaches the client's screen.

    /// Adds `NNN text`. The numbers are those of FreeS/WAN's whack: see `IKE.Progress.code`.
    func line(_ code: Int, _ text: __owned Sentence) {
        raw((code < 10 ? "00" : code < 100 ? "0" : "") + "\(code) \(text.printable)\n")
    }

    /// Adds a line without a number, for output in a format of its own; `>` in front marks it.
    func plain(_ text: __owned Sentence) { raw(">\(text.printable)\n") }

    /// The command waits for `count` connections, at least one; each of them calls `finish`.
    func expect(_ count: Int) { awaited = count }

    /// Ends the reply with the exit code. If the command waits for several connections, the last one to finish ends it, with the worst exit
    /// code.
    func finish(_ exitCode: Int) {
        guard !isFinished else { return }
        worst = max(worst, exitCode)
        awaited -= 1
        guard awaited <= 0 else { return }
        raw("exit \(worst)\n")
        isFinished = true
    }

    /// The client has disconnected: nothing more is collected.
    func abandon() {
        room.taken -= pending.count
        pending = []
        isFinished = true
    }

    /// Removes the first `count` octets of `pending`, which were written.
    func wrote(_ count: Int) {
        room.taken -= count
        pending.removeFirst(count)
    }

    private func raw(_ text: __owned Sentence) {
        guard !isFinished, !overflowed else { return }
        let octets = text.octets
        guard pending.count + octets.count <= Limits.controlOutput,
            room.taken + octets.count <= Limits.controlOutputs
        else {
            overflowed = true
            return
        }
        room.taken += octets.count
        pending.append(contentsOf: octets)
    }
}
