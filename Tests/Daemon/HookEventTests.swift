import Configuration
import Linux
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import Host

/// Updown commands that hang or fail, in virtual time: the effects that start and kill them, and the events of their ends.
@Suite struct HookEventTests {
    private static let west = Machine(addresses: [Address("192.0.2.1")!])

    private func conn(_ name: String, _ number: Int, _ auto: String = "auto=route") -> String {
        """
        conn \(name)
            left=192.0.2.1
            leftsubnet=10.0.1.0/24
            leftupdown=/etc/hook
            right=192.0.2.2
            rightsubnet=10.0.\(number).0/24
            authby=secret
            \(auto)

        """
    }

    private let east = """
        conn net
            left=192.0.2.2
            leftsubnet=10.0.2.0/24
            right=192.0.2.1
            rightsubnet=10.0.1.0/24
            authby=secret
            auto=add

        """

    /// West with a tunnel `net`, whose first updown command hangs, and `other`, which is routed.
    private func pair() throws -> (PaperWire, PaperGateway) {
        let wire = PaperWire()
        let conf = conn("net", 2, "auto=start") + conn("other", 3)
        wire.gateways = [
            try PaperGateway(conf, Self.west, seed: 1, now: wire.now),
            try PaperGateway(east, Machine(addresses: [Address("192.0.2.2")!]), seed: 2, now: wire.now),
        ]
        wire.settle()
        return (wire, wire.gateways[0])
    }

    private func runs(_ gateway: PaperGateway) -> [String] { gateway.told.filter { $0.hasPrefix("run ") || $0.hasPrefix("kill ") } }
    private func text(_ terminal: Terminal) -> String { String(decoding: terminal.pending, as: UTF8.self) }

    /// The command of `postpluto=` comes after the updown commands and the firewall's rules of the start.
    @Test func postPlutoComesLast() throws {
        let wire = PaperWire()
        let conf = "config setup\n    postpluto=/etc/after\n" + conn("net", 2) + conn("other", 3)
        wire.gateways = [try PaperGateway(conf, Self.west, seed: 1, now: wire.now)]
        wire.settle()
        let west = wire.gateways[0]
        #expect(runs(west) == ["run prepare-client for net", "run prepare-client for other", "run after the start for postpluto"])
    }

    /// Nothing waits for it but later commands of its own connection.
    @Test func nothingElseWaits() throws {
        let (wire, west) = try pair()
        #expect(west.isUp("net") && west.routed.count == 2)
        #expect(runs(west) == ["run prepare-client for net", "run prepare-client for other"])
        try west.endCommand(of: "other", now: wire.now)
        #expect(runs(west).last == "run route-client for other" && west.commands.count == 2)
        #expect(west.commands.first?.words == ["/etc/hook"])
        let environment = west.commands[0].environment.map { String(decoding: $0, as: UTF8.self) }
        #expect(environment.contains("PLUTO_VERB=prepare-client") && environment.contains("PLUTO_PEER_CLIENT=10.0.2.0/24"))
    }

    /// It is killed at its time limit, and again as long as it does not end. What is queued behind it starts when it has ended.
    @Test func oneThatHangsIsKilled() throws {
        let (wire, west) = try pair()
        try west.endCommand(of: "other", now: wire.now)
        try west.endCommand(of: "other", now: wire.now)
        let limit = Int(Limits.hookTime / PaperWire.second)
        wire.wait(limit - 1)
        #expect(!runs(west).contains { $0.hasPrefix("kill") } && west.isUp("net"))
        wire.wait(1)
        #expect(runs(west).last == "kill prepare-client for net" && west.kept.lines.count { $0.hasSuffix("[command-killed]") } == 1)
        wire.wait(limit)
        #expect(runs(west).count { $0 == "kill prepare-client for net" } == 2 && west.commands.map(\.verb) == ["prepare-client"])
        try west.endCommand(of: "net", .exited(137), now: wire.now)
        #expect(west.kept.lines.contains { $0.hasSuffix("exited with 137 [command-failed]") })
        #expect(runs(west).last == "run route-client for net")
        // Each has the whole time.
        wire.wait(limit - 1)
        #expect(runs(west).last == "run route-client for net")
        try west.endCommand(of: "net", now: wire.now)
        try west.endCommand(of: "net", now: wire.now)
        #expect(west.gateway.hooks.isIdle && west.gateway.hooks.nextDeadline == nil)
        #expect(runs(west).last == "run up-client for net" && west.isUp("net"))
    }

