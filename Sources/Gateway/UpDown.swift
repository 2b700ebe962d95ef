import IKE
import Wire

/// What happens to an eroute that the world beside us wants to hear of.
enum EventVerb: UInt8 {
    case prepare, route, up, down, unroute

    var word: StaticString {
        switch self {
        case .prepare: "prepare"
        case .route: "route"
        case .up: "up"
        case .down: "down"
        case .unroute: "unroute"
        }
    }
}

/// Tells firewall and updown commands what happens.
final class UpDown {
    let hooks: Hooks
    let firewall: Firewall
    private let plane: DataPlane

    init(plane: DataPlane, log: Log) {
        self.plane = plane
        hooks = Hooks(log: log)
        firewall = Firewall(device: plane.tunnelDevice, log: log)
    }

    /// When `advance` has something to do next.
    var nextDeadline: UInt64? {
        guard let hook = hooks.nextDeadline, let rules = firewall.nextDeadline else { return hooks.nextDeadline ?? firewall.nextDeadline }
        return min(hook, rules)
    }

    /// A child ended, or a deadline may have come.
    func advance(now: UInt64) {
        hooks.advance(now: now)
        firewall.advance(now: now)
    }

    func tell(_ verb: EventVerb, _ connection: Connection, _ eroute: Eroute, now: UInt64) {
        if connection.opensFirewall, eroute.shunt == .none {
            if verb == .route { firewall.open(eroute, host: connection.opensHost) }
            if verb == .unroute { firewall.close(eroute) }
        }
        guard !connection.upDown.isEmpty else { return }
        let isHost = eroute.localSelector.subnet == Subnet(host: eroute.local)
        let suffix: StaticString = isHost ? "-host" : "-client"
        let version: StaticString = eroute.destination.address.family == .ipv4 ? "" : "-v6"
        let word: Sentence = "\(verb.word)\(suffix)\(version)"
        hooks.run(
            connection.upDown, for: connection.name, verb: Name(word.octets), environment(word, connection, eroute), now: now)
    }

    /// Where commands find others.
    static var searchPath: [UInt8] { ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" as StaticString).octets }

    /// A peer chooses its name itself, and a script may put it anywhere.
    private static func printable(_ line: Sentence) -> [UInt8] {
        line.octets.map { $0 >= 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: "?") }
    }

    /// The variables of FreeS/WAN's updown, and a search path.
    private func environment(_ verb: __owned Sentence, _ connection: Connection, _ eroute: Eroute) -> [[UInt8]] {
        let peer = eroute.remote ?? .any(eroute.local.family)
        var all: [[UInt8]] = [Self.searchPath]
        func set(_ name: StaticString, _ value: __owned Sentence) {
            let line: Sentence = "PLUTO_\(name)=\(value)"
            all.append(Self.printable(line))
        }
        func set(_ side: StaticString, _ selector: Selector, _ id: __owned Sentence) {
            for (name, value) in [
                ("_ID", id), ("_CLIENT", "\(selector.subnet)"), ("_CLIENT_NET", "\(selector.subnet.address)"),
                ("_CLIENT_MASK", "\(selector.subnet.mask)"), ("_PROTOCOL", "\(selector.ipProtocol)"),
                ("_PORT", "\(selector.port)"),
            ] as [(StaticString, Sentence)] {
                let line: Sentence = "PLUTO_\(side)\(name)=\(value)"
                all.append(Self.printable(line))
            }
        }
        set("VERSION", "1.1")
        set("VERB", verb)
        set("CONNECTION", "\(connection.name)")
        set("NEXT_HOP", "\(eroute.nextHop ?? peer)")
        set("INTERFACE", "\(plane.interfaceName(for: eroute))")
        set("ME", "\(eroute.local)")
        set("PEER", "\(peer)")
        set("MY", eroute.localSelector, "\(connection.policy.localID)")
        if let source = eroute.sourceAddress { set("MY_SOURCEIP", "\(source)") }
        // Who proved to be there, and not who was expected: behind %any, or a name with *, that may be anybody.
        let id = eroute.peer?.id ?? connection.policy.remoteID
        set("PEER", eroute.remoteSelector, id.map { "\($0)" } ?? "\(peer)")
        if connection.opensHost { set("HOST_ACCESS", "1") }
        set("PEER_CA", eroute.peer?.authority.map { DistinguishedName.text($0) } ?? "")
        return all
    }
}
