import Wire

/// A flowtable of nftables: flows in it are forwarded as they come in, past routing, policies and every hook behind.
public struct Flowtable: Hashable, Sendable {
    public var table: Name
    public var name: Name
    /// The kernel's number: one that was made anew has another.
    public var handle: UInt64
    /// The hardware forwards them itself, where it can.
    public var isInHardware: Bool

    public static func dump() -> Request { Request.nftables(22 + 1, .dump, family: 0, to: "list the flowtables") }

    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> Flowtable? {
        guard header.type == Request.nftablesBase | 22 else { return nil } // NFT_MSG_NEWFLOWTABLE
        var reader = ByteReader(body)
        try reader.skip(4)
        var flowtable = Flowtable(table: Name([]), name: Name([]), handle: 0, isInHardware: false)
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 1: flowtable.table = try payload.name() // NFTA_FLOWTABLE_TABLE
            case 2: flowtable.name = try payload.name() // NFTA_FLOWTABLE_NAME
            case 5: flowtable.handle = try payload.uint64() // NFTA_FLOWTABLE_HANDLE
            case 7: flowtable.isInHardware = try payload.uint32() & 1 != 0 // NFTA_FLOWTABLE_FLAGS
            default: break
            }
        }
        return flowtable
    }
}
