import Wire

/// The parameters of ipsec.conf, for completion and help.
public enum Parameters {
    /// All parameter names of `config setup`, or of conns.
    public static func all(inSetup: Bool) -> [Name] { Vocabulary.names(inSetup: inSetup) }

    /// The most common parameters, with a short description.
    public static func usual(inSetup: Bool) -> [(name: Name, about: Sentence)] {
        var found: [(name: Name, about: Sentence)] = []
        for line in split((inSetup ? setupMeanings : connMeanings).octets, at: "\n") {
            let parts = split(line, at: "\t")
            if parts.count == 2 { found.append((Name(parts[0]), Sentence(octets: parts[1]))) }
        }
        return found
    }

    /// A parameter's short description; empty where there is none.
    public static func about(_ name: Name, inSetup: Bool) -> Sentence {
        let normal = Vocabulary.normal(name)
        // Descriptions are stored for the left end only.
        let name = normal.hasPrefix("right") && !inSetup ? Name(("left" as StaticString).octets + normal.bytes.dropFirst(5)) : normal
        for (other, about) in usual(inSetup: inSetup) where other == name { return about }
        return ""
    }

    /// The values of a parameter that takes one of several words; empty for others.
    public static func values(of name: Name, inSetup: Bool) -> [Name] {
        guard case .rule(let rule, _) = Vocabulary.find(name, inSetup: inSetup) else { return [] }
        switch rule.kind {
        case .flag: return ["yes", "no"]
        case .choice, .kinds: return Words(rule.words).names
        default: return []
        }
    }

    /// Whether the parameter's value is a key, which must not be shown.
    public static func isKey(_ name: Name) -> Bool {
        let name = Vocabulary.normal(name)
        guard name.bytes.count > 4, isWord(name.bytes.suffix(3), "key") else { return false }
        return Vocabulary.rules.contains { $0.isSecret && $0.match(name.bytes) != nil }
    }

    private static let connMeanings: StaticString = """
        left\tone gateway: an address, a host name, %defaultroute (this one's), %any
        leftsubnet\tthe network behind it, such as 192.0.1.0/24
        leftsubnets\tseveral networks, each a tunnel of its own: {192.0.1.0/24 192.0.2.0/24}
        leftid\thow it calls itself: @name, user@name, an address, "C=DE, CN=gate"
        leftnexthop\tits router, where that is not its default route
        leftsourceip\tthe gateway's own address inside the tunnel
        leftprotoport\tthis traffic alone: tcp/http, udp/1701, icmp
        leftrsasigkey\tits public RSA key: 0s..., %cert
        leftcert\tits certificate, a file in ipsec.d/certs
        leftfirewall\topen the firewall for the tunnel: yes, no
        lefthostaccess\topen the gateway itself as well: yes, no
        leftupdown\ta command to be told of what happens
        right\tthe other gateway; right... is as left...
        authby\tsecret (pre-shared key) or rsasig
        auto\twhat the start does: ignore, add, route (ondemand), start
        type\ttunnel, transport; passthrough, drop, reject
        ike\tsuites for IKE: aes128-sha256-modp2048, ...
        esp\tsuites for the packets: aes128gcm16, aes256-sha256, ...
        pfs\ta Diffie-Hellman exchange for every key: yes, no
        keylife\ta key's life: 8h
        ikelifetime\tan ISAKMP SA's life: 1h
        keyingtries\thow often to try: a number, %forever
        dpddelay\task whether the peer lives after so many silent seconds
        dpdaction\tthen: hold, restart, restart_by_peer, clear; none asks nobody
        encapsulation\tESP in UDP: auto (where there is a NAT), yes, no
        fragmentation\tlong IKE messages in fragments: yes, no, force, accept
        also\ttake another conn's parameters in, too
        """
    private static let setupMeanings: StaticString = """
        interfaces\tipsec0=eth0, %defaultroute
        protostack\twho carries the packets: auto, netkey (kernel), klips (Cygnet)
        uniqueids\tone tunnel a peer: yes, no
        nat_traversal\tyes, no
        hotplugstart\ta hook may start IPsec: yes, no
        plutodebug\tall, none
        maxconns\tat most so many connections
        """
}

extension Nearest {
    /// `; did you mean X?` or nothing.
    public static func hint(_ word: Name, among candidates: [Name]) -> Sentence { hint(to: word.bytes, among: candidates) }
}
