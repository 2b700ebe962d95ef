import Wire

/// Properties of an nftables rule that are found without interpreting its expressions.
public struct FirewallRuleProperties: Sendable {
    /// NFPROTO of the rule's table: 1 inet, 2 ip, 10 ip6.
    public var family: UInt8
    /// Name of the rule's table.
    public var table: Name
    private var expressions: [UInt8] = []

    /// Reads NFT_MSG_NEWRULE, which answers `FirewallRule.dump`; `nil` for other messages.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> FirewallRuleProperties? {
        guard header.type == NetlinkRequest.nftablesBase | 6 else { return nil } // NFT_MSG_NEWRULE
        var reader = ByteReader(body)
        var rule = FirewallRuleProperties(family: try reader.uint8(), table: Name([]))
        try reader.skip(3)
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            if type == 1 { rule.table = try payload.name() } // NFTA_RULE_TABLE
            if type == 4 { rule.expressions = try payload.array(payload.remaining) }
        }
        return rule
    }

    /// Whether the rule compares something with these octets, in network order.
    public func names(_ octets: [UInt8]) -> Bool {
        // NFTA_DATA_VALUE, its length in front
        holds([UInt8(4 + octets.count), 0, 1, 0] + octets)
    }
    /// Whether the rule uses a set, a range or an iptables match, whose values are not examined.
    public var isOpaque: Bool { hasWord("lookup") || hasWord("match") || hasWord("range") }
    /// Whether the rule masquerades, as nftables' `masq` or as iptables' MASQUERADE.
    public var masquerades: Bool { hasWord("masq") || hasWord("MASQUERADE") }

    /// Whether an expression has this name. The kernel's strings end with a zero octet.
    private func hasWord(_ word: StaticString) -> Bool { holds(word.octets + [0]) }

    private func holds(_ part: [UInt8]) -> Bool {
        guard expressions.count >= part.count else { return false }
        for start in 0...(expressions.count - part.count) where expressions[start] == part[0] {
            if expressions[start..<(start + part.count)].elementsEqual(part) { return true }
        }
        return false
    }
}
