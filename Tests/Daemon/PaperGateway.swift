import Configuration
import Crypto
import Foundation
import Linux
import Netlink
import TestSupport
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import DataPlane
@testable import Host
@testable import IKE

/// A whole gateway without descriptors: its files lie in a folder of its own, its plane is of paper, and what it wants done outside is
/// noted.
final class PaperGateway {
    let gateway: Gateway
    let plane: PaperPlane
    let random: SeededRandom
    let kept: KeptLog
    private let home: PaperFolder
    var folder: String { home.path }
    let clock: DriftingClock
    /// Whether its machine runs. While it sleeps nothing is heard, and the clock goes on.
    var isOn = true
    /// The processor time that each event takes, nanoseconds.
    var processorTime: UInt64 = 0
    /// Messages on their way out.
    var sent: [(message: [UInt8], from: Endpoint, to: Endpoint)] = []
    /// The calls of firewall and updown command, `route net`, and the other effects.
    var told: [String] = []
    /// The updown commands that run. They end by `endCommand` alone.
    private(set) var commands: [HookRun] = []
    /// This machine's own firewall.
    let firewall = PaperFirewall()
    /// Peers whose keys the DNS is asked for.
    var searches: [(identity: Identity, request: KeySearch.Requester)] = []
    var machine: Machine
    private var queue = EventQueue()
    private var hasFailedAudit = false

    /// `seed` makes its random octets, the same in every run.
    convenience init(
        _ conf: String, _ machine: Machine, seed: UInt64, now: UInt64, groups: [String: String] = [:],
        clock: DriftingClock = DriftingClock(drift: 0),
        plane: PaperPlane? = nil, kept: KeptLog = KeptLog()
    ) throws {
        try self.init(
            PaperFolder(conf, groups), machine, clock, plane ?? PaperPlane(log: kept.log), SeededRandom(seed), kept, now: clock.local(now))
    }

    /// The next daemon after `earlier`, which was ended, killed (`isReboot` false), or whose machine was switched off.
    convenience init(after earlier: PaperGateway, isReboot: Bool, now: UInt64) throws {
        if isReboot { earlier.plane.kernel.clear() }
        earlier.plane.kernel.daemonEnded()
        try self.init(
            earlier.home, earlier.machine, earlier.clock, earlier.plane.next(log: earlier.kept.log), earlier.random, earlier.kept,
            now: earlier.clock.local(now))
    }

    private init(
        _ home: PaperFolder, _ machine: Machine, _ clock: DriftingClock, _ plane: PaperPlane, _ random: SeededRandom, _ kept: KeptLog,
        now: UInt64
    ) throws {
        (self.home, self.machine, self.clock, self.plane, self.random, self.kept) = (home, machine, clock, plane, random, kept)
        let path = Path(Array(home.path.utf8))
        let options = DaemonOptions(configurationFolder: path, runFolder: path, isForeground: true)
        let configuration = Configuration.load(Gateway.name(path / "ipsec.conf"), from: DiskFiles())
        let secrets = Secrets.load(Gateway.name(path / "ipsec.secrets"), from: DiskFiles())
        let wallTime = Self.wallTime(now: now)
        gateway = Gateway(
            options, configuration, secrets, Gateway.readCredentials(options, configuration.setup, secrets, wallTime, kept.log),
            plane: plane,
            random: random, wallTime: wallTime, log: kept.log)
        gateway.machine = machine
        see(.started, now: now)
    }

    func write(_ conf: String) throws { try Data(conf.utf8).write(to: URL(fileURLWithPath: folder + "/ipsec.conf")) }

    /// The file of a policy group.
    func write(_ entries: String, to group: String) throws {
        try Data(entries.utf8).write(to: URL(fileURLWithPath: folder + "/ipsec.d/policies/" + group))
    }

    func remove(_ group: String) throws { try FileManager.default.removeItem(atPath: folder + "/ipsec.d/policies/" + group) }

    func see(_ event: Event, now: UInt64) {
        queue.append(.wallTime(Self.wallTime(now: now)))
        queue.append(event)
        settle(now: now)
    }

    /// The time of day at `now`: the world of paper begins in January 2027.
    static func wallTime(now: UInt64) -> WallTime { WallTime(clock: 1_800_000_000 + Int64(now / 1_000_000_000), built: 1_700_000_000) }

    /// Sends a request, as a command of `ipsec` does, and returns the terminal. Words that are no request fail the test.
    @discardableResult
    func say(_ words: Name..., now: UInt64) -> Terminal {
        let terminal = Terminal()
        do throws(RequestError) {
            see(.request(try Request(words), terminal), now: now)
        } catch { Issue.record("\(error.reason)") }
        return terminal
    }

    func move(to machine: Machine, now: UInt64) {
        self.machine = machine
        see(.machineChanged(machine, InterfaceSnapshot()), now: now)
    }

