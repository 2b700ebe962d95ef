import Configuration
import Host
import IKE
import Linux
import Netlink
import Wire

/// What the console's `show` and `watch` ask for beside what `ipsec status` and `ipsec look` show.
extension Gateway {
    /// False for what is none of it.
    func show(_ topic: Name, _ terminal: Terminal, now: UInt64) -> Bool {
        if topic == "interfaces" {
            showInterfaces(to: terminal)
        } else if topic == "counters" {
            connections.showEroutes(to: terminal)
            connections.showAssociations(to: terminal)
            terminal.plain(connections.refusedMessages)
        } else if topic == "memory" {
            connections.showMemory(to: terminal)
            terminal.plain(
                "\(connections.all.count) of \(setup.bounds.connections) connections, "
                    + "\(connections.engine.status(now: now).count) of \(setup.bounds.isakmpSAs + setup.bounds.ipsecSAs) states.")
        } else {
            return false
        }
        terminal.finish(0)
        return true
    }

    private func showInterfaces(to terminal: Terminal) {
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

    /// From now on whatever is logged is told here, too, until it is let go of.
    func beginWatch(_ terminal: Terminal, now: UInt64) {
        connections.showSummary(to: terminal, now: now)
        watchers.append(terminal)
        log.isWatched = true
    }

    /// Tells the watchers what was logged since the last time.
    func tellWatchers() {
        guard log.isWatched else { return }
        watchers.removeAll { $0.isFinished }
        log.isWatched = !watchers.isEmpty
        for line in log.takeUnread() {
            for watcher in watchers { watcher.plain(line) }
        }
    }
}
