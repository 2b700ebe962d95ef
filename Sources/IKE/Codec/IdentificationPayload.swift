import Wire

/// An ID payload (RFC 2407 §4.6.2): the sender in Phase 1, one side of the traffic in Phase 2.
struct IdentificationPayload: Equatable {
    private enum Kind {
        static let ipv4: UInt8 = 1
        static let fqdn: UInt8 = 2
        static let userFQDN: UInt8 = 3
        static let ipv4Subnet: UInt8 = 4
        static let ipv6: UInt8 = 5
        static let ipv6Subnet: UInt8 = 6
        static let ipv4Range: UInt8 = 7
        static let ipv6Range: UInt8 = 8
        static let distinguishedName: UInt8 = 9
        static let keyID: UInt8 = 11
    }

    /// The body of the payload. HASH_I and HASH_R cover it.
    let octets: [UInt8]

    private var type: UInt8 { octets[0] }
    private var ipProtocol: UInt8 { octets[1] }
    private var port: UInt16 { UInt16(octets[2]) << 8 | UInt16(octets[3]) }

    /// - Throws: `malformed` for an unknown type or data of the wrong length.
    init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        octets = try reader.array(body.count)
        guard octets.count >= 4 else { throw .truncated(at: octets.count) }
        let length = octets.count - 4
        switch octets[0] {
        case Kind.ipv4: guard length == 4 else { throw .malformed(at: 4) }
        case Kind.ipv4Subnet, Kind.ipv4Range: guard length == 8 else { throw .malformed(at: 4) }
        case Kind.ipv6: guard length == 16 else { throw .malformed(at: 4) }
        case Kind.ipv6Subnet, Kind.ipv6Range: guard length == 32 else { throw .malformed(at: 4) }
        case Kind.fqdn, Kind.userFQDN, Kind.distinguishedName, Kind.keyID, 10:
            guard length > 0 else { throw .malformed(at: 4) }
        default: throw .malformed(at: 0)
        }
    }

    /// The sender's ID for Main Mode. Protocol and port are 0.
    init(_ identity: Identity) {
        let type: UInt8
        let data: [UInt8]
        switch identity {
        case .address(let address): (type, data) = (address.family == .ipv4 ? Kind.ipv4 : Kind.ipv6, address.octets)
        case .fqdn(let name): (type, data) = (Kind.fqdn, name.bytes)
        case .userFQDN(let name): (type, data) = (Kind.userFQDN, name.bytes)
        case .distinguishedName(let der): (type, data) = (Kind.distinguishedName, der)
        case .keyID(let bytes): (type, data) = (Kind.keyID, bytes)
        }
        octets = [type, 0, 0, 0] + data
    }

    /// One side of the traffic for Quick Mode: a single address as an address, otherwise a subnet.
    init(_ selector: Selector) {
        let isIPv4 = selector.subnet.address.family == .ipv4
        var writer = ByteWriter(capacity: 36)
        if selector.subnet.isHost {
            writer.uint8(isIPv4 ? Kind.ipv4 : Kind.ipv6)
        } else {
            writer.uint8(isIPv4 ? Kind.ipv4Subnet : Kind.ipv6Subnet)
        }
        writer.uint8(selector.ipProtocol)
        writer.uint16(selector.port)
        writer.append(selector.subnet.address.octets)
        if !selector.subnet.isHost { writer.append(selector.subnet.mask.octets) }
        octets = writer.bytes
    }

    /// The peer's identity; `nil` if the type does not identify one.
    ///
    /// Protocol and port must be 0, or UDP with a port of IKE (RFC 2407 §4.6.2).
    var identity: Identity? {
        guard ipProtocol == 0 && port == 0 || ipProtocol == 17 && (port == 0 || port == 500 || port == 4500) else {
            return nil
        }
        let data = Array(octets[4...])
        switch type {
        case Kind.ipv4, Kind.ipv6: return Address(data.span).map { .address($0) }
        case Kind.fqdn: return .fqdn(Name(data))
        case Kind.userFQDN: return .userFQDN(Name(data))
        case Kind.distinguishedName: return .distinguishedName(data)
        case Kind.keyID: return .keyID(data)
        default: return nil
        }
    }

    /// The traffic that it names; `nil` if that is not a block of addresses.
    var selector: Selector? {
        let data = octets[4...]
        let half = data.count / 2
        let subnet: Subnet?
        switch type {
        case Kind.ipv4, Kind.ipv6:
            subnet = Address(Array(data).span).map { Subnet(host: $0) }
        case Kind.ipv4Subnet, Kind.ipv6Subnet:
            guard let address = Address(Array(data.prefix(half)).span), let mask = Address(Array(data.suffix(half)).span)
            else { return nil }
            subnet = Subnet(address, mask: mask)
        case Kind.ipv4Range, Kind.ipv6Range:
            guard let first = Address(Array(data.prefix(half)).span), let last = Address(Array(data.suffix(half)).span)
            else { return nil }
            subnet = Subnet(from: first, to: last)
        default: return nil
        }
        // A port needs a protocol.
        return subnet.map { Selector($0, ipProtocol: ipProtocol, port: ipProtocol == 0 ? 0 : port) }
    }

    /// The traffic of the host at `address` if the ID is a host name; otherwise `nil`.
    func selector(named address: Address?) -> Selector? {
        guard let address, type == Kind.fqdn || type == Kind.userFQDN else { return nil }
        return Selector(Subnet(host: address), ipProtocol: ipProtocol, port: port)
    }

    /// The peer's identity, for messages.
    var peerWords: Sentence { identity.map { $0.words } ?? "no name of a peer (type \(type))" }

    /// The traffic, for messages.
    var trafficWords: Sentence {
        if let selector { return "\(selector)" }
        let data = Array(octets[4...])
        let half = data.count / 2
        if type == Kind.ipv4Range || type == Kind.ipv6Range, let first = Address(Array(data[..<half]).span),
            let last = Address(Array(data[half...]).span)
        {
            let narrowed: Sentence = ipProtocol == 0 && port == 0 ? "" : ":\(ipProtocol)/\(port)"
            return "\(first)-\(last)\(narrowed) (no block of addresses: expected a subnet)"
        }
        return "no block of addresses (type \(type))"
    }
}

extension Subnet {
    /// The subnet from `first` to `last`; `nil` if the range is not a subnet.
    init?(from first: Address, to last: Address) {
        guard first.family == last.family else { return nil }
        for prefix in 0...first.bitCount {
            let subnet = Subnet(first, prefix: prefix)
            if subnet.address == first, subnet.last == last {
                self = subnet
                return
            }
        }
        return nil
    }

    /// The last address of the subnet.
    private var last: Address {
        let mask = mask
        if address.family == .ipv4 {
            return Address(ipv4: UInt32(truncatingIfNeeded: address.low) | ~UInt32(truncatingIfNeeded: mask.low))
        }
        return Address(ipv6High: address.high | ~mask.high, low: address.low | ~mask.low)
    }
}

extension Identity {
    /// The identity as log messages print it.
    var words: Sentence { sentence }
}
