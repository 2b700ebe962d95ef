import Configuration
import Control
import Crypto
import DataPlane
import Linux
import Wire

/// `ipsec manual`.
extension Gateway {
    /// An operation of `ipsec manual`.
    func perform(_ operation: ManualOperation, on name: Name, _ terminal: Terminal, _ now: UInt64) {
        let known = connections.find(name)
        if let known, known.manual == nil {
            terminal.line(24, "\"\(name)\" is keyed automatically: use 'ipsec auto'")
            return terminal.finish(1)
        }
        let connection: Connection
        switch operation {
        case .up, .route:
            guard let renewed = renew(name, terminal, now) else { return terminal.finish(1) }
            connection = renewed
        case .down, .unroute:
            guard let known else {
                terminal.line(21, "no connection named \"\(name)\" is up or routed")
                return terminal.finish(1)
            }
            connection = known
        }
        switch operation {
        case .up: connections.up(connection, now: now, terminal: terminal)
        case .route: attempt(connection, terminal, "routed") { (c) throws(PlaneError) in try connections.route(c) }
        case .down:
            upBeforeCommit.removeAll { $0 == name }
            connections.takeDown(connection)
            terminal.line(2, "\"\(name)\" is down; it is still routed, and its traffic is dropped")
            terminal.finish(0)
        case .unroute:
            attempt(connection, terminal, "unrouted: its traffic goes in the clear") { (c) throws(PlaneError) in
                try connections.unroute(c)
            }
        }
    }

    /// Reads the conn from ipsec.conf again, unless the connection is up.
    private func renew(_ name: Name, _ terminal: Terminal, _ now: UInt64) -> Connection? {
        let known = connections.find(name)
        if let known, known.isUp { return known }
        let configuration = readConfiguration()
        guard known != nil || connections.all.count < setup.bounds.connections else {
            terminal.line(33, "\"\(name)\": \(noRoom)")
            return nil
        }
        guard let connection = make(name, configuration, terminal) else { return nil }
        guard connection.manual != nil else {
            terminal.line(33, "\"\(name)\" has no manual keys: expected auto=manual, spi=, esp=, espenckey= and espauthkey=")
            return nil
        }
        guard let known else {
            connections.add(connection)
            return connection
        }
        do throws(PlaneError) {
            try connections.replace(known, with: connection, now: now)
            return connection
        } catch {
            terminal.line(33, "\"\(name)\" \(error.reason)")
            return nil
        }
    }
}
