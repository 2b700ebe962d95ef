import Wire

/// An address that an interface has (struct ifaddrmsg).
public struct InterfaceAddress: Hashable, Sendable {
    /// Index of the interface.
    public var interface: UInt32
    /// The interface's own address.
    public var address: Address
    /// The directly connected network. On a point-to-point link it is the other end's address.
    public var network: Subnet
    /// RT_SCOPE: 0 universe, 200 site, 253 link, 254 host.
    public var scope: UInt8
    /// An IPv6 address under duplicate address detection, which sockets cannot be bound to (IFA_F_TENTATIVE).
    public var isTentative: Bool

    static let new: UInt16 = 20, delete: UInt16 = 21, get: UInt16 = 22

    /// An address to add or remove.
    /// - Parameter prefix: length of the directly connected network's prefix.
    public init(interface: UInt32, address: Address, prefix: Int, scope: UInt8 = 0) {
        self.interface = interface
        self.address = address
        network = Subnet(address, prefix: prefix)
        self.scope = scope
        isTentative = false
    }

    /// Reads RTM_NEWADDR or RTM_DELADDR; `nil` for families other than IPv4 and IPv6.
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

    /// Asks for all addresses of both families, for `NetlinkChannel.dump` with `read`.
    public static func dump() -> NetlinkRequest {
        let request = NetlinkRequest(get, .dump, to: "list the addresses")
        request.zeros(8)
        return request
    }

    /// Reads RTM_NEWADDR; `nil` for other messages and families.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> InterfaceAddress? {
        header.type == new ? try InterfaceAddress(body) : nil
    }

    /// Adds the address. Fails with `alreadyExists`.
    public func add() -> NetlinkRequest { request(Self.new, [.acknowledge, .create, .exclusive], "add") }
    /// Removes the address. Fails with `isNotThere`.
    public func remove() -> NetlinkRequest { request(Self.delete, .acknowledge, "remove") }

    private func request(_ type: UInt16, _ flags: NetlinkRequest.Flags, _ verb: StaticString) -> NetlinkRequest {
        let request = NetlinkRequest(type, flags, to: "\(verb) the address \(address)/\(network.prefix)")
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
