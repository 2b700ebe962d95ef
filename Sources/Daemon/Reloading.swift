import Configuration
import Control
import DataPlane
import Host
import Linux
import Wire

/// Reload: the connections are changed to agree with ipsec.conf.
extension Gateway {
    /// Replaces the connections whose conn changed, deletes those whose conn is gone, adds new ones, and does not change the others and
    /// their SAs. The exit code is 1 if ipsec.conf has an error, or if a conn of ipsec.conf could not be applied.
    /// - Parameter groupsAlone: whether only the entries of policy groups are looked at (`auto --rereadgroups`).
    func reload(_ terminal: Terminal?, groupsAlone: Bool = false, now: UInt64) {
        if !groupsAlone { noteCommit(now: now) }
        let configuration = readConfiguration()
        for diagnostic in configuration.diagnostics where diagnostic.severity == .error { terminal?.line(3, "\(diagnostic)") }
        let hasErrors = configuration.diagnostics.contains { $0.severity == .error }
        var reload = Reload(terminal: terminal, hasErrors: hasErrors, isWhole: !hasErrors)
        for connection in connections.all where !groupsAlone || connection.source?.conn.isOfGroup == true {
            if let conn = configuration.connection(named: connection.name) {
                compare(connection, to: conn, &reload, now: now)
            } else {
                miss(connection, isMentioned: configuration.mentions(connection.name), &reload)
            }
        }
        unoriented.removeAll { !configuration.mentions($0) }
        for conn in configuration.connections
        where isLoaded(conn) && connections.find(conn.name) == nil && (!groupsAlone || conn.isOfGroup) { add(conn, &reload) }
        finish(reload.replacement, now: now)
        if !groupsAlone, configuration.setupText != setupText {
            let text: Sentence = "config setup has changed: the change takes effect after 'ipsec setup restart'"
            terminal?.line(3, text)
            log.notice(text)
        }
        if reload.kept > 0 { terminal?.line(2, "unchanged: \(reload.kept)") }
        terminal?.finish(reload.isWhole ? 0 : 1)
    }

    /// One reload, while connections are compared to ipsec.conf.
    private struct Reload {
        let terminal: Terminal?
        /// Whether ipsec.conf has errors.
        let hasErrors: Bool
        /// Whether everything of ipsec.conf could be applied so far.
        var isWhole: Bool
        /// The number of connections that are unchanged.
        var kept = 0
        var replacement = Replacement()
    }

    private func say(_ reload: Reload, _ number: Int, _ text: __owned Sentence, _ code: MessageCode?, _ conn: Name) {
        reload.terminal?.line(number, "\"\(conn)\" \(text.marked(code))")
        log.write(number < 10 ? .notice : .error, text, code: code, conn: conn)
    }

    /// Deletes a connection whose conn ipsec.conf does not have. A conn may also be missing because it was not read: its first line has an
    /// error, or an included file is missing. Then the connection stays.
    /// - Parameter isMentioned: whether ipsec.conf has the conn, but it cannot be used.
    private func miss(_ connection: Connection, isMentioned: Bool, _ reload: inout Reload) {
        if isMentioned {
            reload.isWhole = false
            say(
                reload, 33, "stays in force: ipsec.conf has it, but it cannot be used", reload.hasErrors ? .configurationError : nil,
                connection.name)
        } else if reload.hasErrors {
            say(
                reload, 33,
                "stays in force: it is not in ipsec.conf, which has errors; 'ipsec auto --delete \(connection.name)' deletes it",
                .configurationError, connection.name)
        } else {
            reload.replacement.leaving.append(connection)
            // An entry of a policy group lies mostly within another eroute.
            let consequence: StaticString = connection.source?.conn.isOfGroup == true ? "" : ": its traffic goes in the clear"
            say(reload, 2, "is deleted and unrouted\(consequence)", .connectionDeleted, connection.name)
        }
    }

    /// Keeps, deletes or replaces a connection whose conn ipsec.conf has.
    private func compare(_ connection: Connection, to conn: ConnectionDescription, _ reload: inout Reload, now: UInt64) {
        if let old = connection.source?.conn, old.saysTheSame(as: conn) {
            reload.kept += 1
        } else if !isLoaded(conn), connection.source.map({ isLoaded($0.conn) }) ?? true {
            // A connection that was added by hand stays.
            reload.replacement.leaving.append(connection)
            say(
                reload, 2, "is deleted and unrouted, since its auto= no longer loads it: its traffic goes in the clear",
                .connectionDeleted, connection.name)
        } else if let reason = change(connection, to: conn, &reload.replacement, now: now) {
            reload.isWhole = false
            say(reload, 33, "\(reason); the former connection stays in force", nil, connection.name)
        } else {
            say(reload, 2, "is replaced", .connectionReplaced, connection.name)
        }
    }

    /// Adds a conn that has no connection yet.
    private func add(_ conn: ConnectionDescription, _ reload: inout Reload) {
        let leaving = reload.replacement.leaving
        if let other = connections.all.first(where: { old in
            old.source?.conn.isSameEntry(as: conn) == true && !leaving.contains { $0 === old }
        }) {
            say(reload, 33, "is not added: \"\(other.name)\" stays in force", nil, conn.name)
            return
        }
        do throws(BuildError) {
            try load(conn, &reload.replacement)
            say(reload, 2, "is added", .connectionAdded, conn.name)
        } catch {
            if error.isTemporary {
                say(reload, 3, "waits: \(error.reason)", nil, conn.name)
            } else {
                reload.isWhole = false
                say(reload, 33, "cannot be added: \(error.reason)", nil, conn.name)
            }
        }
    }

