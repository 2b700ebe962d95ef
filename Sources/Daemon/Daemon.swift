import Configuration
import Control
import Crypto
import DataPlane
import ESP
import Host
import IKE
import Linux
import Netlink
import Wire

/// The daemon: one process, one event loop, no threads. It turns what happens into events, and carries out the effects that its `Gateway`
/// returns.
public final class Daemon {
    /// Makes all decisions.
    let gateway: Gateway
    let log: Log
    let hooks: Hooks
    let firewall: Firewall
    let hostSettings: HostSettings
    let resolver: Resolver
    let names: NameLookup
    let keySearch: KeySearch

    /// Errors and warnings of the configuration files, for the terminal of `setup start`. The log has them too.
    public let complaints: [Sentence]

    let sockets: IKESockets
    let control: ControlSocket
    let signals: Signals
    let epoll: Epoll
    let alarm: Alarm
    let watch: InterfaceWatch
    /// When the interfaces are read again, because the kernel did not report all of them.
    var readsInterfacesAt: UInt64?
    /// Events that have not been handled yet.
    var events = EventQueue()
    /// For one received datagram.
    let buffer = DatagramBatch(capacity: 1, slotSize: Limits.ikeDatagram)

    /// The token of an epoll event says which descriptor it is about. IKE sockets and control clients are numbered from `sockets` and
    /// `clients`.
    enum Token {
        static let alarm: UInt64 = 0
        static let signals: UInt64 = 1
        static let control: UInt64 = 2
        static let interfaces: UInt64 = 3
        static let firewall: UInt64 = 4
        static let resolver: UInt64 = 5
        static let sockets: UInt64 = 0x100
        static let clients: UInt64 = 0x200
        /// Plus the number of the descriptor.
        static let plane: UInt64 = 0x1_0000
    }

    /// Reads the configuration, chooses the data plane and opens the sockets. Everything that can fail is here.
    public init(_ options: DaemonOptions) throws(StartError) {
        let log = Self.makeLog(options)
        self.log = log

        Gateway.goBackAtStart(options, log, now: Clock.monotonic())
        let configuration = Configuration.load(Gateway.name(options.configurationFolder / "ipsec.conf"), from: DiskFiles())
        let setup = configuration.setup
        log.debugging = Log.Debugging(setup.debug)
        log.syslog?.facility = setup.syslogPriority >> 3
        log.setupSeverity = setup.syslogPriority & 7
        if let file = setup.logFile, !options.isForeground {
            // Messages of setup still go to syslog.
            log.destination = LogFile(Path(file.bytes), fallback: log.destination)
        }
        Self.handleCoreDumps(setup.dumpFolder, log)
        let wallTime = Self.wallTime()
        let secrets = Secrets.load(Gateway.name(options.configurationFolder / "ipsec.secrets"), from: DiskFiles())
        let credentials = Gateway.readCredentials(options, setup, secrets, wallTime, log)
        let diagnostics = configuration.diagnostics + secrets.diagnostics
        var complaints = diagnostics.map { "\($0)" as Sentence }
        if configuration.connections.isEmpty, configuration.diagnostics.contains(where: { $0.severity == .error }) {
            complaints.append("ipsec.conf has errors and leaves no conn to use: nothing is protected")
        }
        self.complaints = complaints
        for diagnostic in diagnostics {
            log.setup(diagnostic.severity == .error ? .error : .warning, "\(diagnostic)", code: diagnostic.code)
        }

        do throws(SystemError) {
            epoll = try Epoll()
            alarm = try Alarm()
            signals = try Signals([.terminate, .interrupt, .hangUp, .child])
            watch = try InterfaceWatch()
            resolver = try Resolver(random: SystemRandom(), log: log)
            names = NameLookup(resolver, log: log)
            control = try ControlSocket(options.controlSocket, epoll: epoll, firstToken: Token.clients, bounds: setup.bounds)
        } catch {
            throw StartError("cannot start: \(error)")
        }
        keySearch = KeySearch(resolver, log: log)
        hostSettings = HostSettings(options.runFolder, log: log)
        // The ports come first: only the daemon that has them may change policies and routes in the kernel.
        sockets = try IKESockets(mark: Ownership.mark, listen: setup.listen, isOpen: setup.runsPluto)
        Hooks.runToEnd(setup.prePluto, "prepluto", log)
        let plane = try Self.choosePlane(setup, log)
        if plane.usesKernelESP { try sockets.enableEncapsulation() }
        hooks = Hooks(log: log)
        firewall = Firewall(device: plane.tunnelDevice, log: log)
        gateway = Gateway(
            options, configuration, secrets, credentials, plane: plane, random: SystemRandom(), wallTime: wallTime, log: log)
        do throws(NetlinkError) {
            (gateway.machine, gateway.interfaces) = try watch.look(setup.interfaces)
        } catch { readsInterfacesAt = 0 }
        try wire()
    }

    /// Adds all descriptors to epoll.
    private func wire() throws(StartError) {
        let plane = gateway.plane
        plane.encapsulationSockets = sockets.all.filter { $0.port == 4500 }
        do throws(SystemError) {
            try epoll.add(alarm.number, .read, token: Token.alarm)
            try epoll.add(signals.number, .read, token: Token.signals)
            try epoll.add(control.number, .read, token: Token.control)
            try epoll.add(watch.number, .read, token: Token.interfaces)
            try epoll.add(resolver.number, .read, token: Token.resolver)
            if let number = firewall.number { try epoll.add(number, .read, token: Token.firewall) }
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
            return Log(StandardErrorLog())
        }
        let syslog = Syslog(tag: "pluto")
        let log = Log(syslog)
        log.syslog = syslog
        return log
    }

    /// Chooses the data plane by `protostack=`.
    static func choosePlane(_ setup: Setup, _ log: Log) throws(StartError) -> DataPlane {
        do throws(PlaneError) {
            return try Planes.choose(setup, log: log)
        } catch { throw StartError(error.reason) }
    }

    /// `dumpdir=`
    private static func handleCoreDumps(_ folder: Name?, _ log: Log) {
        do throws(SystemError) {
            guard let folder else { return try ThisProcess.forbidCoreDumps() }
            try ThisProcess.allowCoreDumps(in: Path(folder.bytes))
            log.warning("core dumps, which hold keys, may go into \(folder) (dumpdir=)")
        } catch { log.warning("\(error)") }
    }
}
