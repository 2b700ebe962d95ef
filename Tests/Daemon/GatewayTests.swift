import Configuration
import Crypto
import Linux
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import Host

private func conn(
    _ name: String, _ far: String = "10.0.2.0/24", _ more: String = "auto=route", left: String = "192.0.2.1", right: String = "192.0.2.2",
    id: String = "@west"
) -> String {
    """
    conn \(name)
        left=\(left)
        leftid=\(id)
        leftsubnet=10.0.1.0/24
        right=\(right)
        rightid=@east
        rightsubnet=\(far)
        authby=secret
        \(more)

    """
}

/// The other end of `conn("net")`, wherever that comes from.
private let east = """
    conn net
        left=192.0.2.2
        leftid=@east
        leftsubnet=10.0.2.0/24
        right=%any
        rightid=@west
        rightsubnet=10.0.1.0/24
        authby=secret
        auto=add

    """

private func machine(_ address: String) -> Machine { Machine(addresses: [Address(address)!]) }

/// West at `address`, with its default route there.
private func routed(_ address: String) -> Machine {
    let address = Address(address)!
    return Machine(addresses: [address], defaultRoutes: [.init(address: address, gateway: nil, interface: "ppp0")])
}

/// The hardest transitions of a whole gateway: events in, effects out, in virtual time.
@Suite struct GatewayTests {
    private func text(_ terminal: Terminal) -> String { String(decoding: terminal.pending, as: UTF8.self) }

    private func pair(
        _ conf: String, _ machine: Machine = Machine(addresses: [Address("192.0.2.1")!])
    ) throws -> (PaperWire, PaperGateway, PaperGateway) {
        let wire = PaperWire()
        wire.gateways = [
            try PaperGateway(conf, machine, seed: 1, now: wire.now),
            try PaperGateway(east, Machine(addresses: [Address("192.0.2.2")!]), seed: 2, now: wire.now),
        ]
        wire.settle()
        return (wire, wire.gateways[0], wire.gateways[1])
    }

    @Test func twoGatewaysJoinTheirNetworks() throws {
        let (_, west, east) = try pair(conn("net", "10.0.2.0/24", "auto=start"))
        #expect(west.isUp("net") && east.isUp("net"))
        #expect(west.plane.deeds == ["route net", "inbound", "outbound"])
        #expect(west.told == ["settings", "prepare net", "route net", "tidy", "up net"])
    }

    /// An unchanged conn stays. A changed one is routed again before the old one is unrouted. A deleted one is reported before it is
    /// unrouted. A conn with an error is not changed.
    @Test func reload() throws {
        let wire = PaperWire()
        let west = try PaperGateway(
            conn("a", "10.1.1.0/24") + conn("b", "10.1.2.0/24") + conn("c", "10.1.3.0/24") + conn("d", "10.1.4.0/24"),
            machine("192.0.2.1"), seed: 1, now: wire.now)
        #expect(west.routed == ["a 10.1.1.0/24", "b 10.1.2.0/24", "c 10.1.3.0/24", "d 10.1.4.0/24"])
        let a = west.gateway.connections.find("a")
        (west.plane.deeds, west.told) = ([], [])
        try west.write(
            conn("a", "10.1.1.0/24") + conn("b", "10.1.0.0/16") + conn("d", "10.1.4.0/99") + conn("e", "10.1.5.0/24"))
        let terminal = west.say("reload", now: wire.now)
        // One has a mistake, and nothing that is not in a file with mistakes is believed to be gone.
        #expect(text(terminal).hasSuffix("exit 1\n"))
        #expect(west.routed == ["a 10.1.1.0/24", "b 10.1.0.0/16", "c 10.1.3.0/24", "d 10.1.4.0/24", "e 10.1.5.0/24"])
        #expect(west.gateway.connections.find("a") === a)
        #expect(west.plane.deeds == ["route b", "route e", "unroute b"], "\(west.plane.deeds)")
        (west.plane.deeds, west.told) = ([], [])
        try west.write(conn("a", "10.1.1.0/24") + conn("b", "10.1.0.0/16") + conn("d", "10.1.4.0/24") + conn("e", "10.1.5.0/24"))
        #expect(text(west.say("reload", now: wire.now)).hasSuffix("exit 0\n"))
        #expect(west.routed == ["a 10.1.1.0/24", "b 10.1.0.0/16", "d 10.1.4.0/24", "e 10.1.5.0/24"])
        #expect(west.plane.deeds == ["unroute c"] && west.told == ["unroute c"])
        #expect(west.gateway.connections.find("a") === a)
    }

