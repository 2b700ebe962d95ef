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
    /// The last line is among `pending`; nothing more will come.
    private(set) var isFinished = false
    /// It read so slowly that lines were lost; the event loop lets it go.
    private(set) var overflowed = false

    init(_ room: Room = Room()) { self.room = room }

    /// `NNN text`. Numbers are whack's: see `IKE.Progress.code`.
    func line(_ code: Int, _ text: __owned Sentence) {
        raw((code < 10 ? "00" : code < 100 ? "0" : "") + "\(code) \(text)\n")
    }

    /// A line without a number, for output that has its own form; `>` in front tells the other end so.
    func plain(_ text: __owned Sentence) { raw(">\(text)\n") }

    /// The last line: with which code the command exits.
    func finish(_ exitCode: Int) {
        guard !isFinished else { return }
        raw("exit \(exitCode)\n")
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
