import Configuration
import Control
import DataPlane
import Host
import Linux
import Wire

/// Reading of ipsec.conf and ipsec.secrets, and starting of connections.
extension Gateway {
    /// Loads, routes and starts the conns that `plutoload=`, `plutostart=` and `auto=` name.
    func begin(now: UInt64) {
        log.setup(.notice, "IPsec started; packets are carried by \(plane.name)", code: .started)
        let configuration = readConfiguration(quietly: true)
        append(.applySettings(machine))
        scheduleCRLCheck(now: now)
        for conn in configuration.connections where isLoaded(conn) { begin(conn, now: now) }
        append(.tidyFirewall)
        plane.forgetEarlier()
        for leftover in plane.abandoned {
            log.warning(
                "\(leftover) is still held since an earlier run, and no conn of ipsec.conf covers it: "
                    + "'ipsec setup stop' ends that")
        }
        awaitsPostPluto = !setup.postPluto.isEmpty
    }

    var builder: ConnectionBuilder {
        ConnectionBuilder(
            setup: setup, secrets: secrets, machine: machine, credentials: credentials, names: names, hasESN: plane.hasESN, log: log)
    }

    /// Loads, routes and starts one conn as its `auto=` says, if it is not loaded yet.
    func begin(_ conn: ConnectionDescription, now: UInt64) {
        guard connections.find(conn.name) == nil, connections.all.count < setup.bounds.connections else { return }
        // `load` logs why it fails.
        if let connection = try? load(conn) { startIfAsked(connection, conn, now: now) }
    }

    /// Adds one conn, and routes it if its `auto=` says so. A conn that cannot be made is tried again when addresses change.
    func load(_ conn: ConnectionDescription) throws(BuildError) -> Connection {
        let connection: Connection
        do throws(BuildError) {
            connection = try builder.make(conn, for: connections)
        } catch {
            if !unoriented.contains(conn.name) {
                unoriented.append(conn.name)
                log.error("\(error.reason)", conn: conn.name)
            }
            throw error
        }
        unoriented.removeAll { $0 == conn.name }
        connections.add(connection)
        guard isStarted(conn) || conn.auto == .route || plane.wasHeld(connection.eroute) else { return connection }
        do throws(PlaneError) {
            try connections.route(connection)
        } catch {
            log.error("cannot be routed: \(error.reason)", code: .notRouted, conn: conn.name)
        }
        return connection
    }

    /// Brings up a connection that was just loaded, if its `auto=` says so.
    func startIfAsked(_ connection: Connection, _ conn: ConnectionDescription, now: UInt64) {
        guard isStarted(conn) else { return }
        if setup.waits, connection.isNegotiated {
            toStart.append(conn.name)
        } else {
            connections.up(connection, now: now, terminal: nil)
        }
    }

    /// `plutowait=yes`: starts the next connection when the one before is up or its attempt has ended.
    func startNext(now: UInt64) {
        while !toStart.isEmpty {
            if let name = starting, let current = connections.find(name), !current.isUp, connections.isNegotiating(current, now: now) {
                return
            }
            let name = toStart.removeFirst()
            starting = name
            if let next = connections.find(name) { connections.up(next, now: now, terminal: nil) }
        }
    }

    /// Reads ipsec.secrets and the keys and certificates under ipsec.d again. Later negotiations use them; established SAs stay.
    /// - Returns: whether ipsec.secrets has no errors.
    @discardableResult
    func rereadSecrets(_ terminal: Terminal?) -> Bool {
        secrets = Secrets.load(Self.name(options.configurationFolder / "ipsec.secrets"), from: DiskFiles())
        for diagnostic in secrets.diagnostics {
            log.write(diagnostic.severity == .error ? .error : .warning, "\(diagnostic)", code: diagnostic.code)
            terminal?.line(3, "\(diagnostic)")
        }
        rereadCredentials()
        terminal?.line(2, "secrets were read again")
        return !secrets.diagnostics.contains { $0.severity == .error }
    }

    /// `crlcheckinterval=`: reads keys, certificates and revocation lists again if that is due.
    func checkRevocations(now: UInt64) {
        guard let due = nextCRLCheck, now >= due else { return }
        scheduleCRLCheck(now: now)
        rereadCredentials()
    }

