import Configuration
import Control
import Host
import IKE
import Linux
import Netlink
import Wire

/// What the console's `show` and `watch` report beside what `ipsec status` and `ipsec look` report.
extension Gateway {
    func showMemory(to terminal: Terminal, now: UInt64) {
        connections.showMemory(to: terminal)
        terminal.plain(
            "\(connections.all.count) of \(setup.bounds.connections) connections, "
                + "\(connections.engine.status(now: now).count) of \(setup.bounds.isakmpSAs + setup.bounds.ipsecSAs) states.")
    }

    func showInterfaces(to terminal: Terminal) {
        for link in interfaces.links {
            let state: StaticString = link.isRunning ? "up" : link.isUp ? "no carrier" : "down"
            terminal.plain("\(link.name): \(state), MTU \(link.mtu)")
            for address in interfaces.addresses(of: link) {
                var line: Sentence = "    \(address)"
                for connection in connections.all where connection.policy.local == address { line += " \(connection.name)" }
                terminal.plain(line)
            }
        }
        for route in machine.defaultRoutes {
            terminal.plain("default route: \(route.interface)\(route.gateway.map { " by \($0)" } ?? "")")
        }
    }

    /// Reports every line of the log from now on, until the client closes.
    func beginWatch(_ terminal: Terminal, now: UInt64) {
        connections.showSummary(to: terminal, now: now)
        watchers.append(terminal)
        log.isWatched = true
    }

    /// Sends the watchers what was logged since the last call.
    func tellWatchers() {
        guard log.isWatched else { return }
        watchers.removeAll { $0.isFinished }
        log.isWatched = !watchers.isEmpty
        for line in log.takeUnread() {
            for watcher in watchers { watcher.plain(line) }
        }
    }
}
