import DataPlane
import IKE
import Linux
import Wire

/// Connections whose peer is a host name that has got another address while they are up.
///
/// DNS is no proof: what stands is left alone. But a Main Mode from the new address is answered, and whoever proves to be the
/// peer in it has come to stay.
extension Connections {
    /// Answers the peer of `connection` at its new address, as `heir` has it.
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

    /// The peer of a connection proved to be at its new address: its heir takes its place. What both cover stays held.
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