    /// `--down`, `--delete` and `setup stop` do not wait, and what they tell is queued in order.
    @Test(arguments: [["auto", "--delete", "net"], ["setup", "stop"]] as [[Name]]) func theEndDoesNotWait(_ words: [Name]) throws {
        let (wire, west) = try pair()
        #expect(text(west.say("auto", "--down", "net", now: wire.now)).hasSuffix("exit 0\n"))
        #expect(west.routed.contains("net 10.0.2.0/24") && !west.isUp("net"))
        let said = words.count == 2 ? west.say(words[0], words[1], now: wire.now) : west.say(words[0], words[1], words[2], now: wire.now)
        #expect(text(said).hasSuffix("exit 0\n") && !west.routed.contains("net 10.0.2.0/24"))
        #expect(west.commands.map(\.verb) == ["prepare-client", "prepare-client"] && !west.gateway.hooks.isIdle)
        var verbs: [Name] = []
        while let command = west.commands.first(where: { $0.connection == "net" }) {
            verbs.append(command.verb)
            try west.endCommand(of: "net", now: wire.now)
        }
        #expect(verbs == ["prepare-client", "route-client", "up-client", "down-client", "unroute-client"], "\(verbs)")
    }

    /// The command for `unroute` starts while the route is still there, if no other one runs.
    @Test func unrouteIsToldFirst() throws {
        let wire = PaperWire()
        let west = try PaperGateway(conn("net", 2), Self.west, seed: 1, now: wire.now)
        for _ in 0..<2 { try west.endCommand(of: "net", now: wire.now) }
        west.gateway.handle(.request(.auto(.unroute, conn: "net"), Terminal()), now: wire.now)
        let effects = west.gateway.takeEffects(now: wire.now)
        guard effects.count == 3, case .tell(.unroute, _) = effects[0], case .hook(.start(let run)) = effects[1],
            case .unroute = effects[2]
        else {
            Issue.record("\(effects)")
            return
        }
        #expect(run.verb == "unroute-client")
    }

    /// A command that cannot be started counts as ended.
    @Test func oneThatIsNotThere() throws {
        let (wire, west) = try pair()
        for _ in 0..<3 { try west.endCommand(of: "net", .notStarted("there is no such file"), now: wire.now) }
        #expect(west.kept.lines.count { $0.hasPrefix("error \"net\"") && $0.hasSuffix("[command-failed]") } == 3)
        #expect(west.commands.map(\.connection) == ["other"] && west.isUp("net"))
    }

    /// If all places are taken by commands that hang, the next connection waits for a place, and is routed all the same.
    @Test func placesAndQueueAreLimited() throws {
        let wire = PaperWire()
        let count = Limits.runningHooks + 1
        let conf = (1...count).map { conn("c\($0)", 10 + $0) }.joined()
        let west = try PaperGateway(conf, Self.west, seed: 1, now: wire.now)
        wire.gateways = [west]
        #expect(west.routed.count == count && west.commands.count == Limits.runningHooks)
        try west.endCommand(of: "c1", now: wire.now)
        #expect(west.commands.count == Limits.runningHooks && runs(west).last != "run prepare-client for c\(count)")
        // Its own next one had waited longer.
        #expect(runs(west).last == "run route-client for c1")
        try west.endCommand(of: "c1", now: wire.now)
        #expect(runs(west).last == "run prepare-client for c\(count)")
        // Two for each round: after some of them there is no more room, which is said, and routing goes on.
        for _ in 0..<Limits.waitingHooks {
            for operation in ["--unroute", "--route"] as [Name] { west.say("auto", operation, "c2", now: wire.now) }
        }
        #expect(west.kept.lines.contains { $0.hasPrefix("error \"c2\"") } && west.routed.count == count)
        #expect(west.commands.count == Limits.runningHooks)
    }
}