    func scheduleCRLCheck(now: UInt64) {
        if setup.crlCheckInterval > 0 { nextCRLCheck = now + UInt64(setup.crlCheckInterval) * 1_000_000_000 }
    }

    private func rereadCredentials() {
        credentials = Self.readCredentials(options, setup, secrets, connections.wallTime, log)
        let builder = builder
        for connection in connections.all { connections.update(connection, builder.refresh(connection)) }
    }

    static func readCredentials(
        _ options: DaemonOptions, _ setup: Setup, _ secrets: Secrets, _ wallTime: WallTime, _ log: Log
    ) -> Credentials {
        Credentials(
            options.configurationFolder / "ipsec.d", secrets, isStrict: setup.isCRLPolicyStrict, isClockSet: wallTime.isClockSet, log: log)
    }

    func isLoaded(_ conn: ConnectionDescription) -> Bool {
        if !setup.runsPluto, conn.auto != .manual { return false }
        if isStarted(conn) { return true }
        switch setup.load {
        case .search: return conn.auto != .ignore && conn.auto != .manual
        case .these(let names): return names.contains(conn.name) || names.contains(conn.section)
        }
    }

    func isStarted(_ conn: ConnectionDescription) -> Bool {
        if conn.auto == .manual { return setup.manualStart.contains(conn.name) }
        switch setup.start {
        case .search: return conn.auto == .start
        case .these(let names): return names.contains(conn.name) || names.contains(conn.section)
        }
    }

    /// Reads ipsec.conf. `quietly`: its diagnostics have been logged already.
    func readConfiguration(quietly: Bool = false) -> Configuration {
        let configuration = Configuration.load(Self.name(options.configurationFolder / "ipsec.conf"), from: DiskFiles())
        if !quietly {
            for diagnostic in configuration.diagnostics {
                log.write(diagnostic.severity == .error ? .error : .warning, "\(diagnostic)", code: diagnostic.code)
            }
        }
        return configuration
    }

    /// Adds a conn of ipsec.conf, with all its pairs of subnets. False if that fails; the terminal is told why.
    func add(_ name: Name, _ terminal: Terminal) -> Bool {
        let configuration = readConfiguration()
        let conns = configuration.connections(of: name)
        if conns.isEmpty { explain(name, configuration, terminal) }
        var isWhole = !conns.isEmpty
        for conn in conns where connections.find(conn.name) == nil { if !add(conn, terminal) { isWhole = false } }
        return isWhole
    }

    /// Why no connection can be added beyond `maxconns=`.
    var noRoom: Sentence { "the limit of \(setup.bounds.connections) connections (maxconns=) is reached" }

    func add(_ conn: ConnectionDescription, _ terminal: Terminal) -> Bool {
        guard connections.all.count < setup.bounds.connections else {
            terminal.line(33, "\"\(conn.name)\": \(noRoom)")
            return false
        }
        guard let connection = make(conn, terminal) else { return false }
        connections.add(connection)
        terminal.line(2, "added connection description \"\(conn.name)\"")
        return true
    }

    func explain(_ name: Name, _ configuration: Configuration, _ terminal: Terminal?) {
        for line in configuration.explain(name) { terminal?.line(21, "\(line)") }
    }

    /// Makes a connection from a conn of ipsec.conf. `nil` if that fails; the terminal is told why.
    func make(_ name: Name, _ configuration: Configuration, _ terminal: Terminal?) -> Connection? {
        guard let conn = configuration.connection(named: name) else {
            explain(name, configuration, terminal)
            return nil
        }
        return make(conn, terminal)
    }

    func make(_ conn: ConnectionDescription, _ terminal: Terminal?) -> Connection? {
        do throws(BuildError) {
            return try builder.make(conn, for: connections)
        } catch {
            terminal?.line(33, "\"\(conn.name)\": \(error.reason)")
            log.error("\(error.reason)", conn: conn.name)
            return nil
        }
    }
}

extension Diagnostic {
    /// The code of the diagnostic's log line.
    var code: MessageCode { severity == .error ? .configurationError : .configurationWarning }
}
