import Wire

/// The answer to one request: lines, then an exit code.
///
/// Lines gather here, bounded. The event loop writes them as fast as the client reads: a client that does not read never stalls the daemon.
public final class Terminal {
    /// What all terminals have waiting together.
    final class Backlog {
        fileprivate(set) var octets = 0
        fileprivate let bounds: Bounds

        init(_ bounds: Bounds = Bounds()) { self.bounds = bounds }
    }

    private let backlog: Backlog
    /// Octets that wait to be written.
    private(set) var pending: [UInt8] = []
    /// How many connections of the request have not finished yet, and the largest exit code so far.
    private var awaited = 1
    private var worst = 0
    /// Nothing more is written: the exit code was sent, or the client has disconnected.
    public private(set) var isFinished = false
    /// Lines were lost because the client read too slowly. The server disconnects it.
    private(set) var overflowed = false

    init(_ backlog: Backlog = Backlog()) { self.backlog = backlog }

    /// A numbered line; see `Reply.progress`.
    public func line(_ code: Int, _ text: __owned Sentence) { send(.progress(code, text)) }

    /// A line of a report; see `Reply.plain`.
    public func plain(_ text: __owned Sentence) { send(.plain(text)) }

    /// A value that was asked for; see `Reply.value`.
    public func value(_ text: __owned Sentence) { send(.value(text)) }

    /// The request is about so many connections, at least one, each of which finishes.
    public func expect(_ count: Int) { awaited = count }

    /// Finishes with an exit code. Of several connections the last to finish ends the answer, with the largest of their codes.
    public func finish(_ exitCode: Int) {
        guard !isFinished else { return }
        worst = max(worst, exitCode)
        awaited -= 1
        guard awaited <= 0 else { return }
        send(.exit(worst))
        isFinished = true
    }

    /// Refuses a line that is no valid request.
    public func refuse(_ reason: __owned Sentence) {
        line(RequestError.code, reason)
        finish(RequestError.exitCode)
    }

    /// The client has disconnected: nothing further is kept.
    func abandon() {
        backlog.octets -= pending.count
        pending = []
        isFinished = true
    }

    /// Forgets the first `count` octets of `pending`, which were written.
    func wrote(_ count: Int) {
        backlog.octets -= count
        pending.removeFirst(count)
    }

    private func send(_ reply: __owned Reply) {
        guard !isFinished, !overflowed else { return }
        let octets = reply.line
        let bounds = backlog.bounds
        guard pending.count + octets.count <= bounds.controlOutput, backlog.octets + octets.count <= bounds.controlOutputs else {
            overflowed = true
            return
        }
        backlog.octets += octets.count
        pending.append(contentsOf: octets)
    }
}
