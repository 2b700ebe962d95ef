import Wire

/// What can be seen of a rule of nftables without understanding it.
public struct FirewallGlance: Sendable {
    public var family: UInt8
    public var table: Name
    private var expressions: [UInt8] = []

    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> FirewallGlance? {
        guard header.type == Request.nftablesBase | 6 else { return nil } // NFT_MSG_NEWRULE
        var reader = ByteReader(body)
        var glance = FirewallGlance(family: try reader.uint8(), table: Name([]))
        try reader.skip(3)
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            if type == 1 { glance.table = try payload.name() } // NFTA_RULE_TABLE
            if type == 4 { glance.expressions = try payload.array(payload.remaining) }
        }
        return glance
    }

    /// It compares something with this number, in the order of the network.
    public func names(_ octets: [UInt8]) -> Bool {
        // NFTA_DATA_VALUE, its length in front
        holds([UInt8(4 + octets.count), 0, 1, 0] + octets)
    }
    /// Looks into a set, or is one of iptables' own: what it names cannot be seen.
    public var isOpaque: Bool { hasWord("lookup") || hasWord("match") || hasWord("range") }
    public var masquerades: Bool { hasWord("masq") || hasWord("MASQUERADE") }

    /// A text of the kernel's ends with a zero.
    private func hasWord(_ word: StaticString) -> Bool { holds(word.octets + [0]) }

    private func holds(_ part: [UInt8]) -> Bool {
        guard expressions.count >= part.count else { return false }
        for start in 0...(expressions.count - part.count) where expressions[start] == part[0] {
            if expressions[start..<(start + part.count)].elementsEqual(part) { return true }
        }
        return false
    }
}
