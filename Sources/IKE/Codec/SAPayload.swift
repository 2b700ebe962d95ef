import Wire

/// A transform payload (RFC 2408 §3.6).
struct Transform: Equatable {
    var number: UInt8
    /// The transform ID: KEY_IKE in Phase 1, the cipher of ESP in Phase 2.
    var id: UInt8
    var attributes: [Attribute]
    /// The attributes as received. An answer repeats them unchanged (RFC 2408 §4.2).
    var attributeOctets: [UInt8]

    init(number: UInt8, id: UInt8, attributes: [Attribute]) {
        self.number = number
        self.id = id
        self.attributes = attributes
        var writer = ByteWriter(capacity: attributes.count * 4 + 8)
        for attribute in attributes { attribute.write(to: &writer) }
        attributeOctets = writer.bytes
    }

    /// Reads what follows the generic header.
    init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        number = try reader.uint8()
        id = try reader.uint8()
        try reader.skip(2) // reserved: ignored (RFC 2408 §3.6)
        var rest = ByteReader(body)
        try rest.skip(4)
        attributeOctets = try rest.array(rest.remaining)
        attributes = []
        while !reader.isAtEnd {
            guard attributes.count < Limits.attributes else { throw .malformed(at: reader.offset) }
            attributes.append(try Attribute(&reader))
        }
    }

    func write(to writer: inout ByteWriter, isLast: Bool) {
        writer.uint8(isLast ? 0 : 3)
        writer.uint8(0)
        writer.uint16(UInt16(8 + attributeOctets.count))
        writer.uint8(number)
        writer.uint8(id)
        writer.uint16(0)
        writer.append(attributeOctets)
    }
}

/// A proposal payload (RFC 2408 §3.5). Proposals with the same number form one choice.
struct Proposal: Equatable {
    var number: UInt8
    var protocolID: ProtocolID
    var spi: [UInt8]
    var transforms: [Transform]

    init(number: UInt8, _ protocolID: ProtocolID, spi: [UInt8], _ transforms: [Transform]) {
        self.number = number
        self.protocolID = protocolID
        self.spi = spi
        self.transforms = transforms
    }

    /// Reads what follows the generic header.
    ///
    /// - Parameter room: the number of transforms that the payload may still contain. It is decreased by those read.
    init(_ body: Span<UInt8>, room: inout Int) throws(WireError) {
        var reader = ByteReader(body)
        number = try reader.uint8()
        protocolID = ProtocolID(rawValue: try reader.uint8())
        let spiLength = Int(try reader.uint8())
        let count = Int(try reader.uint8())
        spi = try reader.array(spiLength)
        guard count > 0, count <= room else { throw .malformed(at: 3) }
        room -= count
        transforms = []
        for index in 0..<count {
            let at = reader.offset
            let next = try reader.uint8()
            guard try reader.uint8() == 0, next == (index + 1 < count ? 3 : 0) else { throw .malformed(at: at) }
            let length = Int(try reader.uint16())
            guard length >= 8 else { throw .malformed(at: at + 2) }
            transforms.append(try Transform(try reader.span(length - 4)))
        }
        guard reader.isAtEnd else { throw .malformed(at: reader.offset) }
    }

    func write(to writer: inout ByteWriter, isLast: Bool) {
        let start = writer.count
        writer.uint8(isLast ? 0 : 2)
        writer.uint8(0)
        writer.uint16(0)
        writer.uint8(number)
        writer.uint8(protocolID.rawValue)
        writer.uint8(UInt8(truncatingIfNeeded: spi.count))
        writer.uint8(UInt8(truncatingIfNeeded: transforms.count))
        writer.append(spi)
        for index in transforms.indices {
            transforms[index].write(to: &writer, isLast: index + 1 == transforms.count)
        }
        writer.patch16(UInt16(truncatingIfNeeded: writer.count - start), at: start + 2)
    }
}

/// A security association payload (RFC 2408 §3.4) in the IPsec domain of interpretation.
struct SAPayload: Equatable {
    /// SIT_IDENTITY_ONLY (RFC 2407 §4.2.1), the only situation that is supported.
    static let identityOnly: UInt32 = 1

    var proposals: [Proposal]

    init(_ proposals: [Proposal]) { self.proposals = proposals }

    /// Reads the payload's body. Another domain of interpretation or situation is malformed.
    init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        guard try reader.uint32() == ipsecDOI else { throw .malformed(at: 0) }
        guard try reader.uint32() == Self.identityOnly else { throw .malformed(at: 4) }
        proposals = []
        var room = Limits.transforms
        var more = true
        while more {
            let at = reader.offset
            guard proposals.count < Limits.proposals else { throw .malformed(at: at) }
            let next = try reader.uint8()
            guard next == 0 || next == 2, try reader.uint8() == 0 else { throw .malformed(at: at) }
            let length = Int(try reader.uint16())
            guard length >= 8 else { throw .malformed(at: at + 2) }
            proposals.append(try Proposal(try reader.span(length - 4), room: &room))
            more = next == 2
        }
        guard reader.isAtEnd else { throw .malformed(at: reader.offset) }
    }

    /// The payload's body.
    var octets: [UInt8] {
        var writer = ByteWriter(capacity: 256)
        writer.uint32(ipsecDOI)
        writer.uint32(Self.identityOnly)
        for index in proposals.indices {
            proposals[index].write(to: &writer, isLast: index + 1 == proposals.count)
        }
        return writer.bytes
    }

    /// The answer that chooses one transform: its proposal with this transform alone, and our SPI (RFC 2408 §4.2).
    static func answer(_ proposal: Proposal, _ transform: Transform, spi: [UInt8]) -> SAPayload {
        SAPayload([Proposal(number: proposal.number, proposal.protocolID, spi: spi, [transform])])
    }

    /// Whether no other proposal has the number of the proposal at `index`.
    func standsAlone(_ index: Int) -> Bool {
        for other in proposals.indices where other != index && proposals[other].number == proposals[index].number {
            return false
        }
        return true
    }
}