    /// The processor's time that a message took is charged to the peer that was not authenticated then: its next negotiation waits.
    @Test func theProcessorsTimeIsCharged() throws {
        for time in [0, 60 * PaperWire.second] {
            let (wire, west, east) = try pair(conn("net", "10.0.2.0/24", "auto=start"))
            east.processorTime = time
            for _ in 0..<2 {
                west.say("auto", "--down", "net", now: wire.now)
                wire.settle()
                west.say("auto", "--up", "net", now: wire.now)
                wire.wait(5)
            }
            #expect(west.isUp("net") == (time == 0))
        }
    }

    /// The line goes down, and returns with another address: nothing is unrouted, and the tunnel is up again from there. A conn with
    /// another local end is not changed.
    @Test func theAddressChanges() throws {
        let other = conn("other", "10.0.9.0/24", id: "@other")
        let (wire, west, east) = try pair(
            conn("net", "10.0.2.0/24", "auto=start", left: "%defaultroute") + other, routed("192.0.2.1"))
        #expect(west.isUp("net"))
        (west.plane.deeds, west.told) = ([], [])
        let stays = west.gateway.connections.find("other")
        west.move(to: Machine(addresses: []), now: wire.now)
        wire.wait(5)
        #expect(west.plane.deeds == ["interfaces"] && west.routed.count == 2)
        #expect(west.gateway.connections.find("net")?.isAway == true && west.gateway.connections.find("other")?.isAway == true)
        let back = Machine(
            addresses: [Address("192.0.2.1")!, Address("192.0.2.9")!],
            defaultRoutes: [.init(address: Address("192.0.2.9")!, gateway: nil, interface: "ppp0")])
        west.plane.deeds = []
        west.move(to: back, now: wire.now)
        wire.wait(2)
        #expect(west.gateway.connections.find("net")?.policy.local == Address("192.0.2.9")!)
        #expect(west.isUp("net") && east.isUp("net"))
        #expect(west.gateway.connections.find("other") === stays && stays?.isAway == false)
        let deeds = west.plane.deeds.filter { $0.hasSuffix("net") }
        #expect(deeds == ["route net", "unroute net"], "\(west.plane.deeds)")
    }

    /// The peer is a host name, whose address changes: the tunnel stays until the peer authenticates from the new address, and then
    /// moves there. Its traffic is never let go.
    @Test func theHostNameMoves() throws {
        let wire = PaperWire()
        let west = try PaperGateway(
            conn("net", "10.0.2.0/24", "auto=start", right: "east.example.test"), machine("192.0.2.1"), seed: 1, now: wire.now)
        wire.gateways = [west]
        wire.settle()
        #expect(west.told.contains("look up east.example.test") && !west.isUp("net") && west.routed == ["net 10.0.2.0/24"])
        let conf = east.replacing("192.0.2.2", with: "%defaultroute").replacing("%any", with: "192.0.2.1")
        let east = try PaperGateway(conf, routed("192.0.2.2"), seed: 2, now: wire.now)
        wire.gateways.append(east)
        func lookedUp(_ address: String) {
            west.see(.lookedUp("east.example.test", [Address(address)!], reason: nil), now: wire.now)
            wire.settle()
        }
        lookedUp("192.0.2.2")
        #expect(west.isUp("net") && east.isUp("net"))
        let before = west.gateway.connections.find("net")
        west.plane.deeds = []
        lookedUp("192.0.2.3")
        #expect(west.isUp("net") && west.gateway.connections.find("net") === before && west.plane.deeds == [])
        east.move(to: routed("192.0.2.3"), now: wire.now)
        wire.wait(5)
        let after = west.gateway.connections.find("net")
        #expect(after !== before && after?.policy.remote == Address("192.0.2.3")! && west.isUp("net") && east.isUp("net"))
        #expect(west.plane.deeds.filter { $0.hasSuffix("route net") } == ["route net", "unroute net"], "\(west.plane.deeds)")
    }

