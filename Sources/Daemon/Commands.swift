import Configuration
import Control
import DataPlane
import Host
import IKE
import Linux
import Netlink
import Wire

/// Requests from the control socket, carried out.
extension Gateway {
    /// Answers one request. The answer, or its beginning, is in `terminal` on return: `.auto(.up, …)` ends it later, `.watch` never.
    func perform(_ request: Request, terminal: Terminal, now: UInt64) {
        switch request {
        case .auto(let operation, let conn, let loads, let isAsynchronous):
            perform(operation, on: conn, loads: loads, isAsynchronous: isAsynchronous, terminal, now)
        case .manual(let operation, let conn): perform(operation, on: conn, terminal, now)
        case .connections: report(terminal) { connections.showStatus(to: terminal, now: now) }
        case .ready:
            append(.lookAtMachine)
            terminal.line(2, "listening for IKE messages on \(machine.addresses.count) addresses")
            terminal.finish(0)
        case .rereadGroups: reload(terminal, groupsAlone: true, now: now)
        case .rereadSecrets, .rereadAll: terminal.finish(rereadSecrets(terminal) ? 0 : 1)
        case .list(let list): report(terminal) { show(list, terminal) }
        case .status(isJSON: true): report(terminal) { connections.showJSON(to: terminal, now: now) }
        case .status(isJSON: false): report(terminal) { connections.showSummary(to: terminal, now: now) }
        case .metrics: report(terminal) { connections.showMetrics(to: terminal, now: now) }
        case .eroutes: report(terminal) { connections.showEroutes(to: terminal) }
        case .associations: report(terminal) { connections.showAssociations(to: terminal) }
        case .counters: report(terminal) { connections.showCounters(to: terminal) }
        case .memory: report(terminal) { showMemory(to: terminal, now: now) }
        case .interfaces: report(terminal) { showInterfaces(to: terminal) }
        case .addresses:
            report(terminal) {
                for link in interfaces.links {
                    for address in interfaces.addresses(of: link) { terminal.value("\(address)") }
                }
            }
        case .log:
            report(terminal) {
                for line in log.recent.all { terminal.plain(line) }
            }
        case .watch(let isJSON): beginWatch(terminal, isJSON: isJSON, now: now)
        case .hotplug(let interface, let change):
            // Netlink reports the same change, before or after the hook.
            log.debug(log.debugging.control, "hotplug event: \(interface) \(change.word)", code: .hotplug)
            append(.lookAtMachine)
            terminal.finish(0)
        case .reload: reload(terminal, now: now)
        case .stop:
            connections.hangUp(now: now)
            for connection in connections.all {
                connections.tellUnrouted(connection)
                terminal.line(2, "\"\(connection.name)\" unrouted")
            }
            // First the peers and the updown commands learn of it, while every route still exists.
            append(.removeEverything(for: terminal))
        case .restart:
            connections.hangUp(now: now)
            terminal.line(0, "IPsec is restarting; the traffic of routed connections is held")
            ending = .keep
            terminal.finish(0)
        }
    }

    private func report(_ terminal: Terminal, _ body: () -> Void) {
        body()
        terminal.finish(0)
    }

    /// Everything was removed from the kernel except what `stayed` lists.
    func stopped(_ stayed: [Sentence], _ terminal: Terminal) {
        for line in stayed { terminal.line(3, line) }
        if stayed.isEmpty {
            terminal.line(0, "IPsec is stopped; its routes are removed and traffic goes in the clear")
        } else {
            terminal.line(33, "IPsec is stopped, and the entries above are still in the kernel: 'ipsec setup stop' tries again")
        }
        ending = .removeEverything
        terminal.finish(stayed.isEmpty ? 0 : 1)
    }

