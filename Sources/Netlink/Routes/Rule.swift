import Wire

/// A rule that says which packets look into which table (struct fib_rule_hdr, `ip rule`).
public struct Rule: Hashable, Sendable {
    public var family: Address.Family
    /// Smaller comes first; main is 32766.
    public var priority: UInt32
    public var table: UInt32
    /// Packets whose mark, through `markMask`, is this; `nil` is all.
    public var mark: UInt32?
    public var markMask: UInt32
    /// The packets that do *not* fit (`not`).
    public var isInverted: Bool
    /// Who made it: kernels from 4.17 on remember.
    public var owner: UInt8
    /// Looks into a table, as ours do; the others jump, or drop.
    public var isLookup: Bool
    /// Has conditions that are not read here.
    public var isComplex: Bool

    static let new: UInt16 = 32, delete: UInt16 = 33, get: UInt16 = 34

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

    /// Reads RTM_NEWRULE or RTM_DELRULE; `nil` for other families than IP's.
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

    public static func dump(_ family: Address.Family) -> Request {
        let request = Request(get, .dump, to: "list the routing rules")
        request.uint8(family.kernel)
        request.zeros(11)
        return request
    }

    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> Rule? {
        header.type == new ? try Rule(body) : nil
    }

    public func add() -> Request { request(Self.new, [.acknowledge, .create, .exclusive], "add") }
    public func remove() -> Request { request(Self.delete, .acknowledge, "remove") }

    private func request(_ type: UInt16, _ flags: Request.Flags, _ verb: StaticString) -> Request {
        let request = Request(type, flags, to: "\(verb) the routing rule \(priority) for table \(table)")
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
