import Wire

/// The attributes (struct nlattr) at the end of a message.
enum Attributes {
    /// Passes each attribute's type, without the flags in its upper bits, and its payload to `each`.
    static func read(
        _ bytes: Span<UInt8>, _ each: (UInt16, inout ByteReader) throws(WireError) -> Void
    ) throws(WireError) {
        var reader = ByteReader(bytes)
        while !reader.isAtEnd {
            let start = reader.offset
            let length = Int(try reader.native16())
            let type = try reader.native16() & 0x3fff
            guard length >= 4 else { throw .malformed(at: start) }
            var payload = try reader.reader(length - 4)
            try each(type, &payload)
            try reader.skip(min(reader.remaining, (4 - length % 4) % 4))
        }
    }
}

extension ByteReader {
    /// The octets not read yet.
    @_lifetime(copy self)
    mutating func rest() throws(WireError) -> Span<UInt8> { try span(remaining) }

    /// The whole payload of an attribute that holds an address.
    mutating func address() throws(WireError) -> Address {
        let at = offset
        guard let address = Address(try rest()) else { throw .malformed(at: at) }
        return address
    }

    /// Text up to its final zero.
    mutating func name() throws(WireError) -> Name {
        let octets = try array(remaining)
        return Name(Array(octets.prefix { $0 != 0 }))
    }

    /// AF_INET or AF_INET6; `nil` for another.
    mutating func family8() throws(WireError) -> Address.Family? { Address.Family(kernel: UInt16(try uint8())) }
}

extension Address.Family {
    /// AF_INET, AF_INET6
    var kernel: UInt8 { self == .ipv4 ? 2 : 10 }

    init?(kernel: UInt16) {
        switch kernel {
        case 2: self = .ipv4
        case 10: self = .ipv6
        default: return nil
        }
    }
}
