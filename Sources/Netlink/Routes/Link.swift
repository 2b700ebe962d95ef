import Wire

/// A network interface (struct ifinfomsg).
public struct Link: Hashable, Sendable {
    public var index: UInt32
    public var name: Name
    /// Switched on (IFF_UP).
    public var isUp: Bool
    /// Ready to carry packets: switched on and its cable in (IFF_RUNNING).
    public var isRunning: Bool
    public var isLoopback: Bool
    public var isPointToPoint: Bool
    /// Octets.
    public var mtu: UInt32
    /// `tun`, `veth`, `ppp` …; empty for plain devices.
    public var kind: Name
    /// The interface that this one is a port of; 0 for none.
    public var master: UInt32

    static let new: UInt16 = 16, delete: UInt16 = 17, get: UInt16 = 18, set: UInt16 = 19

    /// Reads RTM_NEWLINK or RTM_DELLINK.
    public init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        try reader.skip(4)
        let index = try reader.native32()
        let flags = try reader.native32()
        try reader.skip(4)
        var name = Name([])
        var kind = Name([])
        var mtu: UInt32 = 0
        var master: UInt32 = 0
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 3: name = try payload.name() // IFLA_IFNAME
            case 4: mtu = try payload.native32() // IFLA_MTU
            case 10: master = try payload.native32() // IFLA_MASTER
            case 18: // IFLA_LINKINFO
                try Attributes.read(try payload.rest()) { (type, payload) throws(WireError) in
                    if type == 1 { kind = try payload.name() } // IFLA_INFO_KIND
                }
            default: break
            }
        }
        self.index = index
        self.name = name
        self.mtu = mtu
        self.kind = kind
        self.master = master
        isUp = flags & 0x1 != 0
        isLoopback = flags & 0x8 != 0
        isPointToPoint = flags & 0x10 != 0
        isRunning = flags & 0x41 == 0x41
    }

    /// All interfaces. `read` is for `Exchange.dump`.
    public static func dump() -> Request {
        let request = Request(get, .dump, to: "list the interfaces")
        request.zeros(16)
        return request
    }

    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> Link? {
        header.type == new ? try Link(body) : nil
    }

    /// The interface of this name, for `Exchange.answer`.
    public static func find(_ name: Name) -> Request {
        let request = Request(get, [], to: "find the interface \(name)")
        request.zeros(16)
        request.attribute(3, name)
        return request
    }

    /// Switches an interface on or off, and sets its MTU (octets); `nil` leaves either as it is.
    public static func change(_ index: UInt32, up: Bool? = nil, mtu: UInt32? = nil) -> Request {
        let request = Request(new, .acknowledge, to: "set up interface \(index)")
        request.zeros(4)
        request.native32(index)
        request.native32(up == true ? 1 : 0)
        request.native32(up == nil ? 0 : 1)
        if let mtu { request.attribute(4, native32: mtu) }
        return request
    }

    public static func remove(_ index: UInt32) -> Request {
        let request = Request(delete, .acknowledge, to: "remove interface \(index)")
        request.zeros(4)
        request.native32(index)
        request.zeros(8)
        return request
    }
}