    /// A connection that is gone when its SAs are to be installed: the engine is refused, and the peer does not believe that it is up.
    @Test func aGoneConnectionIsNotInstalled() throws {
        let (wire, west, east) = try pair(conn("net", "10.0.2.0/24", "auto=add"))
        west.say("auto", "--up", "net", now: wire.now)
        west.gateway.connections.remove(try #require(west.gateway.connections.find("net")))
        wire.settle()
        #expect(west.plane.inbound.isEmpty && west.plane.outbound.isEmpty && !east.isUp("net"))
    }

    /// If a host name cannot be looked up, the terminals that wait for the tunnel are released.
    @Test func theHostNameIsUnknown() throws {
        let wire = PaperWire()
        let west = try PaperGateway(
            conn("net", "10.0.2.0/24", "auto=add", right: "east.example.test"), machine("192.0.2.1"), seed: 1, now: wire.now)
        west.told = []
        let terminal = west.say("auto", "--up", "net", now: wire.now)
        #expect(west.told.contains("look up east.example.test") && !text(terminal).contains("exit"))
        west.see(.lookedUp("east.example.test", [], reason: "it has no address"), now: wire.now)
        #expect(text(terminal).hasSuffix("exit 1\n"))
    }

    /// A connection that waited for random numbers and was ended by hand is no longer wanted.
    @Test func aManualConnectionIsWantedOnce() throws {
        let wire = PaperWire()
        let keys =
            "spi=0x200\n\tesp=aes128-sha1\n\tespenckey=0x00112233_44556677_8899aabb_ccddeeff\n"
            + "\tespauthkey=0x00112233_44556677_8899aabb_ccddeeff_01234567\n\tauto=manual"
        let west = try PaperGateway(conn("hand", "10.0.2.0/24", keys), machine("192.0.2.1"), seed: 1, now: wire.now)
        wire.gateways = [west]
        west.random.isReady = false
        west.say("manual", "--up", "hand", now: wire.now)
        let hand = try #require(west.gateway.connections.find("hand"))
        #expect(hand.wanted == .up && !hand.isUp)
        west.random.isReady = true
        wire.wait(1)
        #expect(hand.isUp)
        #expect(text(west.say("manual", "--down", "hand", now: wire.now)).hasSuffix("exit 0\n"))
        #expect(!hand.isUp && !west.gateway.connections.wants(hand))
    }

    /// `--rereadgroups` applies only the difference. While a file has an error nothing is unrouted.
    @Test func policyGroupsAreReadAgain() throws {
        func group(_ name: String, _ type: String) -> String {
            "conn \(name)\n\ttype=\(type)\n\tauthby=never\n\tleft=192.0.2.1\n\tright=%group\n\tauto=route\n"
        }
        let wire = PaperWire()
        let west = try PaperGateway(
            conn("net") + group("clear", "passthrough") + group("block", "drop"), machine("192.0.2.1"), seed: 1, now: wire.now,
            groups: ["clear": "10.1.0.0/16\n10.2.0.0/16\n", "block": "10.3.0.0/16\n"])
        #expect(
            west.routed == [
                "block#10.3.0.0/16 10.3.0.0/16", "clear#10.1.0.0/16 10.1.0.0/16", "clear#10.2.0.0/16 10.2.0.0/16", "net 10.0.2.0/24",
            ])
        let (net, kept) = (west.gateway.connections.find("net"), west.gateway.connections.find("clear#10.1.0.0/16"))
        west.plane.deeds = []
        // A conn that changed in the meantime is not one of a group.
        try west.write(conn("net", "10.0.9.0/24") + group("clear", "passthrough") + group("block", "drop"))
        try west.write("10.1.0.0/16\n10.3.0.0/16\n10.4.0.0/16\n", to: "clear")
        try west.write("10.5.0.0/99\n", to: "block")
        #expect(text(west.say("auto", "--rereadgroups", now: wire.now)).hasSuffix("exit 1\n"))
        #expect(west.plane.deeds == ["route clear#10.4.0.0/16"])
        west.plane.deeds = []
        try west.write("", to: "block")
        #expect(text(west.say("auto", "--rereadgroups", now: wire.now)).hasSuffix("exit 0\n"))
        #expect(west.plane.deeds == ["route clear#10.3.0.0/16", "unroute clear#10.2.0.0/16", "unroute block#10.3.0.0/16"])
        #expect(west.gateway.connections.find("net") === net && west.gateway.connections.find("clear#10.1.0.0/16") === kept)
        // A file that is lost is no file without entries.
        west.plane.deeds = []
        try west.remove("clear")
        #expect(text(west.say("auto", "--rereadgroups", now: wire.now)).hasSuffix("exit 1\n"))
        #expect(west.plane.deeds == [])
    }

