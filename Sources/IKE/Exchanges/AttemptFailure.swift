import Crypto
import Wire

/// What follows a failed attempt: a pause and the next attempt, or the end.
extension Engine {
    /// Records a failed attempt and schedules the next one.
    func failed(_ id: ConnectionID, _ reason: __owned Sentence, message: MessageCode? = nil, _ context: inout EngineContext) {
        guard let connection = connection(id) else { return }
        connection.failures += connection.failures == .max ? 0 : 1
        connection.restsUntil = context.now + pause(connection.failures, context)
        let tries = connection.policy.keyingTries
        let isFinal = !connection.isWanted || tries != 0 && connection.failures >= tries
        if isFinal {
            connection.isWanted = false
            connection.retryAt = nil
        } else {
            connection.retryAt = connection.restsUntil
        }
        context.actions.append(.attemptFailed(id, reason: reason, message, final: isFinal))
    }

    /// The pause after so many failures. It is random within bounds, so that many connections do not all begin at once.
    func pause(_ failures: UInt32, _ context: EngineContext) -> UInt64 {
        let pause = Limits.pause[min(max(Int(failures), 1), Limits.pause.count) - 1]
        return pause / 4 * 3 + context.fraction(pause / 2)
    }

    /// Main Mode failed: removes the SA, and fails the attempts that wait for it.
    func fail(_ sa: ISAKMPSA, _ code: Int, _ reason: __owned Sentence, message: MessageCode? = nil, _ context: inout EngineContext) {
        isakmpSAs.remove(sa)
        let pending = sa.pending
        sa.pending = []
        context.say(sa.policy.id, sa.serial, code, .warning, "\(sa.state.name): \(reason)", message)
        for id in pending { failed(id, reason, message: message, &context) }
        refreshKeepalives(context.now)
    }
}