    /// Connections that are added and deleted together. All new ones are routed before old ones are deleted. So traffic stays caught that
    /// one connection covered and another one will cover (for example a pair of a list of subnets that gets another number).
    struct Replacement {
        var leaving: [Connection] = []
        /// The new connections, and whether each is wanted up; `nil` for one that replaces none.
        fileprivate var coming: [(connection: Connection, conn: ConnectionDescription, isWanted: Bool?)] = []
    }

    /// Adds the successor of a connection whose conn changed. Returns why that failed; `nil` if it succeeded.
    private func change(_ old: Connection, to conn: ConnectionDescription, _ replacement: inout Replacement, now: UInt64) -> Sentence? {
        let isWanted = connections.wants(old) || isStarted(conn)
        let successor: Connection
        do throws(BuildError) {
            successor = try builder.make(conn, for: connections)
        } catch { return "cannot be changed: \(error.reason)" }
        do throws(PlaneError) {
            try connections.add(successor, after: old, now: now)
        } catch { return error.reason }
        replacement.leaving.append(old)
        replacement.coming.append((successor, conn, isWanted))
        return nil
    }

    /// Adds a new conn. It is routed if a connection that is to be deleted has the same traffic routed.
    private func load(_ conn: ConnectionDescription, _ replacement: inout Replacement) throws(BuildError) {
        guard connections.all.count < setup.bounds.connections + replacement.leaving.count else { throw BuildError(reason: noRoom) }
        let connection = try load(conn)
        routeIfReplacing(connection, from: replacement.leaving)
        replacement.coming.append((connection, conn, nil))
    }

    /// Routes a new connection if one that is to be deleted has the same traffic routed.
    func routeIfReplacing(_ connection: Connection, from leaving: [Connection]) {
        let eroute = connection.eroute
        let isRouted = leaving.contains {
            $0.isRouted && $0.eroute.localSelector == eroute.localSelector && $0.eroute.remoteSelector == eroute.remoteSelector
        }
        guard isRouted, !connection.isTemplate else { return }
        do throws(PlaneError) {
            try connections.route(connection)
        } catch { log.error("cannot be routed: \(error.reason)", code: .notRouted, conn: connection.name) }
    }

    private func finish(_ replacement: Replacement, now: UInt64) {
        for old in replacement.leaving { connections.delete(old, now: now) }
        for (connection, conn, isWanted) in replacement.coming {
            guard let isWanted else {
                startIfAsked(connection, conn, now: now)
                continue
            }
            do throws(PlaneError) {
                if conn.auto == .route { try connections.route(connection) }
            } catch { log.error("cannot be routed: \(error.reason)", code: .notRouted, conn: conn.name) }
            if isWanted { connections.up(connection, now: now, terminal: nil) }
        }
    }

    // MARK: commit confirm

    /// Called before ipsec.conf is read again: records whether it must be confirmed, and which connections were up before it.
    private func noteCommit(now: UInt64) {
        let wasWaiting = revertsAt != nil
        scheduleReversion(now: now)
        if revertsAt == nil {
            upBeforeCommit = []
        } else if !wasWaiting {
            upBeforeCommit = connections.all.filter { connections.wants($0) }.map { $0.name }
        }
    }

    /// Brings up the connections that were up before an ipsec.conf that was not confirmed, and are down now.
    private func bringUpAgain(_ names: [Name], now: UInt64) {
        let configuration = readConfiguration(quietly: true)
        for name in names {
            var connection = connections.find(name)
            // One that was added by hand: `auto=` does not add it.
            if connection == nil, connections.all.count < setup.bounds.connections, let conn = configuration.connection(named: name) {
                connection = try? load(conn) // which logs why it fails
            }
            if let connection, !connections.wants(connection) { connections.up(connection, now: now, terminal: nil) }
        }
    }

    /// Reads from the disk when the former ipsec.conf is to be restored, if at all.
    func scheduleReversion(now: UInt64) {
        do throws(FileError) {
            revertsAt = try ConfigurationFile(in: options.configurationFolder).remaining(now: now).map { now + $0 * 1_000_000_000 }
        } catch {
            log.error("cannot read ipsec.conf.before: \(error.reason)")
            revertsAt = now + 60_000_000_000
        }
    }

    /// Restores and loads the former ipsec.conf if the new one was not confirmed in time.
    func goBackIfDue(now: UInt64) {
        guard let due = revertsAt, now >= due else { return }
        // If it fails (for example because the disk is full), it is tried again in a minute.
        revertsAt = now + 60_000_000_000
        do throws(FileError) {
            if try ConfigurationFile(in: options.configurationFolder).goBackIfDue(now: now) {
                log.warning("the new ipsec.conf was not confirmed in time: the former one is restored", code: .configurationRestored)
                let names = upBeforeCommit
                reload(nil, now: now)
                bringUpAgain(names, now: now)
            } else {
                scheduleReversion(now: now)
            }
        } catch { log.error("the former ipsec.conf cannot be restored: \(error.reason)") }
    }

    /// As above, before the daemon reads ipsec.conf at its start.
    static func goBackAtStart(_ options: DaemonOptions, _ log: Log, now: UInt64) {
        do throws(FileError) {
            if try ConfigurationFile(in: options.configurationFolder).goBackIfDue(now: now) {
                log.warning(
                    "the new ipsec.conf was not confirmed before this start: the former one is restored", code: .configurationRestored)
            }
        } catch { log.error("the former ipsec.conf cannot be restored: \(error.reason)") }
    }
}