    /// A reload adds no connection beyond `maxconns=`, and those that it deletes make room.
    @Test func reloadKeepsToTheLimitOfConnections() throws {
        let wire = PaperWire()
        let setup = "config setup\n    maxconns=4\n\n"
        let all = ["a", "b", "c", "d", "e"].enumerated().map { conn($0.element, "10.1.\($0.offset).0/24") }
        let west = try PaperGateway(setup + all[..<4].joined(), machine("192.0.2.1"), seed: 1, now: wire.now)
        try west.write(setup + all.joined())
        #expect(text(west.say("reload", now: wire.now)).hasSuffix("exit 1\n"))
        #expect(west.routed == ["a 10.1.0.0/24", "b 10.1.1.0/24", "c 10.1.2.0/24", "d 10.1.3.0/24"])
        try west.write(setup + all[1...].joined())
        #expect(text(west.say("reload", now: wire.now)).hasSuffix("exit 0\n"))
        #expect(west.routed == ["b 10.1.1.0/24", "c 10.1.2.0/24", "d 10.1.3.0/24", "e 10.1.4.0/24"])
        #expect(west.gateway.connections.all.count == 4)
    }

    /// A hook says that an interface changed before the kernel does: both are looked at.
    @Test func aHookAsksToLook() throws {
        let (wire, west, _) = try pair(conn("net", "10.0.2.0/24", "auto=start", left: "%defaultroute"), Machine(addresses: []))
        #expect(west.gateway.connections.all.isEmpty)
        west.machine = routed("192.0.2.1")
        #expect(text(west.say("hotplug", "wan", "up", now: wire.now)).hasSuffix("exit 0\n"))
        wire.settle()
        #expect(west.isUp("net"))
    }

    /// The firewall is opened when the route stands, and closed while it still does; what somebody else's reload did is the plane's to
    /// know, for its fast paths.
    @Test func theFirewall() throws {
        let wire = PaperWire()
        let west = try PaperGateway(
            conn("net", "10.0.2.0/24", "leftfirewall=yes\n    auto=route"), machine("192.0.2.1"), seed: 1, now: wire.now)
        #expect(west.told.filter { $0.hasSuffix("net") } == ["prepare net", "route net"])
        for wasRestored in [false, true] { west.see(.firewallChanged(wasRestored: wasRestored), now: wire.now) }
        #expect(west.plane.deeds.suffix(2) == ["firewall changed", "firewall restored"])
        let terminal = Terminal()
        west.gateway.handle(.request(.auto(.unroute, conn: "net"), terminal), now: wire.now)
        let effects = west.gateway.takeEffects(now: wire.now)
        guard effects.count == 2, case .tell(.unroute, let context) = effects[0], case .unroute(let eroute) = effects[1] else {
            Issue.record("\(effects)")
            return
        }
        #expect(context.pass?.requestID == eroute.requestID && west.routed == ["net 10.0.2.0/24"])
    }

    /// A connection that is unrouted and routed again while one event is handled stays routed.
    @Test func routedAgainAtOnce() throws {
        let wire = PaperWire()
        let west = try PaperGateway(conn("net"), machine("192.0.2.1"), seed: 1, now: wire.now)
        let connections = west.gateway.connections
        let net = try #require(connections.find("net"))
        connections.stopCatching(net)
        try connections.hold(net)
        west.advance(now: wire.now)
        #expect(west.routed == ["net 10.0.2.0/24"] && net.state == .held)
    }

    /// A plane that takes no route has nothing negotiated; one that takes no SA has the traffic held, and it is tried again.
    @Test func thePlaneRefuses() throws {
        let (wire, west, east) = try pair(conn("net", "10.0.2.0/24", "keyingtries=%forever\n    auto=add"))
        west.plane.refusesRoutes = true
        #expect(text(west.say("auto", "--up", "net", now: wire.now)).hasSuffix("exit 1\n"))
        wire.settle()
        #expect(west.routed == [] && !west.isUp("net") && east.gateway.connections.engine.status(now: wire.now).isEmpty)
        west.plane.refusesRoutes = false
        west.plane.refusesOutbound = true
        west.say("auto", "--up", "net", now: wire.now)
        wire.settle()
        #expect(west.routed == ["net 10.0.2.0/24"] && !west.isUp("net"))
        west.plane.refusesOutbound = false
        wire.wait(120)
        #expect(west.isUp("net") && west.routed == ["net 10.0.2.0/24"])
    }

