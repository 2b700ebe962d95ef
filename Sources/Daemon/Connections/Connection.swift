import Configuration
import Control
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// A conn of ipsec.conf that was added, with its state.
final class Connection {
    let name: Name
    /// Its policy for IKE, with addresses resolved.
    var policy: Policy
    /// Its eroute for the data plane.
    let eroute: Eroute
    /// Its settings, for `--status`.
    let text: Sentence
    private(set) var state = ConnectionState.unrouted
    /// When `state` became another case, seconds since 1970; `nil` if it never did.
    private(set) var changed: Int64?
    /// How often the SA that carries it was replaced since it came up.
    private(set) var rekeyings: UInt64 = 0
    /// The last warning or error that was logged about it.
    var lastError: LastError?
    var wanted = Wanted.nothing
    /// The updown command (`leftupdown=`), split into words; empty for none.
    var upDown: [Name] = []
    /// `leftfirewall=yes`
    var opensFirewall = false
    /// `lefthostaccess=yes`
    var opensHost = false
    /// Whether this machine has lost the address of its local end.
    var isAway = false
    /// What happens to its traffic after the last try of a negotiation has failed (`failureshunt=`).
    var failureShunt = Shunt.none
    /// Its SAs, if ipsec.conf has their keys (`auto=manual`).
    var manual: ManualPair?
    /// The peers of a connection for any peer, if each peer has only its own address behind it.
    var instances: [Instance] = []
    /// Its instances, or `nil` once if it has none.
    var instancesOrNone: [Instance?] { instances.isEmpty ? [nil] : instances.map { $0 } }
    /// The conn that it was made from, to read its keys again.
    var source: (conn: ConnectionDescription, oriented: Oriented)?
    /// The peer's keys that the DNS had when the conn was added (`rsasigkey=%dnsonload`).
    var publishedKeys: [RSAPublicKey] = []
    /// Whether the DNS is asked for the peer's keys when the conn is added.
    var loadsKeys: Bool {
        guard let source, source.conn.authentication.mayUseRSA, policy.remote != nil || peerName != nil else { return false }
        if case .dnsOnLoad = source.conn[source.oriented.side.other].rsaKey { return true }
        return false
    }
    /// Terminals that wait for the end of the current attempt.
    var waiting: [Terminal] = []

    var id: ConnectionID { policy.id }

    var isRouted: Bool { state != .unrouted }

    /// Whether SAs carry its traffic.
    var isUp: Bool { if case .carried = state { true } else { false } }

    /// The SA that its outgoing packets use.
    var outbound: SAID? { if case .carried(let sa) = state { sa } else { nil } }

    /// What happens to its packets without an SA; `.none` if they are held or carried.
    var shunt: Shunt { state == .shunted ? failureShunt : eroute.shunt }

    /// Whether IKE negotiates its SAs.
    var isNegotiated: Bool { eroute.shunt == .none && manual == nil && !awaitsAddress }

    /// Whether its peer is a host name without an address yet. Its traffic can then only be held.
    var awaitsAddress: Bool { policy.remote == nil && peerName != nil }

    /// The connection that replaces this one when the peer authenticates from the new address of its host name.
    var replacement: Connection?
    /// The peer's host name.
    var peerName: Name? {
        guard let source, case .name(let name) = source.conn[source.oriented.side.other].host else { return nil }
        return name
    }

    /// Whether it is for any peer, with only the peer's own address behind it. Each peer then gets an eroute of its own.
    var isTemplate: Bool {
        policy.remote == nil && policy.remoteSelector.subnet.isHost && policy.remoteSelector.subnet.address.isAny
    }

    init(name: Name, policy: Policy, eroute: Eroute, text: Sentence) {
        self.name = name
        self.policy = policy
        self.eroute = eroute
        self.text = text
    }

    /// Changes `state`. `time` is the time of day.
    func enter(_ new: ConnectionState, at time: WallTime) {
        switch (state, new) {
        case (.carried, .carried(let sa?)): if state != .carried(sa) { rekeyings += 1 }
        case (.carried, .carried), (.unrouted, .unrouted), (.held, .held), (.shunted, .shunted): break
        default:
            rekeyings = 0
            changed = time.seconds
        }
        state = new
    }

    /// Sends a numbered line about this connection to all waiting terminals.
    func tell(_ code: Int, _ text: __owned Sentence) {
        for terminal in waiting { terminal.line(code, "\"\(name)\" \(text)") }
    }

    /// Ends the wait of all terminals.
    func release(_ exitCode: Int) {
        for terminal in waiting { terminal.finish(exitCode) }
        waiting = []
    }
}
