import Configuration
import DataPlane
import Host
import Linux
import Wire

/// ipsec.conf has changed: the connections follow it, conn by conn.
extension Gateway {
    /// Replaces the connections whose conn changed, deletes those whose conn is gone, adds new ones, and leaves the others and their SAs
    /// alone. The exit code is 1 where ipsec.conf has an error, or a conn is not in force as ipsec.conf has it.
    func reload(_ terminal: Terminal?, now: UInt64) {
        noteCommit(now: now)
        let configuration = readConfiguration()
        for diagnostic in configuration.diagnostics where diagnostic.severity == .error { terminal?.line(3, "\(diagnostic)") }
        func say(_ code: Int, _ text: __owned Sentence) {
            terminal?.line(code, text)
            log.write(code < 10 ? .notice : .error, text)
        }
        var kept = 0
        var exchange = Exchange()
        // A conn may be missing because it was not read: its first line has a mistake, or an included file is missing.
        let hasErrors = configuration.diagnostics.contains { $0.severity == .error }
        var isWhole = !hasErrors
        for connection in connections.all {
            guard let conn = configuration.connection(named: connection.name) else {
                if configuration.mentions(connection.name) {
                    isWhole = false
                    say(33, "\"\(connection.name)\" cannot be used any more as ipsec.conf has it; what is in force stays")
                } else if hasErrors {
                    say(
                        33,
                        "\"\(connection.name)\" is not in ipsec.conf, which has errors; what is in force stays: 'ipsec auto --delete \(connection.name)' ends it"
                    )
                } else {
                    exchange.leaving.append(connection)
                    say(2, "\"\(connection.name)\" is deleted and unrouted: its traffic goes in the clear")
                }
                continue
            }
            if let old = connection.source?.conn, old.saysTheSame(as: conn) {
                kept += 1
            } else if !isLoaded(conn), connection.source.map({ isLoaded($0.conn) }) ?? true {
                // One that was added by hand stays.
                exchange.leaving.append(connection)
                say(2, "\"\(connection.name)\" is not loaded any more, as its auto= says, and unrouted: its traffic goes in the clear")
            } else if let reason = change(connection, to: conn, &exchange, now: now) {
                isWhole = false
                say(33, "\"\(connection.name)\" \(reason); what is in force stays")
            } else {
                say(2, "\"\(connection.name)\" is made anew")
            }
        }
        unoriented.removeAll { !configuration.mentions($0) }
        for conn in configuration.connections where isLoaded(conn) && connections.find(conn.name) == nil {
            do throws(BuildError) {
                try load(conn, &exchange)
                say(2, "\"\(conn.name)\" is added")
            } catch {
                if !error.isTemporary { isWhole = false }
                say(
                    error.isTemporary ? 3 : 33,
                    "\"\(conn.name)\" \(error.isTemporary ? "waits" : "cannot be added" as StaticString): \(error.reason)")
            }
        }
        finish(exchange, now: now)
        if configuration.setupText != setupText {
            say(3, "config setup has changed: 'ipsec setup restart' puts that in force")
        }
        if kept > 0 { terminal?.line(2, "\(kept) more stay as they are") }
        terminal?.finish(isWhole ? 0 : 1)
    }

    /// Connections that are added and deleted together. Those that leave are deleted after all that come are routed, so that traffic
    /// which one connection covered and another will cover (a pair of a list of subnets that gets another number) stays caught.
    struct Exchange {
        var leaving: [Connection] = []
        /// The new connections, and whether each is wanted up; `nil` for one without a predecessor.
        fileprivate var coming: [(connection: Connection, conn: ConnectionDescription, isWanted: Bool?)] = []
    }

    /// Prepares the successor of a connection whose conn changed. The reason why that cannot be; `nil` when it is done.
    private func change(_ old: Connection, to conn: ConnectionDescription, _ exchange: inout Exchange, now: UInt64) -> Sentence? {
        let isWanted = connections.wants(old) || isStarted(conn)
        let successor: Connection
        do throws(BuildError) {
            successor = try builder.make(conn, for: connections)
        } catch { return "cannot be changed: \(error.reason)" }
        do throws(PlaneError) {
            try connections.add(successor, after: old, now: now)
        } catch { return error.reason }
        exchange.leaving.append(old)
        exchange.coming.append((successor, conn, isWanted))
        return nil
    }

