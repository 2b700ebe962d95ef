import Wire

/// A flow that the kernel tracks (nf_conntrack). Deleting its entry also ends its offload to a flowtable.
public struct ConntrackEntry: Sendable {
    /// Addresses, protocol and ports of one direction's packets, before NAT.
    public struct Tuple: Hashable, Sendable {
        /// The sender's address.
        public var source: Address
        /// The receiver's address.
        public var destination: Address
        /// IP protocol number.
        public var ipProtocol: UInt8
        /// 0 where the protocol has none.
        public var sourcePort: UInt16
        /// 0 where the protocol has none.
        public var destinationPort: UInt16

        /// The five values that identify one direction.
        public init(source: Address, destination: Address, ipProtocol: UInt8, sourcePort: UInt16, destinationPort: UInt16) {
            self.source = source
            self.destination = destination
            self.ipProtocol = ipProtocol
            self.sourcePort = sourcePort
            self.destinationPort = destinationPort
        }
    }

    /// Packets of the direction that opened the flow.
    public let original: Tuple
    /// Packets of the other direction.
    public let reply: Tuple
    /// Whether NAT changes its addresses (IPS_SRC_NAT, IPS_DST_NAT).
    public var isTranslated: Bool { status & (1 << 4 | 1 << 5) != 0 }
    /// Whether a flowtable forwards it (IPS_OFFLOAD, IPS_HW_OFFLOAD).
    public var isOffloaded: Bool { status & (1 << 14 | 1 << 15) != 0 }

    private let family: UInt8
    private let status: UInt32
    /// The attributes that identify the entry to the kernel, as it sent them: the original tuple, the zone and the ID.
    private let name: [UInt8]

    /// NFNL_SUBSYS_CTNETLINK
    private static let base: UInt16 = 1 << 8

    /// Asks for all flows of a family, for `NetlinkChannel.dump` with `read`.
    public static func dump(_ family: Address.Family) -> NetlinkRequest {
        let request = NetlinkRequest(base | 1, .dump, to: "list the tracked flows") // IPCTNL_MSG_CT_GET
        request.netfilterHeader(family.kernel, 0)
        return request
    }

    /// Reads IPCTNL_MSG_CT_NEW; `nil` for other messages and for flows without addresses.
    public static func read(_ header: MessageHeader, _ body: Span<UInt8>) throws(WireError) -> ConntrackEntry? {
        guard header.type == base else { return nil } // IPCTNL_MSG_CT_NEW
        var reader = ByteReader(body)
        let family = try reader.uint8()
        try reader.skip(3)
        var original: Tuple?
        var reply: Tuple?
        var status: UInt32 = 0
        var name: [UInt8] = []
        try Attributes.read(try reader.rest()) { (type, payload) throws(WireError) in
            switch type {
            case 1: // CTA_TUPLE_ORIG
                let octets = try payload.array(payload.remaining)
                original = try tuple(octets.span)
                append(1 | 1 << 15, octets, to: &name) // NLA_F_NESTED
            case 2: reply = try tuple(try payload.rest()) // CTA_TUPLE_REPLY
            case 3: status = try payload.uint32() // CTA_STATUS
            case 12, 18: append(type, try payload.array(payload.remaining), to: &name) // CTA_ID, CTA_ZONE
            default: break
            }
        }
        guard let original, let reply else { return nil }
        return ConntrackEntry(original: original, reply: reply, family: family, status: status, name: name)
    }

    private static func append(_ type: UInt16, _ payload: [UInt8], to octets: inout [UInt8]) {
        var writer = ByteWriter(capacity: payload.count + 8)
        // In the machine's own order.
        writer.uint16(UInt16(payload.count + 4).bigEndian)
        writer.uint16(type.bigEndian)
        octets += writer.bytes + payload + [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
    }

    private static func tuple(_ bytes: Span<UInt8>) throws(WireError) -> Tuple? {
        var source: Address?
        var destination: Address?
        var ipProtocol: UInt8 = 0
        var sourcePort: UInt16 = 0
        var destinationPort: UInt16 = 0
        try Attributes.read(bytes) { (type, payload) throws(WireError) in
            try Attributes.read(try payload.rest()) { (inner, payload) throws(WireError) in
                switch (type, inner) {
                case (1, 1), (1, 3): source = try payload.address() // CTA_IP_V4_SRC, CTA_IP_V6_SRC
                case (1, 2), (1, 4): destination = try payload.address()
                case (2, 1): ipProtocol = try payload.uint8() // CTA_PROTO_NUM
                case (2, 2): sourcePort = try payload.uint16()
                case (2, 3): destinationPort = try payload.uint16()
                default: break
                }
            }
        }
        guard let source, let destination else { return nil }
        return Tuple(
            source: source, destination: destination, ipProtocol: ipProtocol, sourcePort: sourcePort,
            destinationPort: destinationPort)
    }

    /// Deletes the entry. A newer flow with the same tuple stays, because its ID differs.
    public func remove() -> NetlinkRequest {
        let request = NetlinkRequest(Self.base | 2, .acknowledge, to: "delete a tracked flow") // IPCTNL_MSG_CT_DELETE
        request.netfilterHeader(family, 0)
        request.append(name)
        return request
    }
}
