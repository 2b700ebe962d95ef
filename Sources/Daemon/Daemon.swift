import Configuration
import Crypto
import DataPlane
import ESP
import Host
import IKE
import Linux
import Netlink
import Wire

/// The daemon: one process, one event loop, no threads.
public final class Daemon {
    /// How the event loop ends.
    enum Ending {
        /// `setup stop`: nothing of ours stays in the kernel.
        case removeEverything
        /// `setup restart`, or a signal: policies and routes stay, and hold what they covered.
        case keep
    }

    let options: DaemonOptions
    let log: Log
    let setup: Setup
    /// As it was when it was put in force.
    let setupText: Sentence
    /// When the old ipsec.conf is to be put back (`commit confirm`).
    var goesBack: UInt64?
    let plane: DataPlane
    let connections: Connections
    let upDown: UpDown
    var ending: Ending?
    var machine: Machine
    var secrets: Secrets
    var credentials: Credentials
    /// Conns that were to be loaded and have no end on this machine yet: tried again when its addresses change.
    var unoriented: [Name] = []
    let hostSettings: HostSettings
    let resolver: Resolver
    let names: NameLookup
    /// Conns that wait for their turn, and the one that has it (`plutowait=yes`).
    var toStart: [Name] = []
    var starting: Name?
    /// Terminals that are told every line of the log.
    var watchers: [Terminal] = []

    /// What the configuration files had wrong, for the terminal that said `setup start`; the log has it too.
    public let complaints: [Sentence]

    /// When the lists of what is revoked are read again.
    var nextCRLCheck: UInt64?

    private let sockets: IKESockets
    private let control: ControlSocket
    private let signals: Signals
    private let epoll: Epoll
    private let alarm: Alarm
    let watch: InterfaceWatch
    /// When the interfaces are to be looked at again, since the kernel did not tell all of them.
    var looksAgainAt: UInt64?
    /// For one ISAKMP message, or one ESP packet in UDP, at a time.
    private var buffer = [UInt8](repeating: 0, count: Limits.ikeDatagram)

    /// What an event's token says it is about; control clients and IKE sockets follow `clients` and `sockets`.
    private enum Token {
        static let alarm: UInt64 = 0
        static let signals: UInt64 = 1
        static let control: UInt64 = 2
        static let interfaces: UInt64 = 3
        static let firewall: UInt64 = 4
        static let resolver: UInt64 = 5
        static let sockets: UInt64 = 0x100
        static let clients: UInt64 = 0x200
        /// The descriptor's number is added.
        static let plane: UInt64 = 0x1_0000
    }

    /// Reads the configuration, chooses the plane and takes the ports: all that can fail.
    public init(_ options: DaemonOptions) throws(StartError) {
        self.options = options
        let log = Self.makeLog(options)
        self.log = log

        Self.goBackAtStart(options, log)
        let configuration = Configuration.load(Self.name(options.configurationFolder / "ipsec.conf"), from: DiskFiles())
        setup = configuration.setup
        setupText = configuration.setupText
        log.debugging = Log.Debugging(setup.debug)
        log.syslog?.facility = setup.syslogPriority >> 3
        log.setupSeverity = setup.syslogPriority & 7
        if let file = setup.logFile, !options.isForeground { Self.redirect(log, to: Path(file.bytes)) }
        Self.handleCoreDumps(setup.dumpFolder, log)
        secrets = Secrets.load(Self.name(options.configurationFolder / "ipsec.secrets"), from: DiskFiles())
        credentials = Self.readCredentials(options, setup, secrets, log)
        let diagnostics = configuration.diagnostics + secrets.diagnostics
        var complaints = diagnostics.map { "\($0)" as Sentence }
        if configuration.connections.isEmpty, configuration.diagnostics.contains(where: { $0.severity == .error }) {
            complaints.append("ipsec.conf has errors and leaves no conn to use: nothing is protected")
        }
        self.complaints = complaints
        for diagnostic in diagnostics {
            log.setup(diagnostic.severity == .error ? .error : .warning, diagnostic.logLine)
        }

        do throws(SystemError) {
            epoll = try Epoll()
            alarm = try Alarm()
            signals = try Signals([.terminate, .interrupt, .hangUp, .child])
            watch = try InterfaceWatch()
            resolver = try Resolver(random: SystemRandom(), log: log)
            control = try ControlSocket(options.controlSocket, epoll: epoll, firstToken: Token.clients)
        } catch {
            throw StartError("cannot start: \(error)")
        }
        let seen = try? watch.look(setup.interfaces)
        machine = seen ?? Machine(addresses: [])
        if seen == nil { looksAgainAt = 0 }
        names = NameLookup(resolver, log: log)
        hostSettings = HostSettings(options.runFolder, log: log)
        // The ports first: whoever has them may touch what is in the kernel, for no other daemon lives from it.
        sockets = try IKESockets(mark: Ownership.mark, listen: setup.listen, isOpen: setup.runsPluto)
        Hooks.runToEnd(setup.prePluto, "prepluto", log)
        plane = try Self.choosePlane(setup, log)
        if plane.usesKernelESP { try sockets.enableEncapsulation() }
        let engine = Engine()
        engine.bounds = setup.bounds
        engine.uniqueIDs = setup.uniqueIDs
        engine.forcesKeepalives = setup.forceKeepAlive
        engine.keepaliveInterval = UInt64(setup.keepAlive) * 1_000_000_000
        upDown = UpDown(tunnelDevice: plane.tunnelDevice, log: log)
        connections = Connections(engine: engine, plane: plane, log: log, random: SystemRandom())
        try wire()
    }

