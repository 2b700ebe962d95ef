import Wire

/// A flowtable of nftables: its flows are forwarded at ingress and bypass routing, XFRM policies and the later hooks.
public struct Flowtable: Hashable, Sendable {
    /// Name of the table that holds it.
    public var table: Name
    /// The flowtable's own name.
    public var name: Name
    /// The kernel's handle. A flowtable that was deleted and created again has another one.
    public var handle: UInt64
    /// Whether it offloads flows to hardware (NFT_FLOWTABLE_HW_OFFLOAD).
    public var isInHardware: Bool

    /// Asks for all flowtables, for `NetlinkChannel.dump` with `read`.
    public static func dump() -> NetlinkRequest { NetlinkRequest.nftables(22 + 1, .dump, family: 0, to: "list the flowtables") }

    /// Reads NFT_MSG_NEWFLOWTABLE; `nil` for other messages.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> Flowtable? {
        guard header.type == NetlinkRequest.nftablesBase | 22 else { return nil } // NFT_MSG_NEWFLOWTABLE
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
