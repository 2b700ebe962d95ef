import Wire

/// A route (struct rtmsg).
public struct Route: Hashable, Sendable, Worded {
    /// The route's type (RTN_…).
    public enum Kind: Hashable, Sendable {
        case unicast, local, unreachable, prohibit, blackhole
        /// Ends the look-up in this table: the next rule decides.
        case `throw`
        /// Broadcast, multicast and other types, by number.
        case other(UInt8)
    }

    /// The addresses that the route is for.
    public var destination: Subnet
    /// What becomes of packets to them.
    public var kind: Kind
    /// Number of the routing table: 254 is main, 255 local.
    public var table: UInt32
    /// The route's protocol (RTPROT_…), which tells who made it: 2 the kernel, 3 boot, 4 an administrator.
    public var owner: UInt8
    /// Smaller wins. 0 for IPv6 means 1024 when it is added.
    public var metric: UInt32
    /// Index of the outgoing interface; `nil` where the kind needs none.
    public var interface: UInt32?
    /// The next hop; `nil` for directly connected networks.
    public var gateway: Address?
    /// Source address of our own packets (RTA_PREFSRC); `nil` lets the kernel choose.
    public var preferredSource: Address?
    /// MTU in octets; `nil` is the interface's.
    public var mtu: UInt32?
    /// Whether it has several next hops, or one of the other family: such a route is read but cannot be written.
    public var isComplex = false

    static let new: UInt16 = 24, delete: UInt16 = 25, get: UInt16 = 26

    /// A route; the defaults are those of `ip route add`.
    public init(
        to destination: Subnet, kind: Kind = .unicast, table: UInt32 = 254, owner: UInt8, metric: UInt32 = 0,
        interface: UInt32? = nil, gateway: Address? = nil, preferredSource: Address? = nil, mtu: UInt32? = nil
    ) {
        self.destination = destination
        self.kind = kind
        self.table = table
        self.owner = owner
        self.metric = metric
        self.interface = interface
        self.gateway = gateway
        self.preferredSource = preferredSource
        self.mtu = mtu
    }

    /// Reads RTM_NEWROUTE or RTM_DELROUTE; `nil` for families other than IPv4 and IPv6.
    public init?(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        let family = try reader.family8()
        let prefix = Int(try reader.uint8())
        try reader.skip(2)
        let shortTable = try reader.uint8()
        let owner = try reader.uint8()
        try reader.skip(1)
        let kind = Kind(number: try reader.uint8())
        try reader.skip(4)
        let attributes = try reader.rest()
        guard let family else { return nil }
        self.init(
            to: Subnet(.any(family), prefix: 0), kind: kind, table: UInt32(shortTable), owner: owner)
        var route = self
        var address = Address.any(family)
        try Attributes.read(attributes) { (type, payload) throws(WireError) in
            switch type {
            case 1: address = try payload.address() // RTA_DST
            case 4: route.interface = try payload.native32() // RTA_OIF
            case 5: route.gateway = try payload.address() // RTA_GATEWAY
            case 6: route.metric = try payload.native32() // RTA_PRIORITY
            case 7: route.preferredSource = try payload.address() // RTA_PREFSRC
            case 8: // RTA_METRICS
                try Attributes.read(try payload.rest()) { (type, payload) throws(WireError) in
                    if type == 2 { route.mtu = try payload.native32() }
                }
            case 9, 18, 30: route.isComplex = true // RTA_MULTIPATH, RTA_VIA, RTA_NH_ID
            case 15: route.table = try payload.native32() // RTA_TABLE
            default: break
            }
        }
        guard address.family == family, prefix <= address.bitCount, (route.gateway?.family ?? family) == family,
            (route.preferredSource?.family ?? family) == family
        else { throw .malformed(at: 0) }
        route.destination = Subnet(address, prefix: prefix)
        self = route
    }

    /// Asks for all routes of a family, or of one table, for `NetlinkChannel.dump` with `read`. Older kernels return all tables: check
    /// `table`. Fails with `isNotThere` when there is no such table.
    public static func dump(_ family: Address.Family, table: UInt32? = nil) -> NetlinkRequest {
        let request = NetlinkRequest(get, .dump, to: "list the routes")
        request.uint8(family.kernel)
        request.zeros(11)
        if let table { request.attribute(15, native32: table) }
        return request
    }