    /// Joins the parts to each other and to the event loop.
    private func wire() throws(StartError) {
        let sockets = sockets
        let log = log
        let watch = watch
        connections.send = { message, from, to in
            log.debug(log.debugging.sent, "sends \(message.count) octets from \(from) to \(to): \(Engine.words(message.span))")
            do throws(SystemError) {
                try sockets.send(message, from: from, to: to)
            } catch {
                // The kernel calls it an invalid argument. When the address is there the next retransmission leaves by itself.
                if error.isInvalid || error.isAddressNotAvailable, let reason = watch.isUnusable(from.address) {
                    log.debug(log.debugging.sent, "nothing is sent to \(to): our address \(from.address) \(reason)")
                } else {
                    log.stranger(.warning, now: Clock.monotonic(), "cannot send from \(from) to \(to): \(error.reason)")
                }
            }
        }
        connections.keepalive = { from, to in
            let octet: [UInt8] = [0xff]
            try? sockets.send(octet.span, from: from, to: to)
        }
        let connections = connections
        plane.acquire = { requestID in connections.acquire(requestID: requestID, now: Clock.monotonic()) }
        plane.wornOut = { spi, destination, hasEnded in
            connections.wearOut(spi: spi, destination: destination, hasEnded: hasEnded, now: Clock.monotonic())
        }
        plane.stray = { peer, local in connections.stray(from: peer, to: local, now: Clock.monotonic()) }
        let (upDown, plane) = (upDown, plane)
        connections.events = { verb, connection, eroute in
            upDown.tell(verb, connection.context(of: eroute, plane), now: Clock.monotonic())
        }
        let names = names
        connections.lookUpPeer = { connection in
            if connections.canMakeKeys(now: Clock.monotonic()), let name = connection.peerName { names.ask(name, now: Clock.monotonic()) }
        }
        plane.encapsulationSockets = sockets.all.filter { $0.port == 4500 }
        do throws(SystemError) {
            try epoll.add(alarm.number, .read, token: Token.alarm)
            try epoll.add(signals.number, .read, token: Token.signals)
            try epoll.add(control.listener.number, .read, token: Token.control)
            try epoll.add(watch.number, .read, token: Token.interfaces)
            try epoll.add(resolver.number, .read, token: Token.resolver)
            if let number = upDown.firewall.number { try epoll.add(number, .read, token: Token.firewall) }
            for index in sockets.all.indices {
                try epoll.add(sockets.all[index].number, .read, token: Token.sockets + UInt64(index))
            }
            for descriptor in plane.descriptors {
                try epoll.add(descriptor, .read, token: Token.plane + UInt64(descriptor))
            }
        } catch {
            throw StartError("cannot start: \(error)")
        }
    }

    private static func makeLog(_ options: DaemonOptions) -> Log {
        if options.isForeground {
            return Log { level, text in
                StandardStream.error.write("ipsec: \(level.word)\(text)\n")
            }
        }
        let syslog = Syslog(tag: "pluto")
        let log = Log { level, text in syslog.write(severity: level.rawValue, text) }
        log.syslog = syslog
        return log
    }

    /// `plutostderrlog=`: what setup does not say itself goes into a file; to syslog where the file does not take it.
    private static func redirect(_ log: Log, to file: Path) {
        let before = log.sink
        log.sink = { level, text in
            let now = Clock.wall()
            let line: Sentence = "\(Calendar.words(now)) \(Calendar.time(now)) \(level.word)\(text)\n"
            do throws(SystemError) {
                try Files.append(file, line.octets.span, limit: Limits.logFile)
            } catch { before(level, text) }
        }
    }

    static func name(_ path: Path) -> Name { Name(path.bytes) }

    // MARK: The event loop

