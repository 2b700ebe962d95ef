/// A block of addresses that share their first `prefix` bits.
public struct Subnet: Hashable, Sendable, Worded {
    /// The first address of the block; its host bits are clear.
    public let address: Address
    /// How many leading bits count: 0 to 32, or to 128 for IPv6.
    public let prefix: Int

    /// Clears the host bits. `prefix` past the family's width counts as the width.
    public init(_ address: Address, prefix: Int) {
        self.prefix = max(0, min(prefix, address.bitCount))
        self.address = address.masked(to: self.prefix)
    }

    /// One address alone: `/32` or `/128`.
    public init(host address: Address) { self.init(address, prefix: address.bitCount) }

    /// `0.0.0.0/0` or `::/0`.
    public static func everything(_ family: Address.Family) -> Subnet { Subnet(.any(family), prefix: 0) }

    /// From an address and its mask (`255.255.255.0`); `nil` when the mask has holes or is of the other family.
    public init?(_ address: Address, mask: Address) {
        guard address.family == mask.family else { return nil }
        for prefix in 0...mask.bitCount where Self.mask(prefix, mask.family) == mask {
            self.init(address, prefix: prefix)
            return
        }
        return nil
    }

    /// Whether the block is one address alone.
    public var isHost: Bool { prefix == address.bitCount }
    /// `255.255.255.0` for a `/24`.
    public var mask: Address { Self.mask(prefix, address.family) }

    /// Whether an address lies in this block; `false` for one of the other family.
    public func contains(_ other: Address) -> Bool {
        other.family == address.family && other.masked(to: prefix) == address
    }

    /// Whether every address of `other` is in this block.
    public func contains(_ other: Subnet) -> Bool { other.prefix >= prefix && contains(other.address) }

    /// Whether the two blocks have an address in common: one then contains the other.
    public func overlaps(_ other: Subnet) -> Bool { contains(other) || other.contains(self) }

    /// `10.0.1.0/24`, the prefix also where it is `/32` or `/128`.
    public var sentence: Sentence { "\(address)/\(prefix)" }

    private static func mask(_ prefix: Int, _ family: Address.Family) -> Address {
        let ones = family == .ipv4 ? Address(ipv4: .max) : Address(ipv6High: .max, low: .max)
        return ones.masked(to: prefix)
    }
}

/// One side of what a tunnel carries: a block of addresses, and a protocol and port that may narrow it
/// (RFC 2407 §4.6.2).
public struct Selector: Hashable, Sendable, Worded {
    /// The addresses on this side.
    public var subnet: Subnet
    /// IP protocol number; 0 is any.
    public var ipProtocol: UInt8
    /// 0 is any.
    public var port: UInt16

    /// Everything of `subnet`, unless a protocol and a port narrow it.
    public init(_ subnet: Subnet, ipProtocol: UInt8 = 0, port: UInt16 = 0) {
        self.subnet = subnet
        self.ipProtocol = ipProtocol
        self.port = port
    }

    /// Whether a packet's own address, protocol and port on this side fall inside.
    public func covers(_ address: Address, ipProtocol: UInt8, port: UInt16) -> Bool {
        subnet.contains(address) && (self.ipProtocol == 0 || self.ipProtocol == ipProtocol)
            && (self.port == 0 || self.port == port)
    }

    /// Whether some address, protocol and port on this side fall inside both.
    public func overlaps(_ other: Selector) -> Bool {
        subnet.overlaps(other.subnet)
            && (ipProtocol == 0 || other.ipProtocol == 0 || ipProtocol == other.ipProtocol)
            && (port == 0 || other.port == 0 || port == other.port)
    }

    /// Whether a peer may propose this protocol and port: they are this selector's own, or a single port of its protocol where
    /// this selector has any port.
    public func admits(ipProtocol: UInt8, port: UInt16) -> Bool {
        ipProtocol == self.ipProtocol && (port == self.port || self.port == 0 && ipProtocol != 0)
    }

    /// `10.0.1.0/24`, or `10.0.1.0/24:6/22` where narrowed.
    public var sentence: Sentence {
        ipProtocol == 0 && port == 0 ? "\(subnet)" : "\(subnet):\(ipProtocol)/\(port)"
    }
}

extension Subnet {
    /// Multicast, limited broadcast and link-local addresses: never routed, whatever a tunnel covers.
    public static let linkScope = [
        Subnet(Address(ipv4: 0xe000_0000), prefix: 4), Subnet(host: Address(ipv4: .max)),
        Subnet(Address(ipv6High: 0xfe80 << 48, low: 0), prefix: 10),
        Subnet(Address(ipv6High: 0xff00 << 48, low: 0), prefix: 8),
    ]
}

extension Sentence.StringInterpolation {
    /// Appends a subnet, as its own `sentence` is.
    public mutating func appendInterpolation(_ subnet: Subnet) { octets += subnet.sentence.octets }
    /// Appends a selector, as its own `sentence` is.
    public mutating func appendInterpolation(_ selector: Selector) { octets += selector.sentence.octets }
}