    /// An operation of `ipsec auto`.
    private func perform(
        _ operation: AutoOperation, on name: Name, loads: Bool, isAsynchronous: Bool, _ terminal: Terminal, _ now: UInt64
    ) {
        guard setup.runsPluto else {
            terminal.line(33, "connections cannot be negotiated: 'config setup' has pluto=no")
            return terminal.finish(1)
        }
        switch operation {
        case .add:
            if !connections.findAll(name).isEmpty {
                terminal.line(24, "\"\(name)\" is already added: --replace reads it again")
                return terminal.finish(1)
            }
            terminal.finish(add(name, terminal) ? 0 : 1)
        case .replace: replace(name, terminal, now)
        case .up:
            forEach(name, loads, terminal) { connection in
                connections.up(connection, now: now, terminal: isAsynchronous ? nil : terminal)
                if isAsynchronous { terminal.finish(0) }
            }
        case .down:
            forEach(name, loads, terminal) { connection in
                upBeforeCommit.removeAll { $0 == connection.name }
                connections.down(connection, now: now)
                terminal.line(2, "\"\(connection.name)\" is down; it is still routed, and its traffic is dropped")
                terminal.finish(0)
            }
        case .delete:
            forEach(name, loads, terminal) { connection in
                upBeforeCommit.removeAll { $0 == connection.name }
                connections.delete(connection, now: now)
                terminal.line(2, "\"\(connection.name)\" deleted and unrouted")
                terminal.finish(0)
            }
        case .route:
            forEach(name, loads, terminal) { connection in
                attempt(connection, terminal, "routed") { (c) throws(PlaneError) in try connections.route(c) }
            }
        case .unroute:
            forEach(name, loads, terminal) { connection in
                attempt(connection, terminal, "unrouted: its traffic goes in the clear") { (c) throws(PlaneError) in
                    try connections.unroute(c)
                }
            }
        }
    }

    /// Calls `body`, which finishes, for each connection of a conn that is loaded; with `loads` the conn is added first where it is not.
    private func forEach(_ name: Name, _ loads: Bool, _ terminal: Terminal, _ body: (Connection) -> Void) {
        if loads, connections.findAll(name).isEmpty, !add(name, terminal) { return terminal.finish(1) }
        let found = connections.findAll(name)
        guard !found.isEmpty else {
            explainAbsence(of: name, terminal)
            return terminal.finish(1)
        }
        terminal.expect(found.count)
        for connection in found { body(connection) }
    }

    /// Says why a conn is not loaded.
    private func explainAbsence(of name: Name, _ terminal: Terminal) {
        let configuration = readConfiguration(quietly: true)
        guard configuration.connections(of: name).isEmpty, configuration.mentions(name) else {
            return terminal.line(21, "no connection named \"\(name)\": 'ipsec auto --add \(name)' reads it from ipsec.conf")
        }
        terminal.line(21, "no connection named \"\(name)\": ipsec.conf has it, but it cannot be used")
        for line in configuration.explain(name) { terminal.line(21, "\(line)") }
    }

    /// Performs an operation that succeeds, or fails with a reason.
    func attempt(
        _ connection: Connection, _ terminal: Terminal, _ done: Sentence, _ operation: (Connection) throws(PlaneError) -> Void
    ) {
        do throws(PlaneError) {
            try operation(connection)
            terminal.line(2, "\"\(connection.name)\" \(done)")
            terminal.finish(0)
        } catch {
            terminal.line(25, "\"\(connection.name)\" \(error.reason)")
            terminal.finish(1)
        }
    }

    /// Reads a conn again, with all its pairs of subnets, and deletes the pairs that ipsec.conf no longer has.
    private func replace(_ name: Name, _ terminal: Terminal, _ now: UInt64) {
        let configuration = readConfiguration()
        let conns = configuration.connections(of: name)
        var isWhole = !conns.isEmpty
        if conns.isEmpty { explain(name, configuration, terminal) }
        let olds = connections.findAll(name)
        var leaving = isWhole ? olds.filter { old in !conns.contains { $0.name == old.name } } : []
        for conn in conns {
            guard let old = connections.find(conn.name) else {
                if !add(conn, terminal) { isWhole = false }
                if let new = connections.find(conn.name) { routeIfReplacing(new, from: olds) }
                continue
            }
            guard let successor = make(conn, terminal) else {
                isWhole = false
                continue
            }
            do throws(PlaneError) {
                try connections.add(successor, after: old, now: now)
                leaving.append(old)
                terminal.line(2, "\"\(conn.name)\" replaced")
            } catch {
                terminal.line(33, "\"\(conn.name)\" \(error.reason)")
                isWhole = false
            }
        }
        for old in leaving { connections.delete(old, now: now) }
        terminal.finish(isWhole ? 0 : 1)
    }
}