    /// Brings up what `auto=` says, and serves until told to stop. The exit code.
    public func run() -> Int32 {
        begin(now: Clock.monotonic())
        scheduleGoingBack(now: Clock.monotonic())
        while ending == nil {
            tellWatchers()
            control.flush()
            do throws(SystemError) {
                let due = nearest(
                    nearest(nearest(connections.nextDeadline, goesBack), nearest(plane.nextDeadline, looksAgainAt)),
                    nearest(nearest(nextCRLCheck, upDown.nextDeadline), nearest(resolver.nextDeadline, names.nextDeadline)))
                try alarm.set(due)
                let count = try epoll.wait(until: nil)
                // We, or the whole machine, have slept: what came meanwhile finds no key whose life is over. Otherwise what came
                // is served first, for it came before the time did: an SA that is about to go still takes its last packets.
                if let due, due + Limits.nap <= Clock.monotonic() { keepTime(now: Clock.monotonic()) }
                for index in 0..<count { handle(epoll.event(index), now: Clock.monotonic()) }
            } catch {
                log.error("the event loop failed: \(error); ending")
                ending = .keep
                control.close()
                return 1
            }
            let now = Clock.monotonic()
            keepTime(now: now)
            resolver.advance(now: now)
            names.advance(now: now)
            while let result = names.next() { lookedUp(result.name, result.reason, now: now) }
            upDown.advance(now: now)
            startNext(now: now)
            goBackIfDue(now: now)
            checkRevocations(now: now)
        }
        upDown.hooks.finish(signals)
        log.setup(.notice, "IPsec stopped\(code: .stopped)")
        control.close()
        return 0
    }

    private func keepTime(now: UInt64) {
        connections.advance(now: now)
        plane.advance(now: now)
        if let due = looksAgainAt, due <= now { lookAtInterfaces(now: now) }
    }

    private func nearest(_ a: UInt64?, _ b: UInt64?) -> UInt64? {
        guard let a else { return b }
        guard let b else { return a }
        return min(a, b)
    }

    private func handle(_ event: Epoll.Event, now: UInt64) {
        if event.token >= Token.plane {
            let descriptor = Int32(event.token - Token.plane)
            plane.readable(descriptor, now: now)
            if event.hasHungUp { revive(descriptor) }
        } else if control.owns(event.token) {
            control.serve(event.token) { words, terminal in perform(words, terminal: terminal, now: now) }
        } else if event.token >= Token.sockets {
            receive(sockets.all[Int(event.token - Token.sockets)], now: now)
        } else if event.token == Token.control {
            control.accept()
        } else if event.token == Token.interfaces {
            if watch.drain() { lookAtInterfaces(now: now) }
        } else if event.token == Token.resolver {
            resolver.readable(now: now)
        } else if event.token == Token.firewall {
            plane.firewallChanged(wasRestored: upDown.firewall.drain())
        } else if event.token == Token.signals {
            takeSignals(now: now)
        }
    }

    /// A dead descriptor would wake us for ever.
    private func revive(_ descriptor: Int32) {
        do throws(PlaneError) {
            guard let other = try plane.revive(descriptor) else { return }
            do throws(SystemError) {
                // Closing took the old one out.
                try epoll.add(other, .read, token: Token.plane + UInt64(other))
            } catch { throw PlaneError(reason: "\(error)") }
        } catch {
            log.error("packets cannot be carried any more: \(error.reason); ending, and what was routed stays held")
            ending = .keep
        }
    }

    private func takeSignals(now: UInt64) {
        while let signal = (try? signals.next()) ?? nil {
            switch signal {
            case .hangUp: rereadSecrets(nil)
            case .child: upDown.advance(now: now)
            default:
                // A signal is what a shutdown or a supervisor sends: say goodbye to the peers and hold what was routed.
                connections.hangUp(now: now)
                log.notice("told to end; what was routed stays held until the next start or 'ipsec setup stop'")
                ending = .keep
            }
        }
    }

    /// Takes a bounded batch of datagrams from one IKE socket.
    private func receive(_ socket: UDPSocket, now: UInt64) {
        if socket.port == 4500 {
            let connections = connections
            let isTaken = plane.receive(from: socket, now: now) { message, from, to in
                connections.receive(message, from: from, to: to, now: now)
            }
            if isTaken { return }
        }
        for _ in 0..<Limits.datagramsPerTurn {
            var span = buffer.mutableSpan
            guard let datagram = (try? socket.receive(into: &span)) ?? nil else { return }
            if datagram.isTruncated { continue }
            if socket.port == 500 {
                connections.receive(
                    buffer.span.extracting(0..<datagram.count), from: datagram.peer, to: datagram.local, now: now)
                continue
            }
            switch UDPEncapsulation.encapsulated(buffer.span.extracting(0..<datagram.count)) {
            case .ike:
                connections.receive(
                    buffer.span.extracting(UDPEncapsulation.markerLength..<datagram.count), from: datagram.peer,
                    to: datagram.local, now: now)
            case .esp, .keepalive, .nonsense: continue
            }
        }
    }
}
