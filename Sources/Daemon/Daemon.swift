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

    let sockets: IKESockets
    let control: ControlSocket
    let signals: Signals
    let epoll: Epoll
    let alarm: Alarm
    let watch: InterfaceWatch
    /// When the interfaces are to be looked at again, since the kernel did not tell all of them.
    var looksAgainAt: UInt64?
    /// What happened and was not handled yet.
    var events = EventQueue()
    /// For one ISAKMP message, or one ESP packet in UDP, at a time.
    var buffer = [UInt8](repeating: 0, count: Limits.ikeDatagram)

    /// What an event's token says it is about; control clients and IKE sockets follow `clients` and `sockets`.
    enum Token {
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

    /// Joins the parts to the event loop.
    private func wire() throws(StartError) {
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
}