    /// Reads RTM_NEWROUTE; `nil` for other messages and families.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> Route? {
        header.type == new ? try Route(body) : nil
    }

    /// Asks for the route of a packet to `destination`, for `NetlinkChannel.answer` with `read`. The answer's destination is the host.
    /// - Parameter source: one of this machine's addresses; `nil` lets the route decide.
    public static func find(_ destination: Address, from source: Address? = nil, mark: UInt32 = 0) -> NetlinkRequest {
        let request = NetlinkRequest(get, [], to: "find the route to \(destination)")
        request.uint8(destination.family.kernel)
        request.uint8(UInt8(destination.bitCount))
        request.uint8(UInt8(source?.bitCount ?? 0))
        request.zeros(9)
        request.attribute(1, destination)
        if let source { request.attribute(2, source) } // RTA_SRC
        if mark != 0 { request.attribute(16, native32: mark) } // RTA_MARK
        return request
    }

    /// Adds the route.
    /// - Parameter replacing: replaces a route with the same destination, table and metric; without it, that is an error.
    public func add(replacing: Bool = false) -> NetlinkRequest {
        request(Self.new, [.acknowledge, .create, replacing ? .replace : .exclusive], "add", scope: addScope)
    }

    /// Removes the first route that matches all values set here. Fails with `isNotThere`.
    public func remove() -> NetlinkRequest { request(Self.delete, .acknowledge, "remove", scope: 255) }

    /// RT_SCOPE_LINK for directly connected networks, otherwise RT_SCOPE_UNIVERSE.
    private var addScope: UInt8 {
        kind == .unicast && gateway == nil && destination.address.family == .ipv4 ? 253 : 0
    }

    private func request(_ type: UInt16, _ flags: NetlinkRequest.Flags, _ verb: StaticString, scope: UInt8) -> NetlinkRequest {
        let request = NetlinkRequest(type, flags, to: "\(verb) the route \(self)")
        let family = destination.address.family
        request.uint8(family.kernel)
        request.uint8(UInt8(destination.prefix))
        request.zeros(2)
        request.uint8(table < 256 ? UInt8(table) : 0)
        request.uint8(owner)
        request.uint8(family == .ipv4 ? scope : 0)
        request.uint8(kind.number)
        request.native32(0)
        if destination.prefix > 0 { request.attribute(1, destination.address) }
        if let gateway { request.attribute(5, gateway) }
        if table >= 256 { request.attribute(15, native32: table) }
        if let preferredSource { request.attribute(7, preferredSource) }
        if metric != 0 { request.attribute(6, native32: metric) }
        if let interface { request.attribute(4, native32: interface) }
        if let mtu { request.attribute(8) { request.attribute(2, native32: mtu) } }
        return request
    }

    /// `throw 10.9.1.0/24`, or `10.9.0.0/16 via 192.0.2.9`.
    public var sentence: Sentence {
        var text: Sentence = kind == .unicast ? "" : "\(kind.word) "
        text += "\(destination)"
        if let gateway { text += " via \(gateway)" }
        return text
    }
}

extension Route.Kind {
    var number: UInt8 {
        switch self {
        case .unicast: 1
        case .local: 2
        case .blackhole: 6
        case .unreachable: 7
        case .prohibit: 8
        case .throw: 9
        case .other(let number): number
        }
    }

    init(number: UInt8) {
        switch number {
        case 1: self = .unicast
        case 2: self = .local
        case 6: self = .blackhole
        case 7: self = .unreachable
        case 8: self = .prohibit
        case 9: self = .throw
        default: self = .other(number)
        }
    }

    var word: Sentence {
        switch self {
        case .unicast: "unicast"
        case .local: "local"
        case .blackhole: "blackhole"
        case .unreachable: "unreachable"
        case .prohibit: "prohibit"
        case .throw: "throw"
        case .other(let number): "type \(number)"
        }
    }
}
