import Crypto
import Foundation
import Linux
import Netlink
import TestSupport
import Testing
import Wire

@testable import DataPlane
@testable import Netlink

/// The rules that keep a tunnel's flows out of fast paths. Flowtables themselves need another kernel: see Tests/scenes/offload.sh.
@Suite(.enabled(if: Namespace.isPossible, "needs root"))
struct FastPathTests {
    private static func inside(_ body: @escaping @Sendable () throws -> Void) throws {
        try Namespace.run {
            try Namespace.makeGateway()
            try body()
        }
    }

    private static let flowtable = Flowtable(table: "t", name: "f", handle: 1, isInHardware: false)

    /// With one eroute.
    private static func routing(_ kept: KeptLog) throws -> Routing {
        let routing = try Routing(.peer, log: kept.log)
        try routing.route(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24))
        return routing
    }

    /// Flows of the kernel's, as `source > destination`, or with the addresses that answers have.
    private static func flows() throws -> [String] {
        try NetlinkChannel(.netfilter).dump(ConntrackEntry.dump(.ipv4), ConntrackEntry.read)
            .map { "\($0.original.source) > \($0.original.destination) < \($0.reply.destination)" }.sorted()
    }

    private static func send(from source: String, to destination: String) throws {
        let socket = try UDPSocket(.ipv4)
        try socket.bind(Endpoint(Address(source)!, 7_000))
        let octets: [UInt8] = [1]
        try? socket.send(octets.span, to: Endpoint(Address(destination)!, 7_001), from: nil)
    }

    @Test(arguments: [true, false]) func flowsFromBeforeAreForgotten(isTranslated: Bool) throws {
        try Self.inside {
            try Namespace.nft("add table ip t")
            try Namespace.nft("add chain ip t c { type nat hook postrouting priority 100 ; }")
            try Namespace.nft("add rule ip t c oifname \(isTranslated ? "eth0" : "lo") snat to 192.0.2.1")
            try Self.send(from: "10.0.1.254", to: "10.0.2.9")
            try Self.send(from: "10.0.1.254", to: "203.0.113.9")
            let back = isTranslated ? "192.0.2.1" : "10.0.1.254"
            let before = try Self.flows()
            try #require(before == ["10.0.1.254 > 10.0.2.9 < \(back)", "10.0.1.254 > 203.0.113.9 < \(back)"])
            let plane = try XFRMPlane(options: .init(), log: KeptLog().log)
            try plane.route(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24))
            #expect(try Self.flows() == ["10.0.1.254 > 203.0.113.9 < \(back)"])
            plane.removeFromKernel()
        }
    }

    @Test func ownIKEAndESPAreNoTunnelsFlows() {
        let net = eroute("net", "192.0.2.1", 32, "198.51.100.1", 32)
        func flow(_ ipProtocol: UInt8, _ source: UInt16, _ destination: UInt16) -> Bool {
            let tuple = ConntrackEntry.Tuple(
                source: Address("192.0.2.1")!, destination: Address("198.51.100.1")!, ipProtocol: ipProtocol, sourcePort: source,
                destinationPort: destination)
            return net.takes(tuple)
        }
        #expect(!flow(17, 4500, 4500) && !flow(17, 500, 500) && !flow(50, 0, 0))
        #expect(flow(17, 7_000, 4500) && flow(6, 4500, 80))
    }

    /// The kernel accepts the whole table and returns it unchanged, and a second one replaces it.
    @Test func tableIsTaken() throws {
        try Self.inside {
            let routing = try Routing(.peer, log: KeptLog().log)
            let all = eroute("all", "10.0.1.0", 24, "0.0.0.0", 0, number: 1)
            let open = eroute("open", "10.0.1.0", 24, "203.0.113.0", 24, number: 2)
            open.shunt = .passthrough
            for eroute in [all, open] { try routing.route(eroute) }
            let channel = try NetlinkChannel(.netfilter)
            for _ in 0..<2 {
                try channel.perform(
                    FastPathRules(routing.networks).table("cygnet", on: ["eth0", "lan0"], withEgress: true).replace())
            }
            let text = try Namespace.nft("list table netdev cygnet")
            for part in [
                "type filter hook egress device \"eth0\" priority -500; policy accept;\n\t\tjump out",
                "type filter hook ingress device \"lan0\" priority -500; policy accept;\n\t\tjump in",
                "meta mark 0x00004359 accept", "ip protocol esp accept",
                "ip saddr 192.0.2.1 ip protocol udp @nh,160,16 0x1194 accept",
                "ip saddr 10.0.1.0/24 ip daddr 203.0.113.0/24 accept",
                "ip saddr 10.0.1.0/24 ip daddr 10.0.1.0/24 accept",
                "ip saddr 10.0.1.0/24 drop", "meta protocol ip drop",
                "meta ipsec missing", "ip daddr 192.0.2.1 accept",
            ] { #expect(text.contains(part), "\(part) is not in \(text)") }
            // The passthrough precedes the wider one.
            let passes = text.range(of: "ip daddr 203.0.113.0/24 accept")?.lowerBound
            let drops = text.range(of: "ip saddr 10.0.1.0/24 drop")?.lowerBound
            #expect(passes.flatMap { passes in drops.map { passes < $0 } } == true)
            try channel.perform(PacketTable(.netdev, "cygnet").remove())
            routing.removeFromKernel()
            #expect(try !Namespace.nft("list ruleset").contains("cygnet"))
        }
    }

    /// If the kernel does not answer, the table stays, one line is logged, and the next update reads again.
    @Test func tableStaysWhileTheKernelDoesNotAnswer() throws {
        try Self.inside {
            let kept = KeptLog()
            let routing = try Self.routing(kept)
            let paths = FastPaths(log: kept.log)
            func update(_ answer: Result<[Flowtable], NetlinkError>) throws -> Bool {
                paths.note(answer)
                paths.install(routing.networks, routing.channel)
                return try Namespace.nft("list ruleset").contains("table netdev cygnet")
            }
            func warnings() -> Int { kept.lines.count { $0.hasPrefix("warning") && $0.hasSuffix("[fast-paths-unread]") } }
            #expect(try update(.success([Self.flowtable])) && warnings() == 0)
            for _ in 0..<2 { #expect(try update(.failure(NetlinkError(ETIMEDOUT, "list the flowtables"))) && warnings() == 1) }
            #expect(try !update(.success([])))
            // A kernel without flowtables has answered.
            #expect(try update(.success([Self.flowtable])))
            #expect(try !update(.failure(NetlinkError(EINVAL, "list the flowtables"))) && warnings() == 1)
            routing.removeFromKernel()
        }
    }

    /// The devices cannot be read: the table keeps those that it has.
    @Test func tableKeepsItsDevices() throws {
        try Self.inside {
            let kept = KeptLog()
            let routing = try Self.routing(kept)
            let paths = FastPaths(log: kept.log)
            paths.note(.success([Self.flowtable]))
            paths.install(routing.networks, routing.channel)
            let before = try Namespace.nft("list table netdev cygnet")
            // This family does not know the request.
            paths.install(routing.networks, try NetlinkChannel(.netfilter))
            #expect(try Namespace.nft("list table netdev cygnet") == before && before.contains("eth0"))
            #expect(kept.lines.contains { $0.hasSuffix("[fast-paths-unread]") })
            #expect(paths.removeFromKernel() == [])
            routing.removeFromKernel()
        }
    }

    /// An earlier run's table stays until this run's is installed.
    @Test func earlierTableStaysUntilTheNextOneIsThere() throws {
        try Self.inside {
            let kept = KeptLog()
            let routing = try Self.routing(kept)
            func tables() throws -> [Bool] {
                let ruleset = try Namespace.nft("list tables")
                return ["cygnet\n", "cygnet-next\n"].map { ruleset.contains("table netdev \($0)") }
            }
            let former = FastPaths(log: kept.log)
            former.note(.success([Self.flowtable]))
            former.install(routing.networks, routing.channel)
            #expect(try tables() == [true, false])
            let paths = FastPaths(log: kept.log)
            paths.note(.success([Self.flowtable]))
            // The devices cannot be read: this family does not know the request.
            paths.install(routing.networks, try NetlinkChannel(.netfilter))
            paths.forgetEarlier()
            #expect(try tables() == [true, false])
            paths.install(routing.networks, routing.channel)
            #expect(try tables() == [true, true])
            paths.forgetEarlier()
            #expect(try tables() == [false, true])
            #expect(paths.removeFromKernel() == [])
            routing.removeFromKernel()
        }
    }

    /// A tunnel's route has the tunnel's MTU; the peer's ESP inside a wider tunnel uses the former routes.
    @Test func routesSayTheTunnelsMTU() throws {
        try Self.inside {
            let plane = try XFRMPlane(options: .init(), log: KeptLog().log)
            let all = eroute("all", "10.0.1.0", 24, "0.0.0.0", 0)
            try plane.route(all)
            #expect(try Namespace.ip("route get 203.0.113.9").contains("mtu 1390"))
            #expect(try !Namespace.ip("route get 198.51.100.1").contains("mtu"))
            plane.unroute(all)
            #expect(try Namespace.ip("route show table 17241") == "")
            let gate = eroute("gate", "10.0.1.0", 24, "198.51.100.1", 32)
            try plane.route(gate)
            #expect(try !Namespace.ip("route get 198.51.100.1").contains("mtu"))
            plane.removeFromKernel()
        }
    }
}
