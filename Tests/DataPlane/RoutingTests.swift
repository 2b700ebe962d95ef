import Crypto
import Foundation
import Linux
import Netlink
import TestSupport
import Testing
import Wire

@testable import DataPlane

func eroute(
    _ name: Name, _ near: String, _ nearPrefix: Int, _ far: String, _ farPrefix: Int, local: String = "192.0.2.1",
    remote: String? = "198.51.100.1", number: UInt32 = 1, source: String? = nil, nextHop: String? = nil,
    mode: SecurityAssociation.Mode = .tunnel
) -> Eroute {
    Eroute(
        name: name, local: Address(local)!, remote: remote.map { Address($0)! },
        localSelector: Selector(Subnet(Address(near)!, prefix: nearPrefix)),
        remoteSelector: Selector(Subnet(Address(far)!, prefix: farPrefix)), mode: mode,
        requestID: RequestIDs.base | number, nextHop: nextHop.map { Address($0)! },
        sourceAddress: source.map { Address($0)! })
}

@Suite(.enabled(if: Namespace.isPossible, "needs root")) struct RoutingTests {
    /// eth0 (192.0.2.1/24) to the Internet, lan0 (10.0.1.254/24), and a TUN device.
    private static func inside(_ body: @escaping @Sendable (_ device: UInt32) throws -> Void) throws {
        try Namespace.run {
            try Namespace.makeWires()
            try Namespace.ip("addr add 192.0.2.1/24 dev eth0")
            try Namespace.ip("addr add 10.0.1.254/24 dev lan0")
            try Namespace.addAddress("2001:db8:1::1", "lan0")
            try Namespace.ip("route add default via 192.0.2.254")
            try Namespace.ip("tuntap add name ipsec9 mode tun")
            try Namespace.ip("link set ipsec9 up")
            let index = try Namespace.ip("-o link show ipsec9").split(separator: ":")[0]
            try body(UInt32(index)!)
        }
    }

    private static func table(_ family: String = "-4") throws -> [String] {
        // `ip` fails if the table does not exist. No process holds the device, which makes no difference.
        ((try? Namespace.ip("\(family) route show table 17241")) ?? "").split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces).replacing(" linkdown", with: "") }.sorted()
    }

    private static func rules(_ family: String = "-4") throws -> Int {
        try Namespace.ip("\(family) rule show").split(separator: "\n").count { $0.contains("17241") }
    }

    /// If another program removes the device, its traffic is held, and our descriptor is dead.
    @Test func aRemovedDeviceIsMadeAnew() throws {
        try Namespace.run {
            try Namespace.makeGateway()
            let kept = KeptLog()
            let device = try TUNDevice("ipsec8", log: kept.log)
            let plane = TUNPlane(device: device, rawSockets: [], random: SystemRandom(), log: kept.log)
            try plane.route(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24))
            #expect(try Namespace.ip("route get 10.0.2.1").contains("dev ipsec8"))
            #expect(try plane.revive(device.number) == nil)
            let epoll = try Epoll()
            try epoll.add(device.number, .read, token: 1)
            try Namespace.ip("link del ipsec8")
            let deadline = Clock.monotonic() + 10_000_000_000
            while !device.isDead, Clock.monotonic() < deadline {
                for index in 0..<(try epoll.wait(until: deadline)) where epoll.event(index).hasHungUp {
                    plane.readable(device.number, now: 1)
                }
            }
            plane.interfacesChanged(try InterfaceSnapshot(try NetlinkChannel(.route)))
            #expect((try? Namespace.ip("route get 10.0.2.1")) == nil)
            let other = try #require(try plane.revive(device.number))
            #expect(try Namespace.ip("route get 10.0.2.1").contains("dev ipsec8"))
            #expect(try plane.revive(other) == nil)
            // It leaves epoll when no process holds it: a process that is just being started may, for a moment.
            let gone = Clock.monotonic() + 10_000_000_000
            while try epoll.wait(until: Clock.monotonic()) != 0, Clock.monotonic() < gone {}
            #expect(try epoll.wait(until: Clock.monotonic()) == 0)
            #expect(kept.lines.count == 1 && kept.lines[0].hasSuffix("[device-restored]"))
            plane.removeFromKernel()
        }
    }

    @Test func tunRoutesHoldAndLetGo() throws {
        try Self.inside { device in
            let before = try Namespace.ip("route show table all") + Namespace.ip("rule show")
            let kept = KeptLog()
            let routing = try Routing(.device(device), log: kept.log)
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            try routing.route(net)
            #expect(
                try Self.table() == [
                    "10.0.2.0/24 dev ipsec9 proto 67 scope link src 10.0.1.254 metric 100",
                    "unreachable 10.0.2.0/24 proto 67 metric 17241",
                ])
            #expect(try Namespace.ip("rule show").contains("172:\tnot from all fwmark 0x4359 lookup 17241 proto 67"))
            #expect(try Namespace.ip("route get 10.0.2.9").contains("dev ipsec9 table 17241 src 10.0.1.254"))
            #expect(try Namespace.ip("route get 10.0.2.9 mark 0x4359").contains("via 192.0.2.254 dev eth0"))
            // A second eroute to the same network keeps it when the first goes.
            let gate = eroute("gate", "192.0.2.1", 32, "10.0.2.0", 24, number: 2)
            try routing.route(gate)
            routing.unroute(net)
            #expect(try Self.table().first == "10.0.2.0/24 dev ipsec9 proto 67 scope link src 192.0.2.1 metric 100")
            #expect(try Self.rules() == 1)
            routing.unroute(gate)
            #expect(try Namespace.ip("route show table all") + Namespace.ip("rule show") == before)
            #expect(kept.lines == [])
        }
    }

    /// `mtu=` of a conn.
    @Test func aConnMayHaveAnMTU() throws {
        try Self.inside { device in
            let routing = try Routing(.device(device), log: KeptLog().log)
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            net.mtu = 1300
            try routing.route(net)
            #expect(try Namespace.ip("route get 10.0.2.9").contains("mtu 1300"))
            routing.unroute(net)
        }
    }

    @Test func deviceGoneLetsNothingPass() throws {
        try Self.inside { device in
            let routing = try Routing(.device(device), log: KeptLog().log)
            try routing.route(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24))
            try Namespace.ip("link del ipsec9")
            #expect(try Self.table() == ["unreachable 10.0.2.0/24 proto 67 metric 17241"])
            #expect(throws: (any Error).self) { try Namespace.ip("route get 10.0.2.9") }
        }
    }

    @Test func connectedNetworksStayOutside() throws {
        try Self.inside { device in
            let routing = try Routing(.device(device), log: KeptLog().log)
            let all = eroute("all", "10.0.1.0", 24, "0.0.0.0", 0)
            try routing.route(all)
            #expect(
                try Self.table() == [
                    "default dev ipsec9 proto 67 scope link src 10.0.1.254 metric 100",
                    "throw 10.0.1.0/24 proto 67 metric 100", "throw 192.0.2.0/24 proto 67 metric 100",
                    "throw 224.0.0.0/4 proto 67 metric 100", "throw 255.255.255.255 proto 67 metric 100",
                    "unreachable default proto 67 metric 17241",
                ])
            #expect(try Namespace.ip("route get 192.0.2.77").contains("dev eth0"))
            #expect(try Namespace.ip("route get 198.51.100.1").contains("dev ipsec9"))
            // A tunnel to a connected network by its own name takes it.
            let lan = eroute("lan", "192.0.2.1", 32, "192.0.2.0", 24, number: 2)
            try routing.route(lan)
            #expect(try Namespace.ip("route get 192.0.2.77").contains("dev ipsec9"))
            routing.unroute(lan)
            #expect(try Namespace.ip("route get 192.0.2.77").contains("dev eth0"))
            // The network comes and goes with its interface.
            try Namespace.ip("addr add 172.16.5.1/24 dev lan0")
            routing.refresh()
            #expect(try Self.table().contains("throw 172.16.5.0/24 proto 67 metric 100"))
            try Namespace.ip("addr del 172.16.5.1/24 dev lan0")
            routing.refresh()
            #expect(try !Self.table().contains("throw 172.16.5.0/24 proto 67 metric 100"))
            routing.unroute(all)
            #expect(try Self.table() == [])
            #expect(try Self.rules() == 0)
        }
    }

    @Test func ipv6() throws {
        try Self.inside { device in
            let routing = try Routing(.device(device), log: KeptLog().log)
            let six = eroute("six", "2001:db8:1::", 64, "::", 0)
            try routing.route(six)
            let table = try Self.table("-6").joined(separator: "\n")
            for line in [
                "default dev ipsec9 proto 67 src 2001:db8:1::1 metric 100 pref medium",
                "unreachable default dev lo proto 67 metric 17241 pref medium",
                "throw 2001:db8:1::/64 dev lo proto 67 metric 100", "throw fe80::/10 dev lo proto 67 metric 100",
                "throw ff00::/8 dev lo proto 67 metric 100",
            ] { #expect(table.contains(line), "\(table)") }
            #expect(try Self.rules("-6") == 1 && Self.rules("-4") == 0)
            routing.unroute(six)
            #expect(try Self.table("-6") == [])
            #expect(try Self.rules("-6") == 0)
        }
    }

    @Test func restartAdopts() throws {
        try Self.inside { device in
            let before = try Namespace.ip("route show table all") + Namespace.ip("rule show")
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            let all = eroute("all", "10.0.1.0", 24, "0.0.0.0", 0, number: 2)
            do {
                let routing = try Routing(.device(device), log: KeptLog().log)
                try routing.route(net)
                try routing.route(all)
            }
            let held = try Self.table()
            // Other programs' routes in our table stay.
            try Namespace.ip("route add 203.0.113.0/24 dev lan0 table 17241")
            let kept = KeptLog()
            let routing = try Routing(.device(device), log: kept.log)
            #expect(try Self.table().filter { !$0.hasPrefix("203") } == held)
            #expect(routing.wasHeld(net.remoteSelector.subnet) && routing.networks.leftover.count == 2)
            #expect(!routing.wasHeld(Subnet(Address("10.0.3.0")!, prefix: 24)))
            try routing.route(net)
            #expect(routing.networks.leftover == [all.remoteSelector.subnet])
            #expect(try Self.table().filter { !$0.hasPrefix("203") } == held)
            routing.refresh()
            #expect(try Self.table().filter { !$0.hasPrefix("203") } == held)
            routing.removeFromKernel()
            #expect(try Self.table() == ["203.0.113.0/24 dev lan0 scope link"])
            try Namespace.ip("route del 203.0.113.0/24 table 17241")
            #expect(try Namespace.ip("route show table all") + Namespace.ip("rule show") == before)
            #expect(kept.lines == [])
        }
    }

    @Test func whatOthersTookAwayComesBack() throws {
        try Self.inside { device in
            let routing = try Routing(.device(device), log: KeptLog().log)
            try routing.route(eroute("net", "10.0.1.0", 24, "10.0.2.0", 24))
            let held = try Self.table()
            try Namespace.ip("rule del priority 172")
            try Namespace.ip("route flush table 17241")
            routing.refresh()
            #expect(try Self.table() == held)
            #expect(try Self.rules() == 1)
        }
    }

    /// The kernel's own routes are good enough unless they lead elsewhere, nowhere, or with the wrong source.
    @Test func towardsPeerOnlyAsFarAsNeeded() throws {
        try Self.inside { _ in
            let routing = try Routing(.peer, log: KeptLog().log)
            let plain = eroute("plain", "192.0.2.1", 32, "10.0.2.0", 24)
            try routing.route(plain)
            #expect(try Self.table() == [])
            #expect(try Self.rules() == 0)
            routing.unroute(plain)
            // Its own packets need an address that the tunnel takes.
            let net = eroute("net", "10.0.1.0", 24, "10.0.2.0", 24)
            try routing.route(net)
            #expect(
                try Self.table() == ["10.0.2.0/24 via 192.0.2.254 dev eth0 proto 67 src 10.0.1.254 metric 100"])
            routing.unroute(net)
            // The kernel would send it to the wrong interface.
            try Namespace.ip("route add 10.0.3.0/24 via 10.0.1.77")
            let wrong = eroute("wrong", "192.0.2.1", 32, "10.0.3.0", 24, nextHop: "192.0.2.250")
            try routing.route(wrong)
            #expect(try Self.table() == ["10.0.3.0/24 via 192.0.2.250 dev eth0 proto 67 src 192.0.2.1 metric 100"])
            routing.unroute(wrong)
            // No route at all, and the other IP version outside.
            let six = eroute("six", "2001:db8:1::", 64, "2001:db8:2::", 64)
            try routing.route(six)
            #expect(
                try Self.table("-6") == [
                    "2001:db8:2::/64 dev eth0 proto 67 src 2001:db8:1::1 metric 100 pref medium"
                ])
            routing.unroute(six)
            #expect(try Self.table("-6") == [])
        }
    }
}
