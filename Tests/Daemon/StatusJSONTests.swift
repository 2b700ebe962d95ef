import Configuration
import Foundation
import Linux
import Testing
import Wire

@testable import Control
@testable import Daemon
@testable import Host

/// `ipsec status --json`, version 1, in virtual time. Scenes hold it against its schema.
@Suite struct StatusJSONTests {
    private func conn(_ side: String, _ auto: String) -> String {
        let (left, right) = side == "west" ? (1, 2) : (2, 1)
        return """
            conn net
                left=192.0.2.\(left)
                leftsubnet=10.0.\(left).0/24
                right=192.0.2.\(right)
                rightsubnet=10.0.\(right).0/24
                authby=secret
                keyingtries=1
                auto=\(auto)

            """
    }

    private func status(_ gateway: PaperGateway, _ wire: PaperWire) throws -> [String: Any] {
        let said = String(decoding: gateway.say("status", "--json", now: wire.now).pending, as: UTF8.self)
        let start = try #require(said.firstIndex(of: "{"))
        let end = try #require(said.lastIndex(of: "}"))
        // There is one peer. Of a thousand, as much as this for each has to fit.
        #expect(said.utf8.count < Limits.peerReport)
        let text = said[start...end].split(separator: "\n").map { $0.drop { $0 == ">" } }.joined(separator: "\n")
        let all = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(all["version"] as? Int == 1)
        return try #require((all["connections"] as? [[String: Any]])?.first)
    }

    @Test func statesOfAConnection() throws {
        let wire = PaperWire()
        wire.gateways = [
            try PaperGateway(conn("west", "route"), Machine(addresses: [Address("192.0.2.1")!]), seed: 1, now: wire.now),
            try PaperGateway(conn("east", "add"), Machine(addresses: [Address("192.0.2.2")!]), seed: 2, now: wire.now),
        ]
        let (west, east) = (wire.gateways[0], wire.gateways[1])
        #expect(try status(west, wire)["state"] as? String == "routed")
        #expect(try status(east, wire)["state"] as? String == "unrouted" && (try status(east, wire))["changed"] is NSNull)
        west.say("auto", "--up", "net", now: wire.now)
        #expect(try status(west, wire)["state"] as? String == "negotiating")
        wire.settle()
        let up = try status(west, wire)
        #expect(up["state"] as? String == "up" && up["up"] as? Bool == true && up["nat"] as? String == "none")
        let fragmentation = try #require(up["fragmentation"] as? [String: Any])
        #expect(fragmentation["setting"] as? String == "yes" && fragmentation["peer_announces"] as? Bool == true)
        #expect((up["peer"] as? [String: Any])?["port"] as? Int == 500 && up["last_error"] is NSNull && up["changed"] is Int)
        #expect(((up["remaining"] as? [String: Any])?["esp"] as? Int ?? 0) > 20_000)
        // A second pair is a rekeying.
        let net = try #require(west.gateway.connections.find("net"))
        net.enter(.carried(SAID(spi: 0x1234, destination: Address("192.0.2.2")!)), at: PaperGateway.wallTime(now: wire.now))
        #expect(try status(west, wire)["rekeyings"] as? Int == 1)
        west.say("auto", "--down", "net", now: wire.now)
        wire.settle()
        let down = try status(west, wire)
        // The time of day comes with the events.
        let time = PaperGateway.wallTime(now: wire.now).seconds
        #expect(up["changed"] as? Int64 == time && down["changed"] as? Int64 == time)
        #expect(down["state"] as? String == "held" && down["up"] as? Bool == false && down["rekeyings"] as? Int == 0)
        west.move(to: Machine(addresses: []), now: wire.now)
        #expect(try status(west, wire)["state"] as? String == "away")
    }

    @Test func anErrorIsShownWithItsCode() throws {
        let wire = PaperWire()
        let west = try PaperGateway(conn("west", "route"), Machine(addresses: [Address("192.0.2.1")!]), seed: 1, now: wire.now)
        wire.gateways = [west]
        west.say("auto", "--up", "net", now: wire.now)
        wire.wait(300)
        let error = try #require(try status(west, wire)["last_error"] as? [String: Any])
        #expect(error["code"] as? String == "negotiation-failed" && error["text"] as? String != "" && error["time"] is Int)
        #expect((error["text"] as? String)?.contains("[") == false)
        let begin = PaperGateway.wallTime(now: wire.now).seconds - 300
        #expect((begin...begin + 299).contains(try #require(error["time"] as? Int64)))
    }
}