    /// The oldest updown command of a connection ends.
    func endCommand(of connection: Name, _ outcome: HookEnd.Outcome = .exited(0), now: UInt64) throws {
        let place = try #require(commands.firstIndex { $0.connection == connection })
        see(.hookEnded(HookEnd(id: commands.remove(at: place).id, outcome: outcome)), now: now)
    }

    /// The kernel reports a change of the firewall's rules.
    func firewallChanged(now: UInt64) { see(.firewallChanged(wasRestored: firewall.update()), now: now) }

    func advance(now: UInt64) {
        see(.timers, now: now)
        see(.housekeeping, now: now)
    }

    /// When `advance` has something to do next, by its own clock.
    var nextDeadline: UInt64? { gateway.nextDeadline }

    /// Handles what the plane and others have reported.
    func settle(now: UInt64) {
        carryOut(now: now)
        while true {
            while !queue.isFull, let event = plane.takeEvent() { queue.append(.plane(event)) }
            guard let event = queue.takeFirst() else { break }
            gateway.handle(event, now: now)
            gateway.took(processorTime)
            carryOut(now: now)
        }
        audit()
    }

    /// The plane has the SAs that the engine knows, and no others.
    private func audit() {
        let connections = gateway.connections
        // SAs with keys of ipsec.conf are none of the engine's.
        guard !hasFailedAudit, connections.all.allSatisfy({ $0.manual == nil }) else { return }
        let pairs = connections.engine.ipsecSAs
        let inbound = Set(pairs.map { PaperPlane.SPI(number: $0.inboundSPI, destination: $0.local.address) })
        let coming = connections.engine.quickModes.map { PaperPlane.SPI(number: $0.ownSPI, destination: $0.sa.local.address) }
        // Nothing is sent any more by a pair whose peer was told that it is deleted.
        let sending = pairs.filter { $0.isSending && !$0.isDeletionSent }
        let outbound = Set(sending.map { PaperPlane.SPI(number: $0.outboundSPI, destination: $0.peer.address) })
        let isRight = inbound.isSubset(of: plane.inbound) && plane.inbound.isSubset(of: inbound.union(coming)) && plane.outbound == outbound
        hasFailedAudit = !isRight
        if !isRight {
            Issue.record("the plane has \(plane.inbound) and \(plane.outbound), the engine \(inbound), \(coming) and \(outbound)")
        }
    }

    private func carryOut(now: UInt64) {
        for effect in gateway.takeEffects(now: now) {
            switch effect {
            case .send(let message, let from, let to): sent.append((message, from, to))
            case .keepalive: break
            case .tell(let verb, let context):
                told.append("\(verb) \(context.connection)")
                if let pass = context.pass { firewall.tell(verb, pass) }
            case .unroute(let eroute): plane.unroute(eroute)
            case .lookUp(let name): told.append("look up \(name)")
            case .searchKeys(let identity, let request): searches.append((identity, request))
            case .lookAtMachine: _ = queue.appendIfRoom(.machineChanged(machine, InterfaceSnapshot()))
            case .applySettings: told.append("settings")
            case .tidyFirewall: told.append("tidy")
            case .hook(.start(let run)):
                told.append("run \(run.verb) for \(run.connection)")
                commands.append(run)
            case .hook(.kill(let id)):
                told.append("kill \(commands.first { $0.id == id }.map { "\($0.verb) for \($0.connection)" } ?? "none")")
            case .removeEverything(let terminal):
                queue.append(.removed(stayed: plane.removeFromKernel(), for: terminal))
            }
        }
    }

    /// The eroutes in force, by name and remote network.
    var routed: [String] { plane.routed.map { "\($0.name) \($0.destination)" }.sorted() }
    func isUp(_ name: Name) -> Bool { gateway.connections.find(name)?.isUp ?? false }
}

/// The files of a gateway, in a folder of their own.
private final class PaperFolder {
    let path = NSTemporaryDirectory() + "cygnet-\(UUID().uuidString)"

    init(_ conf: String, _ groups: [String: String]) throws {
        try FileManager.default.createDirectory(atPath: path + "/ipsec.d/policies", withIntermediateDirectories: true)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        _ = FileManager.default.createFile(atPath: path + "/ipsec.conf", contents: Data(conf.utf8), attributes: attributes)
        _ = FileManager.default.createFile(
            atPath: path + "/ipsec.secrets", contents: Data(": PSK \"one secret\"\n".utf8), attributes: attributes)
        for (name, text) in groups { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/ipsec.d/policies/" + name)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The same octets in every run.
final class SeededRandom: RandomSource {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
    /// Whether the kernel has random numbers.
    var isReady = true
    override func canFill() -> Bool { isReady }
    override func fill(_ bytes: inout MutableSpan<UInt8>) {
        for index in bytes.indices {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            bytes[index] = UInt8(truncatingIfNeeded: state >> 24)
        }
    }
}
