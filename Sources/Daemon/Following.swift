import Configuration
import DataPlane
import Host
import IKE
import Linux
import Netlink
import Wire

/// Updates connections when this machine's interfaces, addresses and default routes change, or the addresses of its peers' host
/// names.
///
/// When an address disappears, its connections stay routed and keep their SAs, since it usually returns. When another address replaces
/// it, only the connections that used it are negotiated again.
extension Gateway {
    /// The interfaces of this machine have changed: some conns may have another local end, or one for the first time.
    func change(to machine: Machine, _ interfaces: InterfaceSnapshot, now: UInt64) {
        self.machine = machine
        self.interfaces = interfaces
        plane.interfacesChanged(interfaces)
        connections.knowsNetworks = false
        append(.applySettings(machine))
        followAll(now: now)
    }

    private func followAll(now: UInt64) {
        for connection in connections.all { follow(connection, now: now) }
        guard !unoriented.isEmpty else { return }
        let configuration = readConfiguration(quietly: true)
        for name in unoriented {
            if let conn = configuration.connection(named: name) { begin(conn, now: now) }
        }
    }

    /// A host name was looked up.
    func lookedUp(_ name: Name, _ addresses: [Address], _ reason: Sentence?, now: UInt64) {
        names.update(name, addresses)
        followAll(now: now)
        guard let reason else { return }
        for connection in connections.all where connection.awaitsAddress && connection.peerName == name {
            log.warning("\(name) cannot be looked up: \(reason)", code: .lookupFailed, conn: connection.name)
            connection.tell(31, "\(name) cannot be looked up: \(reason)")
            connection.release(1)
        }
    }

    private func follow(_ connection: Connection, now: UInt64) {
        guard let source = connection.source else { return }
        let names = names
        switch Orientation.of(source.conn, on: machine, lookUp: { names.addresses(of: $0) }) {
        case .unoriented:
            guard !connection.isAway else { return }
            connection.isAway = true
            let held: StaticString = connection.isRouted ? "; its traffic is held until the address is back" : ""
            log.notice(
                "has lost this machine's address \(source.oriented.localAddress)\(held)", code: .addressLost, conn: connection.name
            )
        case .oriented(let oriented):
            let wasAway = connection.isAway
            connection.isAway = false
            if oriented != source.oriented {
                // A tunnel stays until its peer authenticates from the new address.
                if connection.isUp, oriented.localAddress == source.oriented.localAddress, connection.peerName != nil {
                    expectReplacement(of: connection, oriented, now: now)
                    break
                }
                move(connection, from: source.oriented, now: now)
                break
            }
            connections.forgetReplacement(connection, now: now)
            if wasAway {
                log.notice("has this machine's address \(oriented.localAddress) again", code: .addressBack, conn: connection.name)
                if !connection.isUp, connections.wants(connection) { connections.up(connection, now: now, terminal: nil) }
            }
        }
    }

    private func expectReplacement(of connection: Connection, _ oriented: Oriented, now: UInt64) {
        guard let conn = connection.source?.conn, connection.replacement?.source?.oriented != oriented else { return }
        do throws(BuildError) {
            connections.expect(try builder.make(conn, for: connections), toFollow: connection, now: now)
        } catch { log.debug(log.debugging.names, "cannot follow its peer: \(error.reason)", conn: connection.name) }
    }

    /// Replaces a connection by one with this machine's new address or next hop. Its traffic stays held.
    private func move(_ old: Connection, from before: Oriented, now: UInt64) {
        guard let conn = old.source?.conn else { return }
        let isWanted = connections.wants(old)
        do throws(BuildError) {
            let successor = try builder.make(conn, for: connections)
            do throws(PlaneError) {
                // Clients that waited for it now wait for its successor.
                successor.waiting = old.waiting
                old.waiting = []
                try connections.replace(old, with: successor, now: now)
            } catch { throw BuildError(reason: error.reason) }
            if let after = successor.source?.oriented, after.localAddress != before.localAddress {
                log.notice(
                    "moves from \(before.localAddress) to \(after.localAddress), this machine's new address", code: .addressChanged,
                    conn: old.name
                )
            } else {
                let peer: Sentence = successor.policy.remote.map { "its peer to \($0)" } ?? "this machine's new default route"
                log.notice("follows \(old.peerName == nil ? "this machine's new default route" : peer)", conn: old.name)
            }
            if isWanted { connections.up(successor, now: now, terminal: nil) }
        } catch { log.error("cannot follow this machine's addresses: \(error.reason)", conn: old.name) }
    }
}
