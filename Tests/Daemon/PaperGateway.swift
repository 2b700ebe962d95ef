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

/// A whole gateway without descriptors: its files lie in a folder of its own, its plane is of paper, and what it wants done outside is
/// noted.
final class PaperGateway {
    let gateway: Gateway
    let plane: PaperPlane
    let random: SeededRandom
    let kept = KeptLog()
    let folder: String
    /// Messages on their way out.
    var sent: [(message: [UInt8], from: Endpoint, to: Endpoint)] = []
    /// What firewall and updown command were told, `route net`, and the other effects.
    var told: [String] = []
    /// Peers whose keys the DNS is asked for.
    var searches: [(identity: Identity, request: KeySearch.Requester)] = []
    var machine: Machine
    private var queue = EventQueue()

    /// `seed` makes its random octets, the same in every run.
    init(_ conf: String, _ machine: Machine, seed: UInt64, now: UInt64, groups: [String: String] = [:]) throws {
        folder = NSTemporaryDirectory() + "cygnet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/ipsec.d/policies", withIntermediateDirectories: true)
        _ = FileManager.default.createFile(
            atPath: folder + "/ipsec.conf", contents: Data(conf.utf8), attributes: [.posixPermissions: 0o600])
        _ = FileManager.default.createFile(
            atPath: folder + "/ipsec.secrets", contents: Data(": PSK \"one secret\"\n".utf8), attributes: [.posixPermissions: 0o600])
        for (name, text) in groups { try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/ipsec.d/policies/" + name)) }
        self.machine = machine
        let log = kept.log
        plane = PaperPlane(log: log)
        let path = Path(Array(folder.utf8))
        let options = DaemonOptions(configurationFolder: path, runFolder: path, isForeground: true)
        let configuration = Configuration.load(Gateway.name(path / "ipsec.conf"), from: DiskFiles())
        let secrets = Secrets.load(Gateway.name(path / "ipsec.secrets"), from: DiskFiles())
        random = SeededRandom(seed)
        gateway = Gateway(
            options, configuration, secrets, Gateway.readCredentials(options, configuration.setup, secrets, log), plane: plane,
            random: random, log: log)
        gateway.machine = machine
        gateway.begin(now: now)
        gateway.scheduleReversion(now: now)
        settle(now: now)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ conf: String) throws { try Data(conf.utf8).write(to: URL(fileURLWithPath: folder + "/ipsec.conf")) }

    /// The file of a policy group.
    func write(_ entries: String, to group: String) throws {
        try Data(entries.utf8).write(to: URL(fileURLWithPath: folder + "/ipsec.d/policies/" + group))
    }

    func remove(_ group: String) throws { try FileManager.default.removeItem(atPath: folder + "/ipsec.d/policies/" + group) }

    func see(_ event: Event, now: UInt64) {
        queue.append(event)
        settle(now: now)
    }

    /// As a command of `ipsec` says it. What it is answered. Words that are no request fail the test.
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

    func advance(now: UInt64) {
        gateway.keepTime(now: now)
        settle(now: now)
        gateway.advance(now: now)
        settle(now: now)
    }

    private func settle(now: UInt64) {
        carryOut()
        while let event = queue.takeFirst() {
            gateway.handle(event, now: now)
            carryOut()
        }
    }

    private func carryOut() {
        for effect in gateway.takeEffects() {
            switch effect {
            case .send(let message, let from, let to): sent.append((message, from, to))
            case .keepalive: break
            case .tell(let verb, let context): told.append("\(verb) \(context.connection)")
            case .unroute(let eroute): plane.unroute(eroute)
            case .lookUp(let name): told.append("look up \(name)")
            case .searchKeys(let identity, let request): searches.append((identity, request))
            case .lookAtMachine: queue.append(.machineChanged(machine, InterfaceSnapshot()))
            case .applySettings: told.append("settings")
            case .tidyFirewall: told.append("tidy")
            case .runAfterStart: told.append("postpluto")
            case .removeEverything(let terminal):
                queue.append(.removed(stayed: plane.removeFromKernel(), for: terminal))
            }
        }
    }

    /// What is caught, by name and far network.
    var routed: [String] { plane.routed.map { "\($0.name) \($0.destination)" }.sorted() }
    func isUp(_ name: Name) -> Bool { gateway.connections.find(name)?.isUp ?? false }
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

/// Gateways, and a wire of paper between them that carries everything at once.
final class PaperWire {
    var now: UInt64 = 1_000_000_000
    var gateways: [PaperGateway] = []

    /// Carries messages until none is under way. Nobody hears what is sent from an address that its sender has lost.
    func settle() {
        var isBusy = true
        while isBusy {
            isBusy = false
            for gateway in gateways {
                let sent = gateway.sent
                gateway.sent = []
                for (message, from, to) in sent where gateway.machine.addresses.contains(from.address) {
                    isBusy = true
                    gateways.first { $0.machine.addresses.contains(to.address) }?.see(.datagram(message, from: from, to: to), now: now)
                }
            }
        }
    }

    /// Lets the timers of all run for so many seconds.
    func wait(_ seconds: Int) {
        settle()
        for _ in 0..<seconds {
            now += 1_000_000_000
            for gateway in gateways { gateway.advance(now: now) }
            settle()
        }
    }
}
