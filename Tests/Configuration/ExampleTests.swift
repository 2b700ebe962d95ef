import Configuration
import Crypto
import Foundation
import Testing
import Wire

/// The worked examples in Board/examples: each is read without a fault, and each machine it is for finds its end.
@Suite struct ExampleTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Board/examples")

    /// The examples on disk, read as if they belonged to root.
    final class Disk: FileSource {
        override func read(_ path: Name, limit: Int) throws(FileError) -> FileContents {
            guard let data = try? Data(contentsOf: URL(filePath: "\(path)")) else { throw .notFound }
            return FileContents(Secret(Array(data)), owner: 0, mode: 0o600)
        }

        override func names(in folder: Name, limit: Int) throws(FileError) -> [Name] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)")) ?? []).map { Name($0) }
        }
    }

    static let examples: [(String, [Name], [(address: String, conns: [Name])])] = [
        (
            "two-nets", ["gateways", "netA-netB", "netA-netC"],
            [
                ("192.0.2.1", ["gateways", "netA-netB", "netA-netC"]), ("198.51.100.1", ["gateways", "netA-netB", "netA-netC"]),
            ]
        ),
        (
            "subnet-sizes", ["development-only", "development-or-production", "any-of-the-four", "some-of-administration", "one-machine"],
            [
                ("198.51.100.2", ["development-or-production"]), ("198.51.100.5", ["one-machine"]),
            ]
        ),
        (
            "manager", ["all-of-marketing", "some-of-production", "one-machine-in-administration"],
            [
                ("203.0.113.9", ["all-of-marketing", "some-of-production", "one-machine-in-administration"])
            ]
        ),
        ("internet-as-subnet", ["west-internet"], [("192.0.2.1", ["west-internet"]), ("198.51.100.1", ["west-internet"])]),
        ("wireless-gateway", ["staff", "student"], [("192.0.2.1", ["staff", "student"])]),
        ("wireless-host", ["east"], [("203.0.113.9", ["east"])]),
        (
            "four-tunnels", ["gates", "northnet-southnet", "northgate-southnet", "northnet-southgate", "northgate-southgate"],
            [
                ("101.101.101.101", ["gates", "northnet-southnet", "northgate-southnet", "northnet-southgate", "northgate-southgate"])
            ]
        ),
        ("samplesep", ["samplesep"], [("198.51.100.1", ["samplesep"])]),
        ("shared-secret", ["office", "road"], [("10.0.0.1", ["office", "road"]), ("11.0.0.1", ["office"])]),
        ("extruded", ["extruded"], [("203.0.113.4", ["extruded"]), ("198.51.100.7", ["extruded"])]),
        ("mobile", ["mobile"], [("1.0.0.2", ["mobile"])]),
        (
            "boot-time", ["reno-van", "reno-ny", "reno-ams"],
            [
                ("192.0.2.1", ["reno-van", "reno-ny", "reno-ams"]), ("198.51.100.2", ["reno-ny"]),
            ]
        ),
        ("one-tunnel", ["home-office"], [("192.0.2.1", ["home-office"]), ("198.51.100.1", ["home-office"])]),
        ("certificates", ["head-office"], [("203.0.113.9", ["head-office"])]),
        ("dynamic-interfaces", ["office"], [("203.0.113.9", ["office"])]),
        ("tunnel-in-tunnel", ["sites", "alice-bob"], [("192.0.2.1", ["sites"]), ("192.168.2.2", ["alice-bob"])]),
    ]

    @Test(arguments: examples.map { $0.0 }) func isReadAndOriented(_ example: String) throws {
        let (_, names, machines) = try #require(Self.examples.first { $0.0 == example })
        let file = Name(Self.folder.appending(path: "\(example)/ipsec.conf").path(percentEncoded: false))
        let read = Configuration.load(file, from: Disk())
        let errors = read.diagnostics.filter { $0.severity == .error }.map { $0.text.text }
        #expect(errors == [])
        #expect(read.connections.map { $0.name } == names)
        for (text, oriented) in machines {
            let address = try #require(Address(text))
            let machine = Machine(
                addresses: [address], defaultRoutes: [.init(address: address, gateway: nil, interface: "eth0")])
            let ours = read.connections.filter {
                if case .oriented(let oriented) = Orientation.of($0, on: machine) { oriented.localAddress == address } else { false }
            }
            #expect(ours.map { $0.name } == oriented, "\(text)")
        }
    }

    @Test func everyExampleIsHere() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path(percentEncoded: false))
        #expect(folders.sorted() == Self.examples.map { $0.0 }.sorted())
    }
}
