import Configuration
import DataPlane
import Host
import Linux
import Wire

/// ipsec.conf was changed: what is in force follows it, conn by conn.
extension Gateway {
    /// Makes anew what changed, forgets what is gone, loads what is new, and leaves the rest alone with its SAs.
    func reload(_ terminal: Terminal?, now: UInt64) {
        scheduleGoingBack(now: now)
        let configuration = readConfiguration()
        for diagnostic in configuration.diagnostics where diagnostic.severity == .error { terminal?.line(3, "\(diagnostic)") }
        func say(_ code: Int, _ text: __owned Sentence) {
            terminal?.line(code, text)
            log.write(code < 10 ? .notice : .error, text)
        }
        var isWhole = true
        var kept = 0
        var exchange = Exchange()
        // What is not there may only not have been read: a head with a mistake, a file that is missing.
        let isDoubtful = configuration.diagnostics.contains { $0.severity == .error }
        for connection in connections.all {
            guard let conn = configuration.connection(named: connection.name) else {
                if configuration.mentions(connection.name) {
                    isWhole = false
                    say(33, "\"\(connection.name)\" cannot be used any more as ipsec.conf has it; what is in force stays")
                } else if isDoubtful {
                    isWhole = false
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
            } else if !isLoaded(conn) {
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
            let isThere = load(conn, &exchange)
            say(isThere ? 2 : 3, isThere ? "\"\(conn.name)\" is added" : "\"\(conn.name)\" waits for its end on this machine to come")
        }
        finish(exchange, now: now)
        if configuration.setupText != setupText {
            say(3, "config setup has changed: 'ipsec setup restart' puts that in force")
        }
        if kept > 0 { terminal?.line(2, "\(kept) more stay as they are") }
        terminal?.finish(isWhole ? 0 : 1)
    }

    /// Connections that come and go together: those that leave do so when all that take their places are routed, so that what
    /// one had and another gets (subnets of a list that are counted anew) is never let go.
    struct Exchange {
        var leaving: [Connection] = []
        /// What comes, with whether it is wanted up; `nil` for one that has no predecessor.
        fileprivate var coming: [(connection: Connection, conn: ConnectionDescription, isWanted: Bool?)] = []
    }

    /// Why not; `nil` when it is prepared.
    private func change(_ old: Connection, to conn: ConnectionDescription, _ exchange: inout Exchange, now: UInt64) -> Sentence? {
        let isWanted = connections.wants(old) || isStarted(conn) || old.carries
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

    /// Adds a conn; false when it waits for its end here. What was routed by one that leaves stays so.
    private func load(_ conn: ConnectionDescription, _ exchange: inout Exchange) -> Bool {
        guard connections.all.count < setup.bounds.connections + exchange.leaving.count,
            let connection = load(conn)
        else { return false }
        keepCaught(connection, from: exchange.leaving)
        exchange.coming.append((connection, conn, nil))
        return true
    }

    /// Routes a new connection where one that leaves has its traffic routed.
    func keepCaught(_ connection: Connection, from leaving: [Connection]) {
        let eroute = connection.eroute
        let isCaught = leaving.contains {
            $0.routing != .unrouted && $0.eroute.localSelector == eroute.localSelector && $0.eroute.remoteSelector == eroute.remoteSelector
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

    /// Looks when to go back, if at all.
    func scheduleGoingBack(now: UInt64) {
        goesBack = ConfigurationFile(in: options.configurationFolder).remaining(now: now).map { now + $0 * 1_000_000_000 }
    }

    /// Nobody confirmed in time: the old ipsec.conf is put back and in force.
    func goBackIfDue(now: UInt64) {
        guard let due = goesBack, now >= due else { return }
        // A disk that is full now may not be in a minute.
        goesBack = now + 60_000_000_000
        do throws(SystemError) {
            if try ConfigurationFile(in: options.configurationFolder).goBackIfDue(now: now) {
                log.warning("the new ipsec.conf was not confirmed in time: the old one is restored\(code: .configurationRestored)")
                reload(nil, now: now)
            } else {
                scheduleGoingBack(now: now)
            }
        } catch { log.error("the old ipsec.conf cannot be put back: \(error)") }
    }

    /// Before anything is read at the start.
    static func goBackAtStart(_ options: DaemonOptions, _ log: Log, now: UInt64) {
        do throws(SystemError) {
            if try ConfigurationFile(in: options.configurationFolder).goBackIfDue(now: now) {
                log.warning(
                    "the new ipsec.conf was not confirmed before this start: the old one is restored\(code: .configurationRestored)")
            }
        } catch { log.error("the old ipsec.conf cannot be put back: \(error)") }
    }
}
