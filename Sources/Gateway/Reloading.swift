import Configuration
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
        // What is not there may only not have been read: a head with a mistake, a file that is missing.
        let isDoubtful = configuration.diagnostics.contains { $0.severity == .error }
        for connection in connections.all {
            guard let conn = configuration.connection(named: connection.name) else {
                if configuration.mentions(connection.name) {
                    isWhole = false
                    say(33, "\"\(connection.name)\" cannot be used any more as ipsec.conf has it; what is in force stays")
                } else if isDoubtful {
                    isWhole = false
                    say(33, "\"\(connection.name)\" is not in ipsec.conf, which has errors; what is in force stays: 'ipsec auto --delete \(connection.name)' ends it")
                } else {
                    connections.delete(connection, now: now)
                    say(2, "\"\(connection.name)\" is deleted and unrouted: its traffic goes in the clear")
                }
                continue
            }
            if let old = connection.source?.conn, old.saysTheSame(as: conn) {
                kept += 1
            } else if !isLoaded(conn) {
                connections.delete(connection, now: now)
                say(2, "\"\(connection.name)\" is not loaded any more, as its auto= says, and unrouted: its traffic goes in the clear")
            } else if let reason = change(connection, to: conn, now: now) {
                isWhole = false
                say(33, "\"\(connection.name)\" \(reason); what is in force stays")
            } else {
                say(2, "\"\(connection.name)\" is made anew")
            }
        }
        unoriented.removeAll { !configuration.mentions($0) }
        for conn in configuration.connections where isLoaded(conn) && connections.find(conn.name) == nil {
            begin(conn, configuration, now: now)
            let isThere = connections.find(conn.name) != nil
            say(isThere ? 2 : 3, isThere ? "\"\(conn.name)\" is added" : "\"\(conn.name)\" waits for its end on this machine to come")
        }
        if configuration.setupText != setupText {
            say(3, "config setup has changed: 'ipsec setup restart' puts that in force")
        }
        if kept > 0 { terminal?.line(2, "\(kept) more stay as they are") }
        terminal?.finish(isWhole ? 0 : 1)
    }

    /// Why not; `nil` when it is done.
    private func change(_ old: Connection, to conn: ConnectionDescription, now: UInt64) -> Sentence? {
        let isWanted = connections.wants(old) || isStarted(conn) || old.carries
        let successor: Connection
        do throws(RecipeError) {
            successor = try recipe.make(conn, for: connections)
        } catch { return "cannot be changed: \(error.reason)" }
        do throws(PlaneError) {
            try connections.replace(old, with: successor, now: now)
            if conn.auto == .route { try connections.route(successor) }
        } catch { return error.reason }
        if isWanted { connections.up(successor, now: now, terminal: nil) }
        return nil
    }

    // MARK: commit confirm

    /// Looks when to go back, if at all.
    func scheduleGoingBack(now: UInt64) {
        goesBack = ConfigurationFile(options).remaining.map { now + $0 * 1_000_000_000 }
    }

    /// Nobody confirmed in time: the old ipsec.conf is put back and in force.
    func goBackIfDue(now: UInt64) {
        guard let due = goesBack, now >= due else { return }
        // A disk that is full now may not be in a minute.
        goesBack = now + 60_000_000_000
        do throws(SystemError) {
            if try ConfigurationFile(options).goBackIfDue() {
                log.warning("the new ipsec.conf was not confirmed in time: the old one is put back")
                reload(nil, now: now)
            } else {
                scheduleGoingBack(now: now)
            }
        } catch { log.error("the old ipsec.conf cannot be put back: \(error)") }
    }

    /// Before anything is read at the start.
    static func goBackAtStart(_ options: GatewayOptions, _ log: Log) {
        do throws(SystemError) {
            if try ConfigurationFile(options).goBackIfDue() {
                log.warning("the new ipsec.conf was not confirmed before this start: the old one is put back")
            }
        } catch { log.error("the old ipsec.conf cannot be put back: \(error)") }
    }
}
