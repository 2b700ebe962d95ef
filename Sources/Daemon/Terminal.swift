import Wire

/// Whoever waits for an answer at the control socket: numbered lines, then an exit code.
///
/// What it has to say gathers here, bounded, and the event loop takes it away as fast as the other end reads: a stuck
/// terminal never stalls the daemon.
final class Terminal {
    /// What all terminals have waiting together.
    final class Room {
        fileprivate(set) var taken = 0
    }

    private let room: Room
    /// Octets that wait to be written.
    private(set) var pending: [UInt8] = []
    /// How many connections the command is about that have not come to their end yet, and the worst exit code so far.
    private var awaited = 1
    private var worst = 0
    /// The last line is among `pending`; nothing more will come.
    private(set) var isFinished = false
    /// It read so slowly that lines were lost; the event loop lets it go.
    private(set) var overflowed = false

    init(_ room: Room = Room()) { self.room = room }

    // One line each, whatever the text: nothing in it ends the line, or the session, or is obeyed by who reads it.

    /// `NNN text`. Numbers are whack's: see `IKE.Progress.code`.
    func line(_ code: Int, _ text: __owned Sentence) {
        raw((code < 10 ? "00" : code < 100 ? "0" : "") + "\(code) \(text.printable)\n")
    }

    /// A line without a number, for output that has its own form; `>` in front tells the other end so.
    func plain(_ text: __owned Sentence) { raw(">\(text.printable)\n") }

    /// The command is about so many connections, at least one, each of which finishes.
    func expect(_ count: Int) { awaited = count }

    /// The last line: with which code the command exits. Of several connections the last to finish writes it, with the worst
    /// code of all.
    func finish(_ exitCode: Int) {
        guard !isFinished else { return }
        worst = max(worst, exitCode)
        awaited -= 1
        guard awaited <= 0 else { return }
        raw("exit \(worst)\n")
        isFinished = true
    }

    /// Nobody reads any more: nothing further is kept.
    func abandon() {
        room.taken -= pending.count
        pending = []
        isFinished = true
    }

    /// Forgets the first `count` octets of `pending`: they are written.
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
