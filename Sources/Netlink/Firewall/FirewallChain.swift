import Wire

/// A base chain of nftables: a chain that is attached to a hook.
public struct FirewallChain: Hashable, Sendable {
    /// NFPROTO: 1 inet, 2 ip, 10 ip6, and others.
    public var family: UInt8
    /// Name of the table that holds it.
    public var table: Name
    /// The chain's own name.
    public var name: Name
    /// NF_INET: 2 is forward, 4 postrouting.
    public var hook: UInt32
    /// `filter`, `nat`, `route`
    public var kind: Name
    /// Whether its policy is `drop`: packets that no rule decides on are dropped.
    public var drops = false

    /// Asks for all chains, for `NetlinkChannel.dump` with `read`, which leaves out those without a hook.
    public static func dump() -> NetlinkRequest { NetlinkRequest.nftables(3 + 1, .dump, family: 0, to: "list the firewall's chains") }

    /// Reads NFT_MSG_NEWCHAIN; `nil` for other messages and for chains without a hook.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> FirewallChain? {
        guard header.type == NetlinkRequest.nftablesBase | 3 else { return nil } // NFT_MSG_NEWCHAIN
        var reader = ByteReader(body)
        var chain = FirewallChain(family: try reader.uint8(), table: Name([]), name: Name([]), hook: .max, kind: Name([]))
        try reader.skip(3)
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 1: chain.table = try payload.name() // NFTA_CHAIN_TABLE
            case 3: chain.name = try payload.name() // NFTA_CHAIN_NAME
            case 4: // NFTA_CHAIN_HOOK
                try Attributes.read(try payload.rest()) { (type, payload) throws(WireError) in
                    if type == 1 { chain.hook = try payload.uint32() }
                }
            case 5: chain.drops = try payload.uint32() == 0 // NFTA_CHAIN_POLICY: NF_DROP
            case 7: chain.kind = try payload.name() // NFTA_CHAIN_TYPE
            default: break
            }
        }
        return chain.hook == .max ? nil : chain
    }
}
