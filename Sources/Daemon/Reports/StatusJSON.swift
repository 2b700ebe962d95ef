import Control
import Crypto
import DataPlane
import IKE
import Linux
import Wire

/// `ipsec status --json`. `Board/schema/status.json` describes it.
extension Connections {
    func showJSON(to terminal: Terminal, now: UInt64) {
        // Strangers can begin many: the limits below count them.
        let everyState = engine.status(now: now)
        let states = everyState.filter { !$0.isHalfOpen }
        terminal.plain("{")
        terminal.plain("  \"version\": 1, \"plane\": \(JSON.text("\(plane.name)")), \"now\": \(wallTime.seconds),")
        terminal.plain("  \"connections\": [")
        var last: Sentence?
        for connection in all {
            for instance in connection.instancesOrNone {
                if let last { terminal.plain(last + ",") }
                last = json(connection, instance, states)
            }
        }
        if let last { terminal.plain(last) }
        terminal.plain("  ],")
        terminal.plain("  \"states\": [")
        for (index, state) in states.enumerated() {
            let comma: StaticString = index + 1 < states.count ? "," : ""
            let name = JSON.text(state.connection.flatMap { find($0) }.map { "\($0.name)" })
            terminal.plain(
                "    {\"serial\": \(state.serial), \"connection\": \(name), \"state\": \(JSON.text("\(state.name)")), "
                    + "\"established\": \(state.isEstablished), \"peer\": \(JSON.text("\(state.peer)")), "
                    + "\"remaining\": \(state.remaining), \"text\": \(JSON.text(state.text))}\(comma)")
        }
        let counters = engine.counters
        terminal.plain("  ],")
        terminal.plain(
            "  \"refused\": {\"malformed\": \(counters.malformed), \"unknown_cookies\": \(counters.unknownCookies), "
                + "\"unauthenticated\": \(counters.unauthenticated), \"over_limit\": \(counters.overLimit)},")
        let bounds = engine.bounds
        terminal.plain(
            "  \"limits\": {\"states\": {\"used\": \(everyState.count), \"limit\": \(bounds.isakmpSAs + bounds.ipsecSAs)}, "
                + "\"connections\": {\"used\": \(all.count), \"limit\": \(bounds.connections)}, "
                + "\"memory_octets\": \(ThisProcess.residentMemory())}")
        terminal.plain("}")
    }

    /// One connection, or one peer of a connection for any peer.
    private func json(_ connection: Connection, _ instance: Instance?, _ states: [StateStatus]) -> Sentence {
        var sum = TunnelTraffic()
        var current: PairStatus?
        forEachPair { pair in
            guard pair.connection == connection.id, instance.map({ $0.eroute.remoteSelector == pair.remoteSelector }) ?? true
            else { return }
            sum = sum + traffic(pair)
            if current == nil || !pair.isRetired { current = pair }
        }
        let isUp = instance.map { !$0.states.isEmpty } ?? connection.isUp
        let address = current?.peer ?? instance?.eroute.remote ?? connection.policy.remote
        let own = states.filter { $0.connection == connection.id && (instance == nil || $0.peer.address == address) }
        // Another connection with the same peer may have made the ISAKMP SA.
        let isakmp =
            own.last { !$0.isPhase2 && $0.isEstablished }
            ?? states.last { !$0.isPhase2 && $0.isEstablished && $0.peer.address == current?.peer }
        let ipsec = own.last { $0.isPhase2 && $0.isEstablished }
        let id = instance?.eroute.peer?.id ?? connection.eroute.peer?.id ?? connection.policy.remoteID
        var line: Sentence = "    {\"name\": \(JSON.text("\(connection.name)"))"
        func add(_ key: StaticString, _ value: Sentence) { line += ", \"\(key)\": \(value)" }
        add("instance", JSON.text(instance.map { "\($0.eroute.remoteSelector)" }))
        add("state", JSON.text("\(isUp ? "up" : word(connection, own))"))
        add("up", "\(isUp)")
        add("routing", JSON.text("\(connection.routingWord)"))
        add("picture", JSON.text(connection.picture))
        let port: UInt64? = (isakmp ?? ipsec).map { UInt64($0.peer.port) }
        add(
            "peer",
            "{\"id\": \(JSON.text(id.map { "\($0)" })), \"address\": \(JSON.text(address.map { "\($0)" })), \"port\": \(JSON.number(port))}"
        )
        add("nat", JSON.text(isakmp?.nat.map { "\($0)" }))
        add(
            "fragmentation",
            "{\"setting\": \"\(connection.policy.fragmentation.word)\", \"peer_announces\": \(isakmp?.peerTakesFragments.map { "\($0)" } ?? "null")}"
        )
        add("suite", "{\"ike\": \(JSON.text(isakmp?.suite)), \"esp\": \(JSON.text(current.map { $0.suite.words }))}")
        add(
            "spi",
            "{\"in\": \(JSON.text(current.map { "0x\(Text.hex(UInt64($0.inboundSPI), digits: 8))" })), "
                + "\"out\": \(JSON.text(current.map { "0x\(Text.hex(UInt64($0.outboundSPI), digits: 8))" }))}")
        add("remaining", "{\"ike\": \(JSON.number(isakmp?.remaining)), \"esp\": \(JSON.number(ipsec?.remaining))}")
        let refused = sum.received.refused
        add(
            "in",
            "{\"packets\": \(sum.received.packets), \"octets\": \(sum.received.octets), "
                + "\"refused\": {\"replayed\": \(refused.replayed &+ refused.tooOld), \"integrity\": \(refused.failedCheck), "
                + "\"policy\": \(refused.outsidePolicy), \"other\": \(refused.malformed)}}")
        add("out", "{\"packets\": \(sum.sent.packets), \"octets\": \(sum.sent.octets)}")
        add("rekeyings", JSON.number(instance == nil && !connection.isTemplate ? connection.rekeyings : nil))
        add("last_error", connection.lastError.map { $0.json } ?? "null")
        add("changed", connection.changed.map { "\($0)" } ?? "null")
        return line + "}"
    }

    /// Its state, where no SA carries it.
    private func word(_ connection: Connection, _ states: [StateStatus]) -> StaticString {
        if connection.isAway { return "away" }
        switch connection.state {
        case .unrouted: return "unrouted"
        case .shunted: return "shunted"
        case .held, .carried:
            // What a stranger begins says nothing about the connection.
            if states.contains(where: { !$0.isEstablished && !$0.isHalfOpen }) { return "negotiating" }
            return connection.wanted == .nothing && connection.shunt == .none ? "held" : "routed"
        }
    }
}