    /// A `commit confirm` that is not confirmed: the former file is restored and in force when the time is over, and not before.
    @Test func theOldConfigurationComesBack() throws {
        let wire = PaperWire()
        let west = try PaperGateway(conn("old", "10.0.2.0/24"), machine("192.0.2.1"), seed: 1, now: wire.now)
        wire.gateways = [west]
        let file = ConfigurationFile(in: west.gateway.options.configurationFolder)
        try file.write(Secret(Array(conn("new", "10.0.3.0/24").utf8)), confirmedWithin: 60, now: wire.now)
        #expect(text(west.say("reload", now: wire.now)).hasSuffix("exit 0\n"))
        #expect(west.routed == ["new 10.0.3.0/24"])
        wire.wait(58)
        #expect(west.routed == ["new 10.0.3.0/24"])
        wire.wait(4)
        #expect(west.routed == ["old 10.0.2.0/24"] && west.gateway.revertsAt == nil)
        // One that is confirmed stays.
        try file.write(Secret(Array(conn("new", "10.0.3.0/24").utf8)), confirmedWithin: 60, now: wire.now)
        west.say("reload", now: wire.now)
        #expect(try file.confirm())
        wire.wait(120)
        #expect(west.routed == ["new 10.0.3.0/24"])
    }

    /// A new conn that cannot be added fails the reload; one that waits for its address does not.
    @Test func reloadOfNewConns() throws {
        let wire = PaperWire()
        let west = try PaperGateway(conn("net"), machine("192.0.2.1"), seed: 1, now: wire.now)
        func exit(_ more: String) throws -> String {
            try west.write(conn("net") + more)
            return String(text(west.say("reload", now: wire.now)).suffix(7))
        }
        #expect(try exit(conn("later", "10.0.7.0/24", left: "192.0.2.77")) == "exit 0\n")
        #expect(try exit("conn odd\n    type=passthrough\n    left=192.0.2.1\n    right=%any\n    auto=route\n") == "exit 1\n")
        #expect(try exit("conn wrong\n    auto=strat\n") == "exit 1\n")
        #expect(west.routed == ["net 10.0.2.0/24"])
    }

    /// A connection that was brought up by hand is up again with the former ipsec.conf; one that was ended since is not.
    @Test func whatWasUpComesBack() throws {
        for isTakenDown in [false, true] {
            let (wire, west, _) = try pair(conn("net", "10.0.2.0/24", "auto=add"))
            west.say("auto", "--up", "net", now: wire.now)
            wire.settle()
            let file = ConfigurationFile(in: west.gateway.options.configurationFolder)
            let changed = conn("other", "10.0.9.0/24") + (isTakenDown ? conn("net", "10.0.2.0/24", "auto=add") : "")
            try file.write(Secret(Array(changed.utf8)), confirmedWithin: 60, now: wire.now)
            west.say("reload", now: wire.now)
            wire.settle()
            if isTakenDown { west.say("auto", "--down", "net", now: wire.now) }
            wire.wait(70)
            #expect(west.gateway.revertsAt == nil && west.isUp("net") == !isTakenDown)
        }
    }

    /// A plane that has failed ends the daemon, and what was routed stays held.
    @Test func thePlaneFails() throws {
        let (wire, west, _) = try pair(conn("net", "10.0.2.0/24", "auto=start"))
        west.told = []
        west.see(.planeFailed("its device is gone"), now: wire.now)
        #expect(west.gateway.ending == .keep && west.routed == ["net 10.0.2.0/24"] && west.told == [])
    }

    /// `setup stop`: the peer hears of it, hooks and firewall are told, and then everything is taken out of the kernel. A signal leaves
    /// what was routed.
    @Test func stopAndSignal() throws {
        for isSignal in [false, true] {
            let (wire, west, east) = try pair(conn("net", "10.0.2.0/24", "auto=start"))
            (west.plane.deeds, west.told) = ([], [])
            if isSignal {
                west.see(.terminate, now: wire.now)
                #expect(west.gateway.ending == .keep && west.routed == ["net 10.0.2.0/24"])
                #expect(!west.told.contains("unroute net"))
            } else {
                #expect(text(west.say("setup", "stop", now: wire.now)).hasSuffix("exit 0\n"))
                #expect(west.gateway.ending == .removeEverything && west.routed == [])
                #expect(west.told.last == "unroute net" && west.plane.deeds.last == "remove everything")
            }
            wire.settle()
            #expect(!east.isUp("net"))
        }
    }
}
