import DataPlane
import IKE
import Linux
import Wire

/// Connections whose peer is a host name that resolves to another address while they are up.
///
/// The DNS is not authenticated, so the tunnel stays. Main Mode from the new address is answered, and if it authenticates the peer, the
/// connection moves to the new address.
extension Connections {
    /// Accepts the peer of `connection` at the new address that `replacement` has.
    func expect(_ replacement: Connection, toFollow connection: Connection, now: UInt64) {
        forgetReplacement(connection, now: now)
        connection.replacement = replacement
        if replacement.isNegotiated { engine.add(replacement.policy) }
    }

    func forgetReplacement(_ connection: Connection, now: UInt64) {
        guard let replacement = connection.replacement else { return }
        connection.replacement = nil
        var actions: [Action] = []
        engine.forget(replacement.id, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// Replaces a connection after the peer has authenticated from its new address. Traffic that both cover stays held.
    func moveToReplacement(_ old: Connection, now: UInt64) {
        guard let replacement = old.replacement else { return }
        old.replacement = nil
        let isWanted = wants(old)
        replacement.waiting = old.waiting
        old.waiting = []
        do throws(PlaneError) {
            try replace(old, with: replacement, now: now)
        } catch {
            log.error("cannot follow its peer: \(error.reason)", conn: old.name)
            return
        }
        log.notice(
            "follows its peer to its new address, \(replacement.policy.remote.map { $0.sentence } ?? "unknown")", conn: replacement.name)
        if isWanted { up(replacement, now: now, terminal: nil) }
    }
}
