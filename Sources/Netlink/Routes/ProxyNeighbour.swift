import Wire

/// An address that this machine answers ARP for on behalf of another (struct ndmsg with NTF_PROXY).
public struct ProxyNeighbour: Hashable, Sendable {
    /// Index of the interface on which ARP is answered.
    public var interface: UInt32
    /// The address that is answered for.
    public var address: Address
    /// The entry's protocol, which tells who made it (NDA_PROTOCOL); 0 before Linux 5.1.
    public var owner: UInt8

    static let new: UInt16 = 28, delete: UInt16 = 29, get: UInt16 = 30

    /// An entry to add or remove.
    public init(_ address: Address, interface: UInt32, owner: UInt8) {
        self.interface = interface
        self.address = address
        self.owner = owner
    }

    /// Asks for all IPv4 entries, for `NetlinkChannel.dump` with `read`.
    public static func dump() -> NetlinkRequest {
        let request = NetlinkRequest(get, .dump, to: "list the addresses answered for")
        request.uint8(Address.Family.ipv4.kernel)
        request.zeros(9)
        request.uint8(proxy)
        request.zeros(1)
        return request
    }

    /// Reads RTM_NEWNEIGH with NTF_PROXY and an IPv4 address; `nil` for others.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> ProxyNeighbour? {
        guard header.type == new else { return nil }
        var reader = ByteReader(body)
        let family = try reader.family8()
        try reader.skip(3)
        let interface = try reader.native32()
        try reader.skip(2)
        let flags = try reader.uint8()
        try reader.skip(1)
        guard family == .ipv4, flags & proxy != 0 else { return nil }
        var address: Address?
        var owner: UInt8 = 0
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 1: address = try payload.address() // NDA_DST
            case 12: owner = try payload.uint8() // NDA_PROTOCOL
            default: break
            }
        }
        return address.map { ProxyNeighbour($0, interface: interface, owner: owner) }
    }

    /// Starts answering. An existing entry is replaced.
    public func add() -> NetlinkRequest { request(Self.new, [.acknowledge, .create, .replace], "answer") }
    /// Stops answering. Fails with `isNotThere`.
    public func remove() -> NetlinkRequest { request(Self.delete, .acknowledge, "no longer answer") }

    private static let proxy: UInt8 = 0x08 // NTF_PROXY

    private func request(_ type: UInt16, _ flags: NetlinkRequest.Flags, _ verb: StaticString) -> NetlinkRequest {
        let request = NetlinkRequest(type, flags, to: "\(verb) ARP for \(address)")
        request.uint8(address.family.kernel)
        request.zeros(3)
        request.native32(interface)
        request.native16(0x80) // NUD_PERMANENT
        request.uint8(Self.proxy)
        request.zeros(1)
        request.attribute(1, address)
        request.attribute(12) { request.uint8(owner) }
        return request
    }
}
