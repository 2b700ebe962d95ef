import Linux
import Wire

/// Tells the firewall and updown commands about events of eroutes.
public final class UpDown {
    /// Runs the updown commands.
    public let hooks: Hooks
    /// The firewall's rules for tunnels.
    public let firewall: Firewall

    /// `tunnelDevice` delivers decrypted packets; `nil` with the kernel's own IPsec.
    public init(tunnelDevice: Name?, log: Log) {
        hooks = Hooks(log: log)
        firewall = Firewall(device: tunnelDevice, log: log)
    }

    /// When `advance` has something to do next.
    public var nextDeadline: UInt64? {
        guard let hook = hooks.nextDeadline, let rules = firewall.nextDeadline else { return hooks.nextDeadline ?? firewall.nextDeadline }
        return min(hook, rules)
    }

    /// Called when a child has ended or a deadline may have passed.
    public func advance(now: UInt64) {
        hooks.advance(now: now)
        firewall.advance(now: now)
    }

    /// Handles an event of an eroute.
    public func tell(_ verb: EventVerb, _ context: UpDownContext, now: UInt64) {
        if let pass = context.pass {
            if verb == .route { firewall.open(pass, now: now) }
            if verb == .unroute { firewall.close(requestID: pass.requestID, now: now) }
        }
        guard !context.command.isEmpty else { return }
        let isHost = context.localSelector.subnet == Subnet(host: context.local)
        let suffix: StaticString = isHost ? "-host" : "-client"
        let version: StaticString = context.remoteSelector.subnet.address.family == .ipv4 ? "" : "-v6"
        let word: Sentence = "\(verb.word)\(suffix)\(version)"
        hooks.run(context.command, for: context.connection, verb: Name(word.octets), environment(word, context), now: now)
    }

    /// Makes a value printable: peers choose their own IDs, and scripts may use them anywhere.
    private static func printable(_ line: Sentence) -> [UInt8] {
        line.octets.map { $0 >= 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: "?") }
    }

    /// The variables of FreeS/WAN's updown, and a search path.
    private func environment(_ verb: __owned Sentence, _ context: UpDownContext) -> [[UInt8]] {
        let peer = context.remote ?? .any(context.local.family)
        var all: [[UInt8]] = [Hooks.searchPath]
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
        set("CONNECTION", "\(context.connection)")
        set("NEXT_HOP", "\(context.nextHop ?? peer)")
        set("INTERFACE", "\(context.interface)")
        set("ME", "\(context.local)")
        set("PEER", "\(peer)")
        set("MY", context.localSelector, "\(context.localID)")
        if let source = context.sourceAddress { set("MY_SOURCEIP", "\(source)") }
        set("PEER", context.remoteSelector, context.remoteID.map { "\($0)" } ?? "\(peer)")
        if context.opensHost { set("HOST_ACCESS", "1") }
        set("PEER_CA", context.authority.map { DistinguishedName.text($0) } ?? "")
        return all
    }
}
