import Wire

/// An address that an interface has (struct ifaddrmsg).
public struct InterfaceAddress: Hashable, Sendable {
    public var interface: UInt32
    public var address: Address
    /// The network that the address makes directly connected. On a point-to-point link that is the other end's address.
    public var network: Subnet
    /// RT_SCOPE: 0 universe, 200 site, 253 link, 254 host.
    public var scope: UInt8
    /// IPv6, not yet known to be unique: it cannot be bound to.
    public var isTentative: Bool

    static let new: UInt16 = 20, delete: UInt16 = 21, get: UInt16 = 22

    public init(interface: UInt32, address: Address, prefix: Int, scope: UInt8 = 0) {
        self.interface = interface
        self.address = address
        network = Subnet(address, prefix: prefix)
        self.scope = scope
        isTentative = false
    }

    /// Reads RTM_NEWADDR or RTM_DELADDR; `nil` for other families than IP's.
    public init?(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        let family = try reader.family8()
        let prefix = Int(try reader.uint8())
        var flags = UInt32(try reader.uint8())
        let scope = try reader.uint8()
        let interface = try reader.native32()
        var local: Address?
        var peer: Address?
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 1 where family != nil: peer = try payload.address() // IFA_ADDRESS
            case 2 where family != nil: local = try payload.address() // IFA_LOCAL
            case 8: flags = try payload.native32() // IFA_FLAGS
            default: break
            }
        }
        guard family != nil else { return nil }
        guard let own = local ?? peer, own.family == family, (peer ?? own).family == family, prefix <= own.bitCount else {
            throw .malformed(at: 0)
        }
        self.interface = interface
        self.scope = scope
        address = own
        network = Subnet(peer ?? own, prefix: prefix)
        isTentative = flags & 0x40 != 0
    }

    public static func dump() -> Request {
        let request = Request(get, .dump, to: "list the addresses")
        request.zeros(8)
        return request
    }

    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> InterfaceAddress? {
        header.type == new ? try InterfaceAddress(body) : nil
    }

    public func add() -> Request { request(Self.new, [.acknowledge, .create, .exclusive], "add") }
    public func remove() -> Request { request(Self.delete, .acknowledge, "remove") }

    private func request(_ type: UInt16, _ flags: Request.Flags, _ verb: StaticString) -> Request {
        let request = Request(type, flags, to: "\(verb) the address \(address)/\(network.prefix)")
        request.uint8(address.family.kernel)
        request.uint8(UInt8(network.prefix))
        request.uint8(0)
        request.uint8(scope)
        request.native32(interface)
        request.attribute(2, address)
        request.attribute(1, address)
        return request
    }
}
