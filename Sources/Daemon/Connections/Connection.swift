import Configuration
import Crypto
import DataPlane
import Host
import IKE
import Wire

/// One conn of ipsec.conf that was added: what it asks for and what has become of it.
final class Connection {
    let name: Name
    /// As IKE knows it, addresses resolved.
    var policy: Policy
    /// As the data plane knows it.
    let eroute: Eroute
    /// What ipsec.conf says of it, for `--status`.
    let text: Sentence
    var state = ConnectionState.unrouted
    var wanted = Wanted.nothing
    /// The command to be told of what happens (`leftupdown=`), in words; empty for none.
    var upDown: [Name] = []
    /// `leftfirewall=yes`
    var opensFirewall = false
    /// `lefthostaccess=yes`
    var opensHost = false
    /// Its end on this machine is gone for now.
    var isAway = false
    /// What becomes of its traffic when a negotiation has failed for good (`failureshunt=`).
    var failureShunt = Shunt.none
    /// Its SAs, where ipsec.conf has their keys (`auto=manual`).
    var manual: ManualPair?
    /// The peers of a connection that has one for each who comes, their address alone behind them.
    var instances: [Instance] = []
    /// What it was made of, to look for its keys again.
    var source: (conn: ConnectionDescription, oriented: Oriented)?
    /// Terminals that wait for this attempt's end.
    var waiting: [Terminal] = []

    var id: ConnectionID { policy.id }

    var isRouted: Bool { state != .unrouted }

    /// SAs carry its traffic.
    var isUp: Bool { if case .carried = state { true } else { false } }

    /// The SA that its outgoing packets use.
    var outbound: OutboundSA? { if case .carried(let sa) = state { sa } else { nil } }

    /// What becomes of its packets without an SA; `.none` where they are held or carried.
    var shunt: Shunt { state == .shunted ? failureShunt : eroute.shunt }

    /// IKE has to do with it.
    var isNegotiated: Bool { eroute.shunt == .none && manual == nil && !awaitsAddress }

    /// Its peer is a host name that has no address yet: its traffic can be held, and nothing else.
    var awaitsAddress: Bool { policy.remote == nil && peerName != nil }

    /// What it becomes when its peer comes from the address that its host name has now, while the old one still answers.
    var heir: Connection?
    /// The host name that its peer is.
    var peerName: Name? {
        guard let source, case .name(let name) = source.conn[source.oriented.side.other].host else { return nil }
        return name
    }

    /// Its peer may be anywhere, and brings only its own address: it is routed for each that comes, while it is there.
    var isTemplate: Bool {
        policy.remote == nil && policy.remoteSelector.subnet.isHost && policy.remoteSelector.subnet.address.isAny
    }

    init(name: Name, policy: Policy, eroute: Eroute, text: Sentence) {
        self.name = name
        self.policy = policy
        self.eroute = eroute
        self.text = text
    }

    /// A numbered line about this connection to everybody who waits on it.
    func tell(_ code: Int, _ text: __owned Sentence) {
        for terminal in waiting { terminal.line(code, "\"\(name)\" \(text)") }
    }

    /// Ends the wait of everybody.
    func release(_ exitCode: Int) {
        for terminal in waiting { terminal.finish(exitCode) }
        waiting = []
    }
}
