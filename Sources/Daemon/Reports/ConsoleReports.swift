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
}
