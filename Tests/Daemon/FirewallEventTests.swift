import Configuration
import Linux
import TestSupport
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import DataPlane
@testable import Host
@testable import Netlink

/// `leftfirewall=yes`, and a firewall that somebody else reloads, in virtual time.
@Suite struct FirewallEventTests {
    private func conf(_ place: Int, _ more: String = "") -> String {
        """
        conn net
            left=192.0.2.\(place)
            leftsubnet=10.0.\(place).0/24
            leftfirewall=yes
            right=192.0.2.\(3 - place)
            rightsubnet=10.0.\(3 - place).0/24
            authby=secret
            auto=\(place == 1 ? "start" : "add")
            \(more)

        """
    }

    private func pair(_ more: String = "") throws -> (PaperWire, PaperGateway) {
        let wire = PaperWire()
        for place in [1, 2] {
            let kept = KeptLog()
            let plane = ESPPlane(log: kept.log, random: SeededRandom(UInt64(place)), firstSPI: UInt32(place) << 16)
            wire.gateways.append(
                try PaperGateway(
                    conf(place, place == 1 ? more : ""), Machine(addresses: [Address("192.0.2.\(place)")!]), seed: UInt64(place),
                    now: wire.now, plane: plane, kept: kept))
        }
        wire.settle()
        return (wire, wire.gateways[0])
    }

    /// What becomes of a packet from a host behind west to one behind east.
    private func send(_ wire: PaperWire) -> String {
        var packets = NumberedPackets()
        let (_, octets) = packets.make(by: 1, from: [10, 0, 1, 5], to: [10, 0, 2, 5])
        switch wire.send(octets, from: Address("10.0.1.5")!, to: Address("10.0.2.5")!, through: wire.gateways[0]) {
        case .encrypted: return "encrypted"
        case .held: return "held"
        case .inTheClear: return "in the clear"
        }
    }

    private static let open = [
        "forward: Cygnet: 10.0.1.0/24 to 10.0.2.0/24", "forward: Cygnet: 10.0.2.0/24 to 10.0.1.0/24",
        "srcnat: Cygnet: 10.0.1.0/24 to 10.0.2.0/24",
    ]

    /// The rules are added again, and the plane hears that they were missing: flows may have been offloaded or masqueraded meanwhile. The
    /// tunnel stays, no eroute is touched, and no packet goes in the clear.
    @Test func aReloadByOthers() throws {
        let (wire, west) = try pair()
        #expect(west.isUp("net") && west.firewall.texts == Self.open)
        (west.plane.deeds, west.told) = ([], [])
        let sent = wire.wire.sent
        west.firewall.reload()
        #expect(west.firewall.texts == [])
        #expect(send(wire) == "encrypted")
        west.firewallChanged(now: wire.now)
        #expect(west.firewall.texts == Self.open && west.plane.deeds == ["firewall restored"] && west.told == [])
        // Our own change is reported too.
        west.firewallChanged(now: wire.now)
        #expect(west.firewall.texts == Self.open && west.plane.deeds == ["firewall restored", "firewall changed"])
        #expect(send(wire) == "encrypted")
        #expect(west.isUp("net") && west.routed == ["net 10.0.2.0/24"] && west.plane.kernel.uncovered.isEmpty)
        #expect(wire.wire.sent == sent + 2)
    }

    /// A tunnel that is down stays held: its rules come back, and its packets do not leave.
    @Test func aReloadWhileItIsHeld() throws {
        let (wire, west) = try pair()
        west.say("auto", "--down", "net", now: wire.now)
        wire.settle()
        west.firewall.reload()
        west.firewallChanged(now: wire.now)
        #expect(send(wire) == "held")
        #expect(west.firewall.texts == Self.open && west.routed == ["net 10.0.2.0/24"] && !west.isUp("net"))
        #expect(west.plane.kernel.uncovered.isEmpty)
    }

    /// What was unrouted is not opened again by a reload, and a reload into other chains opens those.
    @Test func onlyWhatIsRoutedIsOpened() throws {
        let (wire, west) = try pair()
        west.firewall.reload()
        west.firewall.chains = [FirewallChain(family: 2, table: "filter", name: "FORWARD", hook: 2, kind: "filter")]
        west.firewallChanged(now: wire.now)
        #expect(
            west.firewall.texts == ["FORWARD: Cygnet: 10.0.1.0/24 to 10.0.2.0/24", "FORWARD: Cygnet: 10.0.2.0/24 to 10.0.1.0/24"])
        west.say("auto", "--delete", "net", now: wire.now)
        #expect(west.firewall.texts == [])
        west.plane.deeds = []
        west.firewall.reload()
        west.firewallChanged(now: wire.now)
        #expect(west.firewall.texts == [] && west.plane.deeds == ["firewall changed"])
    }

    /// `lefthostaccess=yes` opens the chains of this machine's own packets as well.
    @Test func hostAccess() throws {
        let (_, west) = try pair("lefthostaccess=yes")
        #expect(west.firewall.texts == (Self.open + ["input: Cygnet: 10.0.2.0/24 to 10.0.1.0/24"]).sorted())
    }
}
