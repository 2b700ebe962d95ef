import Configuration
import Control
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Netlink
import Wire

/// The daemon's decisions: events in, effects out. It opens only the files that it reads, and reads no clock.
final class Gateway {
    /// How the event loop ends.
    enum Ending {
        /// `setup stop`: everything of Cygnet is removed from the kernel.
        case removeEverything
        /// `setup restart`, or a signal: policies and routes stay and hold their traffic.
        case keep
    }

    let options: DaemonOptions
    let log: Log
    let setup: Setup
    /// The text of `config setup` that is in force.
    let setupText: Sentence
    /// When the former ipsec.conf is restored (`commit confirm`), monotonic nanoseconds.
    var revertsAt: UInt64?
    /// Connections that were up, or wanted up, before a `commit confirm` that is not confirmed yet. They are brought up again with the
    /// former ipsec.conf.
    var upBeforeCommit: [Name] = []
    let plane: DataPlane
    let connections: Connections
    var ending: Ending?
    var machine: Machine
    var interfaces: InterfaceSnapshot
    var secrets: Secrets
    var credentials: Credentials
    /// Conns that have no end on this machine yet. They are tried again when its addresses change.
    var unoriented: [Name] = []
    /// The addresses of peers' host names.
    let names = HostNames()
    /// The updown commands that run or wait.
    var hooks: HookQueue
    /// Whether the command of `postpluto=` follows the effects of the start.
    var awaitsPostPluto = false
    /// Conns that are started one after another, and the one that is being started (`plutowait=yes`).
    var toStart: [Name] = []
    var starting: Name?
    /// Terminals that are sent every line of the log.
    var watchers: [Watcher] = []
    /// When the certificate revocation lists are read again, monotonic nanoseconds.
    var nextCRLCheck: UInt64?

    /// - Parameter configuration: its `config setup` is used; `begin` reads the conns again.
    init(
        _ options: DaemonOptions, _ configuration: Configuration, _ secrets: Secrets, _ credentials: Credentials, plane: DataPlane,
        random: RandomSource, wallTime: WallTime, log: Log
    ) {
        self.options = options
        self.log = log
        setup = configuration.setup
        setupText = configuration.setupText
        self.plane = plane
        self.secrets = secrets
        self.credentials = credentials
        machine = Machine(addresses: [])
        interfaces = InterfaceSnapshot()
        hooks = HookQueue(log: log)
        let engine = Engine()
        engine.bounds = setup.bounds
        engine.uniqueIDs = setup.uniqueIDs
        engine.forcesKeepalives = setup.forceKeepAlive
        engine.keepaliveInterval = UInt64(setup.keepAlive) * 1_000_000_000
        connections = Connections(engine: engine, plane: plane, log: log, random: random)
        connections.wallTime = wallTime
    }

    static func name(_ path: Path) -> Name { Name(path.bytes) }

    func append(_ effect: Effect) { connections.append(effect) }
    /// Returns the effects in order, and forgets them. Called after each event.
    func takeEffects(now: UInt64) -> [Effect] {
        for name in names.takeNew() { append(.lookUp(name)) }
        var effects: [Effect] = []
        func appendHooks() { for step in hooks.takeSteps(now: now) { effects.append(.hook(step)) } }
        for effect in connections.takeEffects() {
            effects.append(effect)
            guard case .tell(let verb, let context) = effect else { continue }
            hooks.add(verb, context)
            // An updown command that need not wait starts before what follows, such as the removal of its route.
            appendHooks()
        }
        // The command of `postpluto=` comes after the updown commands and the firewall's rules of the start.
        if awaitsPostPluto { hooks.add(setup.postPluto, for: "postpluto", verb: "after the start", [Hooks.searchPath]) }
        awaitsPostPluto = false
        appendHooks()
        return effects
    }
}
