/// An IPv4 or IPv6 address.
public struct Address: Hashable, Sendable, Worded {
    /// The IP version. The raw value has no meaning on the wire.
    public enum Family: UInt8, Sendable { case ipv4, ipv6 }

    /// The IP version, which decides how `high` and `low` are read.
    public let family: Family
    /// The upper 64 bits of an IPv6 address; 0 for IPv4.
    public let high: UInt64
    /// The lower 64 bits of an IPv6 address; an IPv4 address in its lower half.
    public let low: UInt64

    /// An IPv4 address from its 32 bits in host order: `192.0.2.1` is `0xc0000201`.
    public init(ipv4 value: UInt32) {
        family = .ipv4
        high = 0
        low = UInt64(value)
    }

    /// An IPv6 address from its upper and lower 64 bits in host order.
    public init(ipv6High high: UInt64, low: UInt64) {
        family = .ipv6
        self.high = high
        self.low = low
    }

    /// Four or sixteen octets in network order; `nil` for any other count.
    public init?(_ octets: Span<UInt8>) {
        var reader = ByteReader(octets)
        switch octets.count {
        case 4:
            guard let value = try? reader.uint32() else { return nil }
            self.init(ipv4: value)
        case 16:
            guard let high = try? reader.uint64(), let low = try? reader.uint64() else { return nil }
            self.init(ipv6High: high, low: low)
        default: return nil
        }
    }

    /// 32 or 128.
    public var bitCount: Int { family == .ipv4 ? 32 : 128 }

    /// Four or sixteen octets in network order.
    public var octets: [UInt8] {
        var writer = ByteWriter(capacity: 16)
        if family == .ipv4 {
            writer.uint32(UInt32(truncatingIfNeeded: low))
        } else {
            writer.uint64(high)
            writer.uint64(low)
        }
        return writer.bytes
    }

    /// The unspecified address of a family: `0.0.0.0` or `::`.
    public static func any(_ family: Family) -> Address {
        family == .ipv4 ? Address(ipv4: 0) : Address(ipv6High: 0, low: 0)
    }

    /// `0.0.0.0` or `::`.
    public var isAny: Bool { high == 0 && low == 0 }

    /// The address with all but its first `prefix` bits cleared. `prefix` is 0 to `bitCount`.
    public func masked(to prefix: Int) -> Address {
        if family == .ipv4 {
            return Address(ipv4: UInt32(truncatingIfNeeded: low) & UInt32(truncatingIfNeeded: Self.mask(prefix + 32)))
        }
        return Address(ipv6High: high & Self.mask(prefix), low: low & Self.mask(prefix - 64))
    }

    /// The first `bits` of 64 set; below 0 counts as 0, above 64 as 64.
    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
    }

    /// `192.0.2.1`, or IPv6 as RFC 5952 writes it.
    public var sentence: Sentence { family == .ipv4 ? ipv4Text : ipv6Text }

    private var ipv4Text: Sentence {
        "\((low >> 24) & 255).\((low >> 16) & 255).\((low >> 8) & 255).\(low & 255)"
    }

    /// RFC 5952: lower case, the longest run of zero groups (two or more) as `::`, a mapped IPv4 address in its own form.
    private var ipv6Text: Sentence {
        if high == 0, low >> 32 == 0xffff { return "::ffff:\(ipv4Text)" }
        var groups: [UInt64] = []
        for half in [high, low] {
            for shift in [48, 32, 16, 0] as [UInt64] { groups.append((half >> shift) & 0xffff) }
        }
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, groups[end] == 0 { end += 1 }
            if end - index > best.count, end - index > 1 { best = index..<end }
            index = max(end, index + 1)
        }
        var text: Sentence = ""
        for place in 0..<8 {
            if best.contains(place) {
                if place == best.lowerBound { text += "::" }
                continue
            }
            if place > 0, place != best.upperBound || best.isEmpty { text += ":" }
            text += Text.hex(groups[place])
        }
        return text
    }
}

/// An address and a UDP port.
public struct Endpoint: Hashable, Sendable, Worded {
    /// An IPv4 or IPv6 address.
    public var address: Address
    /// A UDP port in host order; 0 lets the kernel choose.
    public var port: UInt16

    /// An address with a port in host order.
    public init(_ address: Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// `192.0.2.1:500` or `[2001:db8::1]:500`.
    public var sentence: Sentence {
        address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

extension Sentence.StringInterpolation {
    /// Appends an address, as its own `sentence` is.
    public mutating func appendInterpolation(_ address: Address) { octets += address.sentence.octets }
    /// Appends an endpoint, as its own `sentence` is.
    public mutating func appendInterpolation(_ endpoint: Endpoint) { octets += endpoint.sentence.octets }
}
