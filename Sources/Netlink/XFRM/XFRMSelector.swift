import Crypto
import Wire

/// The packets that a policy or a state is for (struct xfrm_selector).
public struct XFRMSelector: Hashable, Sendable {
    /// Inner source addresses.
    public var source: Subnet
    /// Inner destination addresses.
    public var destination: Subnet
    /// IP protocol number; 0 is any.
    public var ipProtocol: UInt8
    /// 0 is any, unless the mask says otherwise. For ICMP the type; the destination port is the code.
    public var sourcePort: UInt16
    /// Bits of the source port that are compared; 0 is any port.
    public var sourcePortMask: UInt16
    /// 0 is any, unless the mask says otherwise.
    public var destinationPort: UInt16
    /// Bits of the destination port that are compared; 0 is any port.
    public var destinationPortMask: UInt16

    /// Octets on the wire.
    static let length = 56

    /// All packets of a family.
    public init(everything family: Address.Family) {
        self.init(from: Selector(.everything(family)), to: Selector(.everything(family)))
    }

    /// The packets from one side to the other. Either selector may name the protocol.
    public init(from source: Selector, to destination: Selector) {
        self.source = source.subnet
        self.destination = destination.subnet
        ipProtocol = source.ipProtocol != 0 ? source.ipProtocol : destination.ipProtocol
        sourcePort = source.port
        sourcePortMask = source.port == 0 ? 0 : .max
        destinationPort = destination.port
        destinationPortMask = destination.port == 0 ? 0 : .max
    }

    /// The family of the inner addresses.
    public var family: Address.Family { source.address.family }

    /// The same traffic in the opposite direction.
    public var reversed: XFRMSelector {
        var other = self
        swap(&other.source, &other.destination)
        swap(&other.sourcePort, &other.destinationPort)
        swap(&other.sourcePortMask, &other.destinationPortMask)
        return other
    }

    /// - Parameter fallback: the family where the kernel does not give one, as in states for any packet.
    init(_ reader: inout ByteReader, fallback: Address.Family = .ipv4) throws(WireError) {
        let start = reader.offset
        var addresses = try reader.reader(32)
        destinationPort = try reader.uint16()
        destinationPortMask = try reader.uint16()
        sourcePort = try reader.uint16()
        sourcePortMask = try reader.uint16()
        let family = Address.Family(kernel: try reader.native16()) ?? fallback
        let destinationPrefix = Int(try reader.uint8())
        let sourcePrefix = Int(try reader.uint8())
        ipProtocol = try reader.uint8()
        try reader.skip(11)
        let to = try addresses.xfrmAddress(family)
        let from = try addresses.xfrmAddress(family)
        guard destinationPrefix <= to.bitCount, sourcePrefix <= to.bitCount else { throw .malformed(at: start) }
        destination = Subnet(to, prefix: destinationPrefix)
        source = Subnet(from, prefix: sourcePrefix)
    }

    func write(_ request: NetlinkRequest) {
        request.xfrmAddress(destination.address)
        request.xfrmAddress(source.address)
        request.uint16(destinationPort)
        request.uint16(destinationPortMask)
        request.uint16(sourcePort)
        request.uint16(sourcePortMask)
        request.native16(UInt16(family.kernel))
        request.uint8(UInt8(destination.prefix))
        request.uint8(UInt8(source.prefix))
        request.uint8(ipProtocol)
        request.zeros(11) // padding, interface, user
    }
}

extension NetlinkRequest {
    /// xfrm_address_t: sixteen octets whatever the family.
    func xfrmAddress(_ address: Address) {
        self.address(address)
        if address.family == .ipv4 { zeros(12) }
    }

    /// struct xfrm_lifetime_cfg and struct xfrm_lifetime_cur: the kernel reports the soft limits and enforces the hard one.
    /// - Parameter seconds: wall-clock seconds after which the kernel deletes the SA; 0 for never.
    func xfrmLifetime(of sa: SecurityAssociation, seconds: UInt32) {
        native64(sa.octetsBeforeRekeying)
        native64(.max)
        native64(sa.packetsBeforeRekeying)
        native64(.max)
        native64(0)
        native64(UInt64(seconds))
        zeros(16 + 32)
    }

    /// struct xfrm_lifetime_cfg without any limit, and struct xfrm_lifetime_cur.
    func xfrmNoLifetime() {
        for _ in 0..<4 { native64(.max) }
        zeros(32 + 32)
    }
}

extension ByteReader {
    mutating func xfrmAddress(_ family: Address.Family) throws(WireError) -> Address {
        if family == .ipv6 { return Address(ipv6High: try uint64(), low: try uint64()) }
        let address = Address(ipv4: try uint32())
        try skip(12)
        return address
    }
}

/// IP protocol number of ESP, in all states and templates of ours.
let espProtocol: UInt8 = 50
