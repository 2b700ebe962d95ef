import Configuration
import DataPlane
import Host
import IKE
import Linux
import Wire

/// What arrives at the control socket, word by word, carried out.
extension Gateway {
    /// One request line. Its answer, or the beginning of it, is in `terminal` on return; `--up` ends it later.
    func perform(_ words: [Name], terminal: Terminal, now: UInt64) {
        guard let command = words.first else { return refuse("an empty request", terminal) }
        let rest = Array(words.dropFirst())
        if command == "auto" {
            performAuto(rest, terminal, now)
        } else if command == "manual" {
            performManual(rest, terminal, now)
        } else if command == "status" {
            if rest.contains("--json") {
                connections.showJSON(to: terminal, now: now)
            } else {
                connections.showSummary(to: terminal, now: now)
            }
            terminal.finish(0)
        } else if command == "eroute" {
            connections.showEroutes(to: terminal)
            terminal.finish(0)
        } else if command == "spi" {
            connections.showAssociations(to: terminal)
            terminal.finish(0)
        } else if command == "hotplug" {
            // Netlink has told already, or is about to: a hook is the second voice.
            log.debug(log.debugging.control, "hotplug event: \(rest.first ?? "-") \(rest.last ?? "-")\(code: .hotplug)")
            append(.lookAtMachine)
            terminal.finish(0)
        } else if command == "log" {
            for line in log.recent.all { terminal.plain(line) }
            terminal.finish(0)
        } else if command == "setup" {
            performSetup(rest, terminal, now)
        } else if command == "reload" {
            reload(terminal, now: now)
        } else if command == "watch" {
            beginWatch(terminal, now: now)
        } else if show(command, terminal, now: now) {
            return
        } else {
            refuse("unknown request \(command)", terminal)
        }
    }

    private func performSetup(_ words: [Name], _ terminal: Terminal, _ now: UInt64) {
        if words == ["stop"] {
            connections.hangUp(now: now)
            for connection in connections.all {
                connections.tellUnrouted(connection)
                terminal.line(2, "\"\(connection.name)\" unrouted")
            }
            // The peers and the updown commands hear of it before, while everything still stands.
            append(.removeEverything(for: terminal))
        } else if words == ["restart"] {
            connections.hangUp(now: now)
            terminal.line(0, "IPsec is restarting; what was routed stays held")
            ending = .keep
            terminal.finish(0)
        } else {
            refuse("setup takes stop or restart", terminal)
        }
    }

    /// Everything was removed from the kernel but what is named.
    func stopped(_ stayed: [Sentence], _ terminal: Terminal) {
        for line in stayed { terminal.line(3, line) }
        if stayed.isEmpty {
            terminal.line(0, "IPsec is stopped; every route of it is gone and traffic goes in the clear")
        } else {
            terminal.line(33, "IPsec is stopped, and what is named above stays in the kernel: 'ipsec setup stop' tries again")
        }
        ending = .removeEverything
        terminal.finish(stayed.isEmpty ? 0 : 1)
    }

    private func performAuto(_ words: [Name], _ terminal: Terminal, _ now: UInt64) {
        guard let deed = words.first else { return refuse("auto needs an operation", terminal) }
        if deed == "--status" {
            connections.showStatus(to: terminal, now: now)
            return terminal.finish(0)
        }
        if deed == "--ready" {
            append(.lookAtMachine)
            terminal.line(2, "listening for IKE messages on \(machine.addresses.count) addresses")
            return terminal.finish(0)
        }
        if list(deed, terminal) { return terminal.finish(0) }
        if deed == "--rereadsecrets" || deed == "--rereadall" {
            return terminal.finish(rereadSecrets(terminal) ? 0 : 1)
        }
        guard setup.runsPluto else {
            terminal.line(33, "no IKE is spoken here: 'config setup' says pluto=no")
            return terminal.finish(1)
        }
        guard words.count >= 2 else { return refuse("auto \(deed) needs the name of a conn", terminal) }
        let name = words[1]
        if deed == "--add" {
            if !connections.findAll(name).isEmpty {
                terminal.line(24, "\"\(name)\" is added already: use --replace to read it anew")
                return terminal.finish(1)
            }
            return terminal.finish(add(name, terminal) ? 0 : 1)
        }
        if deed == "--replace" { return replace(name, terminal, now) }
        // The console loads what it is told to bring up.
        if words.contains("--load"), connections.findAll(name).isEmpty, !add(name, terminal) { return terminal.finish(1) }
        let found = connections.findAll(name)
        guard !found.isEmpty else {
            explainAbsence(of: name, terminal)
            return terminal.finish(1)
        }
        terminal.expect(found.count)
        for connection in found { perform(deed, on: connection, isAsynchronous: words.contains("--asynchronous"), terminal, now) }
    }

    /// One that was left out at the start says why again.
    private func explainAbsence(of name: Name, _ terminal: Terminal) {
        let configuration = readConfiguration(quietly: true)
        guard configuration.connections(of: name).isEmpty, configuration.mentions(name) else {
            return terminal.line(21, "no connection named \"\(name)\": 'ipsec auto --add \(name)' reads it from ipsec.conf")
        }
        terminal.line(21, "no connection named \"\(name)\": ipsec.conf has it, and it cannot be used")
        for line in configuration.explain(name) { terminal.line(21, "\(line)") }
    }

    /// One deed of `ipsec auto` that is about a connection there is.
    private func perform(_ deed: Name, on connection: Connection, isAsynchronous: Bool, _ terminal: Terminal, _ now: UInt64) {
        let name = connection.name
        if deed == "--up" {
            connections.up(connection, now: now, terminal: isAsynchronous ? nil : terminal)
            if isAsynchronous { terminal.finish(0) }
        } else if deed == "--down" {
            upBeforeCommit.removeAll { $0 == name }
            connections.down(connection, now: now)
            terminal.line(2, "\"\(name)\" is down; its route stays and its traffic is dropped")
            terminal.finish(0)
        } else if deed == "--delete" {
            upBeforeCommit.removeAll { $0 == name }
            connections.delete(connection, now: now)
            terminal.line(2, "\"\(name)\" deleted and unrouted")
            terminal.finish(0)
        } else if deed == "--route" {
            attempt(connection, terminal, "routed") { (c) throws(PlaneError) in try connections.route(c) }
        } else if deed == "--unroute" {
            attempt(connection, terminal, "unrouted: its traffic goes in the clear") { (c) throws(PlaneError) in
                try connections.unroute(c)
            }
        } else {
            refuse("auto does not know \(deed)", terminal)
        }
    }

    /// Carries out what either works or fails with a sentence.
    func attempt(
        _ connection: Connection, _ terminal: Terminal, _ done: Sentence, _ deed: (Connection) throws(PlaneError) -> Void
    ) {
        do throws(PlaneError) {
            try deed(connection)
            terminal.line(2, "\"\(connection.name)\" \(done)")
            terminal.finish(0)
        } catch {
            terminal.line(25, "\"\(connection.name)\" \(error.reason)")
            terminal.finish(1)
        }
    }

    /// Reads a conn anew, with all its pairs of subnets: those that are gone are deleted.
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
                if let new = connections.find(conn.name) { keepCaught(new, from: olds) }
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

    func refuse(_ what: __owned Sentence, _ terminal: Terminal) {
        terminal.line(20, what)
        terminal.finish(2)
    }
}
