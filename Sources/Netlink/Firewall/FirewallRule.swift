import Wire

/// A rule of nftables that accepts packets between two networks. Its comment identifies it.
public struct FirewallRule: Sendable {
    /// A condition besides the addresses.
    public enum Condition: Sendable {
        case none
        /// The packet arrived by this interface.
        case from(Name)
        /// The packet was decrypted by the kernel (`meta secpath exists`).
        case decrypted
    }

    /// NFPROTO of the table: 1 inet, 2 ip, 10 ip6.
    public var family: UInt8
    /// Name of the table that holds the chain.
    public var table: Name
    /// Name of the chain that holds the rule.
    public var chain: Name
    /// The kernel's handle; 0 before the rule is in the kernel.
    public var handle: UInt64 = 0
    /// The comment by which a rule of ours is recognised.
    public var comment: Name

    /// A rule that is not in the kernel yet.
    public init(in chain: FirewallChain, comment: Name) {
        family = chain.family
        table = chain.table
        self.chain = chain.name
        self.comment = comment
    }

    private init(family: UInt8) {
        self.family = family
        table = Name([])
        chain = Name([])
        comment = Name([])
    }

    /// Asks for all rules, for `NetlinkChannel.dump` with `read`, `FirewallRuleProperties.read` or `PacketTable.isRule`.
    public static func dump() -> NetlinkRequest { NetlinkRequest.nftables(6 + 1, .dump, family: 0, to: "list the firewall's rules") }

    /// Reads NFT_MSG_NEWRULE; `nil` for other messages and for rules without a comment.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> FirewallRule? {
        guard header.type == NetlinkRequest.nftablesBase | 6 else { return nil } // NFT_MSG_NEWRULE
        var reader = ByteReader(body)
        var rule = FirewallRule(family: try reader.uint8())
        try reader.skip(3)
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 1: rule.table = try payload.name() // NFTA_RULE_TABLE
            case 2: rule.chain = try payload.name() // NFTA_RULE_CHAIN
            case 3: rule.handle = try payload.uint64() // NFTA_RULE_HANDLE
            case 7: // NFTA_RULE_USERDATA: type, length, text and its zero
                guard payload.remaining > 2, try payload.uint8() == 0 else { break }
                try payload.skip(1)
                rule.comment = try payload.name()
            default: break
            }
        }
        return rule.comment.isEmpty ? nil : rule
    }

    /// Inserts the rule at the head of its chain.
    public func insert(from near: Subnet, to far: Subnet, _ condition: Condition) -> NetlinkRequest {
        let request = NetlinkRequest.nftables(6, [.acknowledge, .create], family: family, to: "put a rule into \(self)", inBatch: true)
        request.attribute(1, table)
        request.attribute(2, chain)
        request.attribute(4) { // NFTA_RULE_EXPRESSIONS
            let isIPv4 = near.address.family == .ipv4
            if family == 1 { request.meta(15, equals: [near.address.family.kernel]) } // NFT_META_NFPROTO
            switch condition {
            case .none: break
            case .from(let interface): // NFT_META_IIFNAME
                request.meta(6, equals: interface.bytes + [UInt8](repeating: 0, count: max(0, 16 - interface.bytes.count)))
            case .decrypted: request.meta(25, equals: [1]) // NFT_META_SECPATH
            }
            request.compare(near, at: isIPv4 ? 12 : 8)
            request.compare(far, at: isIPv4 ? 16 : 24)
            request.expression("immediate") {
                request.attribute(1) { request.uint32(0) } // the verdict
                request.attribute(2) { request.attribute(2) { request.attribute(1) { request.uint32(1) } } } // NF_ACCEPT
            }
        }
        request.attribute(7) {
            request.uint8(0)
            request.uint8(UInt8(truncatingIfNeeded: comment.bytes.count + 1))
            request.append(comment.bytes)
            request.uint8(0)
        }
        request.endBatch()
        return request
    }

    /// Removes the rule with this `handle`.
    public func remove() -> NetlinkRequest {
        let request = NetlinkRequest.nftables(8, .acknowledge, family: family, to: "take a rule out of \(self)", inBatch: true)
        request.attribute(1, table)
        request.attribute(2, chain)
        request.attribute(3) { request.uint64(handle) }
        request.endBatch()
        return request
    }
}

extension FirewallRule: Worded {
    /// `filter forward`: the table and the chain, for messages.
    public var sentence: Sentence { "\(table) \(chain)" }
}
