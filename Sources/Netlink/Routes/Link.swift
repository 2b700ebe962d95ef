import Wire

/// A network interface (struct ifinfomsg).
public struct Link: Hashable, Sendable {
    /// Index by which routes and addresses refer to it.
    public var index: UInt32
    /// Name, at most 15 octets.
    public var name: Name
    /// Switched on (IFF_UP).
    public var isUp: Bool
    /// Up and with a carrier (IFF_RUNNING).
    public var isRunning: Bool
    /// The loopback interface (IFF_LOOPBACK).
    public var isLoopback: Bool
    /// Has one peer and no link-layer addresses (IFF_POINTOPOINT).
    public var isPointToPoint: Bool
    /// MTU in octets.
    public var mtu: UInt32
    /// `tun`, `veth`, `ppp` …; empty for plain devices.
    public var kind: Name
    /// Index of the bridge or bond that this interface is a port of; 0 for none.
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

    /// Asks for all interfaces, for `NetlinkChannel.dump` with `read`.
    public static func dump() -> NetlinkRequest {
        let request = NetlinkRequest(get, .dump, to: "list the interfaces")
        request.zeros(16)
        return request
    }

    /// Reads RTM_NEWLINK; `nil` for other messages.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> Link? {
        header.type == new ? try Link(body) : nil
    }

    /// Asks for the interface of this name, for `NetlinkChannel.answer` with `read`.
    public static func find(_ name: Name) -> NetlinkRequest {
        let request = NetlinkRequest(get, [], to: "find the interface \(name)")
        request.zeros(16)
        request.attribute(3, name)
        return request
    }

    /// Switches an interface on or off, and sets its MTU (octets); `nil` leaves either as it is.
    public static func change(_ index: UInt32, up: Bool? = nil, mtu: UInt32? = nil) -> NetlinkRequest {
        let request = NetlinkRequest(new, .acknowledge, to: "set up interface \(index)")
        request.zeros(4)
        request.native32(index)
        request.native32(up == true ? 1 : 0)
        request.native32(up == nil ? 0 : 1)
        if let mtu { request.attribute(4, native32: mtu) }
        return request
    }

    /// Removes an interface. Fails with `isNotThere`, and for devices that are hardware.
    public static func remove(_ index: UInt32) -> NetlinkRequest {
        let request = NetlinkRequest(delete, .acknowledge, to: "remove interface \(index)")
        request.zeros(4)
        request.native32(index)
        request.zeros(8)
        return request
    }
}
