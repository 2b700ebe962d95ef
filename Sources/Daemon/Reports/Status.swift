import Configuration
import Control
import DataPlane
import IKE
import Wire

/// The output of `ipsec auto --status` and `ipsec status`.
extension Connection {
    /// `192.168.100.0/24===101.101.101.101---101.101.101.1...202.202.202.1---202.202.202.202===192.168.200.0/24`, the local side first.
    var picture: Sentence {
        var text: Sentence = ""
        if !(policy.localSelector.subnet.isHost && policy.localSelector.subnet.address == policy.local) {
            text += "\(policy.localSelector)==="
        }
        text += "\(policy.local)"
        if policy.localSelector.subnet == Subnet(host: policy.local) { text += policy.localSelector.narrowing }
        if policy.localID != .address(policy.local) { text += "[\(policy.localID)]" }
        if let hop = eroute.nextHop { text += "---\(hop)" }
        text += "..."
        if let source, case .address(let hop) = source.conn[source.oriented.side.other].nextHop { text += "\(hop)---" }
        let remote = policy.remote ?? .any(policy.local.family)
        text += policy.remote == nil ? "%any" : "\(remote)"
        if let id = policy.remoteID, id != .address(remote) { text += "[\(id)]" }
        if let source, let virtual = source.conn[source.oriented.side.other].virtual {
            text += "===\(virtual.text)\(policy.remoteSelector.narrowing)"
        } else if policy.remoteSelector.subnet != Subnet(host: remote) {
            text += "===\(policy.remoteSelector)"
        } else {
            text += policy.remoteSelector.narrowing
        }
        return text
    }

    /// FreeS/WAN's word for its state.
    var routingWord: StaticString {
        switch state {
        case .unrouted: "unrouted"
        case .held, .shunted: "prospective erouted"
        case .carried: "erouted"
        }
    }
}

extension Connections {
    /// FreeS/WAN's `--status`: connections, then states; each line has the number 000.
    func showStatus(to terminal: Terminal, now: UInt64) {
        let states = engine.status(now: now)
        terminal.line(0, "data plane: \(plane.name)")
        for connection in all {
            let owner = states.last { $0.connection == connection.id && $0.isPhase2 && $0.isEstablished }
            let ownerText: Sentence = owner.map { "#\($0.serial)" } ?? "#0"
            terminal.line(
                0, "\"\(connection.name)\": \(connection.picture); \(connection.routingWord); eroute owner: \(ownerText)")
            terminal.line(0, "\"\(connection.name)\":   \(connection.text)")
        }
        for state in states {
            let name: Sentence = state.connection.flatMap { find($0) }.map { "\"\($0.name)\"" } ?? "(no connection)"
            terminal.line(
                0, "#\(state.serial): \(name) \(state.name) (\(state.text)); peer \(state.peer); ends in \(state.remaining)s")
        }
        terminal.line(0, refusedMessages)
        terminal.line(0, "refused ESP packets: \(plane.refusedESP.words)")
    }

    /// How many ISAKMP messages were refused, by reason.
    var refusedMessages: Sentence {
        let counters = engine.counters
        return "refused messages: \(counters.malformed) malformed, \(counters.unknownCookies) of unknown cookies, "
            + "\(counters.unauthenticated) unauthenticated, \(counters.overLimit) over a limit"
    }

    /// `ipsec status`: one line for each connection.
    func showSummary(to terminal: Terminal, now: UInt64) {
        let states = engine.status(now: now)
        var total = TunnelTraffic()
        if all.isEmpty { terminal.plain("No connections: none was added from ipsec.conf.") }
        for connection in all {
            let state: Sentence
            if connection.shunt != .none, connection.isRouted {
                let what: StaticString = connection.state == .shunted ? "negotiation failed" : "routed"
                state = "\(what), its traffic \(connection.shunt.words)"
            } else if connection.isUp {
                let sa = states.last { $0.connection == connection.id && $0.isPhase2 && $0.isEstablished }
                state = "up" + (sa.map { ", ends in \($0.remaining) s" } ?? "")
            } else if states.contains(where: { $0.connection == connection.id && !$0.isEstablished && !$0.isHalfOpen }) {
                state = "negotiating"
            } else if !connection.isRouted {
                state = "added, not routed"
            } else {
                state = connection.wanted == .nothing ? "down, traffic is dropped" : "routed, waiting for traffic"
            }
            terminal.plain("\(connection.name): \(state)")
            terminal.plain("    \(connection.picture)")
            if connection.instances.isEmpty { total = total + showTraffic(of: connection, nil, to: terminal) }
            for instance in connection.instances {
                terminal.plain("    \(instance.words)")
                if !instance.states.isEmpty { total = total + showTraffic(of: connection, instance, to: terminal) }
            }
        }
        terminal.plain("Packets are carried by \(plane.name).")
        total.received.refused = plane.refusedESP
        terminal.plain("ESP of all tunnels: \(total.words)")
        showMemory(to: terminal)
    }
}

extension Shunt {
    /// What happens to packets.
    var words: StaticString {
        switch self {
        case .none: "is held"
        case .passthrough: "goes in the clear"
        case .drop: "is dropped"
        case .reject: "is rejected"
        }
    }
}

extension Instance {
    /// `10.77.0.5/32: up, @ann at 198.51.100.7`
    fileprivate var words: Sentence {
        var text: Sentence = "\(eroute.remoteSelector): \(states.isEmpty ? "gone, traffic to it is dropped" : "up" as StaticString)"
        if let id = eroute.peer?.id { text += ", \(id)" }
        if let remote = eroute.remote, eroute.peer?.id != .address(remote) { text += " at \(remote)" }
        return text
    }
}

extension Selector {
    /// The protocol and port after an address: `:17/1701`, `:17/%any`; empty for all protocols.
    fileprivate var narrowing: Sentence {
        ipProtocol == 0 ? "" : port == 0 ? ":\(ipProtocol)/%any" : ":\(ipProtocol)/\(port)"
    }
}
