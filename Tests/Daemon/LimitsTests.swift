import Configuration
import CountingMalloc
import Crypto
import ESP
import IKE
import TestSupport
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import DataPlane
@testable import Host

/// ipsec.conf with many conns, as one that serves them all.
private final class OneFile: FileSource {
    let text: String
    init(_ text: String) { self.text = text }

    override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
        guard path == "/etc/ipsec.conf" else { throw .notFound }
        return FileContents(Secret(Array(text.utf8)), owner: 0, mode: 0o600)
    }
}

/// The daemon's tables cost as much as `Wire.Limits` says.
@Suite(.serialized) struct LimitsTests {
    @Test func connections() throws {
        guard counting_malloc_works() else { return }
        let count = 64
        var text = ""
        for number in 0..<count {
            text += "conn net\(number)\n\tleft=192.0.2.1\n\tleftsubnet=10.1.\(number).0/24\n\tright=192.0.3.\(number + 1)\n"
            text += "\trightsubnet=10.2.\(number).0/24\n\tauthby=secret\n\tleftid=@west.example.org\n\trightid=@east\(number).example.org\n"
            text += "\tleftupdown=\"/usr/lib/ipsec/updown --with some --more arguments\"\n\tdpddelay=30\n\tdpdaction=restart\n"
        }
        let kept = KeptLog()
        let plane = PaperPlane(log: kept.log)
        let file = OneFile(text)
        var all: [Connections] = []
        let octets = try octetsHeld {
            let connections = Connections(engine: Engine(), plane: plane, log: kept.log, random: SystemRandom())
            let configuration = Configuration.load("/etc/ipsec.conf", from: file)
            let recipe = ConnectionBuilder(
                setup: configuration.setup, secrets: Secrets(), machine: Machine(addresses: [Address("192.0.2.1")!]),
                credentials: Credentials("/nowhere", Secrets(), isStrict: false, isClockSet: true, log: kept.log),
                names: HostNames(), hasESN: true, log: kept.log)
            for conn in configuration.connections { connections.add(try recipe.make(conn, for: connections)) }
            all.append(connections)
        }
        #expect(all.allSatisfy { $0.all.count == count })
        #expect(octets / count <= Limits.connectionCost, "\(octets / count) octets each")
    }

    /// A small board's numbers fit into a small board, and `ipsec status` tells them.
    @Test func statusTellsWhatThereIsAndWhatThereMayBe() {
        let kept = KeptLog()
        let connections = Connections(
            engine: Engine(), plane: PaperPlane(log: kept.log), log: kept.log, random: SystemRandom())
        (connections.engine.bounds.states, connections.engine.bounds.connections) = (16, 16)
        connections.engine.bounds.halfOpen = 16
        let terminal = Terminal()
        connections.showSummary(to: terminal, now: 0)
        let most = connections.engine.bounds.most(ownESP: false)
        let lines = String(decoding: terminal.pending, as: UTF8.self).split(separator: "\n")
        #expect(lines.last?.hasPrefix(">Memory: ") ?? false)
        #expect(lines.last?.hasSuffix(" KB resident, at most \(most / 1024) KB.") ?? false, "\(lines)")
        #expect(most < 14_500_000 && Bounds().most(ownESP: true) < 48_500_000, "\(most) and \(Bounds().most(ownESP: true))")
        #expect(Bounds().most(ownESP: true) > Bounds().most(ownESP: false) + 1_000_000)
    }
}
