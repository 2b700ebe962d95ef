import Wire

/// A routing rule: which packets use which table (struct fib_rule_hdr, `ip rule`).
public struct Rule: Hashable, Sendable {
    /// The family of the packets that the rule is for.
    public var family: Address.Family
    /// Order of evaluation, smaller first; the rule for the main table has 32766.
    public var priority: UInt32
    /// Number of the routing table that is looked into.
    public var table: UInt32
    /// The mark that packets must have under `markMask`; `nil` is any.
    public var mark: UInt32?
    /// The bits of a packet's mark that are compared.
    public var markMask: UInt32
    /// Whether the rule is for packets that do not match (`not`).
    public var isInverted: Bool
    /// The rule's protocol, which tells who made it; 0 before Linux 4.17.
    public var owner: UInt8
    /// Whether it looks into a table, as ours do; other rules jump or drop.
    public var isLookup: Bool
    /// Whether it has conditions that are not read here.
    public var isComplex: Bool

    static let new: UInt16 = 32, delete: UInt16 = 33, get: UInt16 = 34

    /// A rule that looks into a table.
    public init(
        _ family: Address.Family, priority: UInt32, table: UInt32, mark: UInt32? = nil, markMask: UInt32 = .max,
        isInverted: Bool = false, owner: UInt8
    ) {
        self.family = family
        self.priority = priority
        self.table = table
        self.mark = mark
        self.markMask = markMask
        self.isInverted = isInverted
        self.owner = owner
        isLookup = true
        isComplex = false
    }

    /// Reads RTM_NEWRULE or RTM_DELRULE; `nil` for families other than IPv4 and IPv6.
    public init?(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        let family = try reader.family8()
        let destinationLength = try reader.uint8()
        let sourceLength = try reader.uint8()
        let tos = try reader.uint8()
        let shortTable = try reader.uint8()
        try reader.skip(2)
        let action = try reader.uint8()
        let flags = try reader.native32()
        let attributes = try reader.rest()
        guard let family else { return nil }
        self.init(
            family, priority: 0, table: UInt32(shortTable), isInverted: flags & 2 != 0, owner: 0)
        var rule = self
        rule.isLookup = action == 1
        rule.isComplex = destinationLength != 0 || sourceLength != 0 || tos != 0
        try Attributes.read(attributes) { (type, payload) throws(WireError) in
            switch type {
            case 6: rule.priority = try payload.native32() // FRA_PRIORITY
            case 10: rule.mark = try payload.native32() // FRA_FWMARK
            case 15: rule.table = try payload.native32() // FRA_TABLE
            case 16: rule.markMask = try payload.native32() // FRA_FWMASK
            case 21: rule.owner = try payload.uint8() // FRA_PROTOCOL
            case 3, 17, 19, 20, 22, 23, 24: rule.isComplex = true // interfaces, l3mdev, users, protocols, ports
            default: break
            }
        }
        self = rule
    }

    /// Asks for all rules of a family, for `NetlinkChannel.dump` with `read`.
    public static func dump(_ family: Address.Family) -> NetlinkRequest {
        let request = NetlinkRequest(get, .dump, to: "list the routing rules")
        request.uint8(family.kernel)
        request.zeros(11)
        return request
    }

    /// Reads RTM_NEWRULE; `nil` for other messages and families.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> Rule? {
        header.type == new ? try Rule(body) : nil
    }

    /// Adds the rule. Fails with `alreadyExists`.
    public func add() -> NetlinkRequest { request(Self.new, [.acknowledge, .create, .exclusive], "add") }
    /// Removes the rule. Fails with `isNotThere`.
    public func remove() -> NetlinkRequest { request(Self.delete, .acknowledge, "remove") }

    private func request(_ type: UInt16, _ flags: NetlinkRequest.Flags, _ verb: StaticString) -> NetlinkRequest {
        let request = NetlinkRequest(type, flags, to: "\(verb) the routing rule \(priority) for table \(table)")
        request.uint8(family.kernel)
        request.zeros(3)
        request.uint8(table < 256 ? UInt8(table) : 0)
        request.zeros(2)
        request.uint8(1) // FR_ACT_TO_TBL
        request.native32(isInverted ? 2 : 0) // FIB_RULE_INVERT
        if let mark { request.attribute(10, native32: mark) }
        if mark != nil, markMask != .max { request.attribute(16, native32: markMask) }
        request.attribute(15, native32: table)
        request.attribute(6, native32: priority)
        request.attribute(21) { request.uint8(owner) }
        return request
    }
}
