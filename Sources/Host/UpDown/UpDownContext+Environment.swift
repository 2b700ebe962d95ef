import Wire

/// What an updown command is told.
extension UpDownContext {
    /// Makes a value printable: peers choose their own IDs, and scripts may use them anywhere.
    private static func printable(_ line: Sentence) -> [UInt8] {
        line.octets.map { $0 >= 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: "?") }
    }

    /// The word of an event for updown commands, such as `up-client`.
    func word(_ verb: EventVerb) -> Sentence {
        let isHost = localSelector.subnet == Subnet(host: local)
        let suffix: StaticString = isHost ? "-host" : "-client"
        let version: StaticString = remoteSelector.subnet.address.family == .ipv4 ? "" : "-v6"
        return "\(verb.word)\(suffix)\(version)"
    }

    /// The variables of FreeS/WAN's updown, and a search path.
    func environment(_ verb: __owned Sentence) -> [[UInt8]] {
        let peer = remote ?? .any(local.family)
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
        set("CONNECTION", "\(connection)")
        set("NEXT_HOP", "\(nextHop ?? peer)")
        set("INTERFACE", "\(interface)")
        set("ME", "\(local)")
        set("PEER", "\(peer)")
        set("MY", localSelector, "\(localID)")
        if let source = sourceAddress { set("MY_SOURCEIP", "\(source)") }
        set("PEER", remoteSelector, remoteID.map { "\($0)" } ?? "\(peer)")
        if opensHost { set("HOST_ACCESS", "1") }
        set("PEER_CA", authority.map { DistinguishedName.text($0) } ?? "")
        return all
    }
}