    /// Adds a conn that is new. It is routed where a connection that leaves has the same traffic routed.
    private func load(_ conn: ConnectionDescription, _ exchange: inout Exchange) throws(BuildError) {
        guard connections.all.count < setup.bounds.connections + exchange.leaving.count else { throw BuildError(reason: noRoom) }
        let connection = try load(conn)
        keepCaught(connection, from: exchange.leaving)
        exchange.coming.append((connection, conn, nil))
    }

    /// Routes a new connection where one that leaves has the same traffic routed.
    func keepCaught(_ connection: Connection, from leaving: [Connection]) {
        let eroute = connection.eroute
        let isCaught = leaving.contains {
            $0.isRouted && $0.eroute.localSelector == eroute.localSelector && $0.eroute.remoteSelector == eroute.remoteSelector
        }
        guard isCaught, !connection.isTemplate else { return }
        do throws(PlaneError) {
            try connections.route(connection)
        } catch { log.error("\"\(connection.name)\" cannot be routed: \(error.reason)") }
    }

    private func finish(_ exchange: Exchange, now: UInt64) {
        for old in exchange.leaving { connections.delete(old, now: now) }
        for (connection, conn, isWanted) in exchange.coming {
            guard let isWanted else {
                startIfAsked(connection, conn, now: now)
                continue
            }
            do throws(PlaneError) {
                if conn.auto == .route { try connections.route(connection) }
            } catch { log.error("\"\(conn.name)\" cannot be routed: \(error.reason)") }
            if isWanted { connections.up(connection, now: now, terminal: nil) }
        }
    }

    // MARK: commit confirm

    /// Before ipsec.conf is read again: whether it waits to be confirmed now, and what was up before it.
    private func noteCommit(now: UInt64) {
        let wasWaiting = goesBack != nil
        scheduleGoingBack(now: now)
        if goesBack == nil {
            upBeforeCommit = []
        } else if !wasWaiting {
            upBeforeCommit = connections.all.filter { connections.wants($0) }.map { $0.name }
        }
    }

    /// Brings up what was up before an ipsec.conf that nobody confirmed, and is not any more.
    private func bringUpAgain(_ names: [Name], now: UInt64) {
        let configuration = readConfiguration(quietly: true)
        for name in names {
            var connection = connections.find(name)
            // `auto=` adds none that was added by hand.
            if connection == nil, connections.all.count < setup.bounds.connections, let conn = configuration.connection(named: name) {
                connection = try? load(conn)
            }
            if let connection, !connections.wants(connection) { connections.up(connection, now: now, terminal: nil) }
        }
    }

    /// Reads from the disk when to go back, if at all.
    func scheduleGoingBack(now: UInt64) {
        goesBack = ConfigurationFile(in: options.configurationFolder).remaining(now: now).map { now + $0 * 1_000_000_000 }
    }

    /// Puts the old ipsec.conf back, and in force, where nobody confirmed the new one in time.
    func goBackIfDue(now: UInt64) {
        guard let due = goesBack, now >= due else { return }
        // Where it fails (a full disk), try again in a minute.
        goesBack = now + 60_000_000_000
        do throws(SystemError) {
            if try ConfigurationFile(in: options.configurationFolder).goBackIfDue(now: now) {
                log.warning("the new ipsec.conf was not confirmed in time: the old one is restored\(code: .configurationRestored)")
                let names = upBeforeCommit
                reload(nil, now: now)
                bringUpAgain(names, now: now)
            } else {
                scheduleGoingBack(now: now)
            }
        } catch { log.error("the old ipsec.conf cannot be put back: \(error)") }
    }

    /// The same before a start reads ipsec.conf.
    static func goBackAtStart(_ options: DaemonOptions, _ log: Log, now: UInt64) {
        do throws(SystemError) {
            if try ConfigurationFile(in: options.configurationFolder).goBackIfDue(now: now) {
                log.warning(
                    "the new ipsec.conf was not confirmed before this start: the old one is restored\(code: .configurationRestored)")
            }
        } catch { log.error("the old ipsec.conf cannot be put back: \(error)") }
    }
}
