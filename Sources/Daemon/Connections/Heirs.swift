import DataPlane
import IKE
import Linux
import Wire

/// Connections whose peer is a host name that resolves to another address while they are up.
///
/// The DNS authenticates nobody, so the tunnel stays. But Main Mode from the new address is answered, and if it authenticates the peer,
/// the connection moves to the new address.
extension Connections {
    /// Accepts the peer of `connection` at the new address that `heir` has.
    func expect(_ heir: Connection, toFollow connection: Connection, now: UInt64) {
        forgetHeir(connection, now: now)
        connection.heir = heir
        if heir.isNegotiated { engine.add(heir.policy) }
    }

    func forgetHeir(_ connection: Connection, now: UInt64) {
        guard let heir = connection.heir else { return }
        connection.heir = nil
        var actions: [Action] = []
        engine.forget(heir.id, now: now, random: random, &actions)
        perform(actions, now: now)
    }

    /// Replaces a connection by its heir, after the peer has authenticated from its new address. Traffic that both cover stays held.
    func inherit(_ old: Connection, now: UInt64) {
        guard let heir = old.heir else { return }
        old.heir = nil
        let isWanted = wants(old)
        heir.waiting = old.waiting
        old.waiting = []
        do throws(PlaneError) {
            try replace(old, with: heir, now: now)
        } catch {
            log.error("\"\(old.name)\" cannot follow its peer: \(error.reason)")
            return
        }
        log.notice("\"\(heir.name)\" follows its peer to its new address, \(heir.policy.remote.map { $0.sentence } ?? "unknown")")
        if isWanted { up(heir, now: now, terminal: nil) }
    }
}
