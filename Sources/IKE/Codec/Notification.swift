import Wire

/// A notification payload (RFC 2408 §3.14).
struct Notification: Equatable {
    var protocolID: ProtocolID
    var spi: [UInt8]
    var type: NotifyType
    var data: [UInt8]

    init(_ type: NotifyType, _ protocolID: ProtocolID, spi: [UInt8] = [], data: [UInt8] = []) {
        self.type = type
        self.protocolID = protocolID
        self.spi = spi
        self.data = data
    }

    init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        // Some peers write 0 here in errors of Phase 1. It is accepted.
        let doi = try reader.uint32()
        guard doi == ipsecDOI || doi == 0 else { throw .malformed(at: 0) }
        protocolID = ProtocolID(rawValue: try reader.uint8())
        let spiLength = Int(try reader.uint8())
        type = NotifyType(rawValue: try reader.uint16())
        spi = try reader.array(spiLength)
        data = try reader.array(reader.remaining)
    }

    var octets: [UInt8] {
        var writer = ByteWriter(capacity: 16 + data.count)
        writer.uint32(ipsecDOI)
        writer.uint8(protocolID.rawValue)
        writer.uint8(UInt8(truncatingIfNeeded: spi.count))
        writer.uint16(type.rawValue)
        writer.append(spi)
        writer.append(data)
        return writer.bytes
    }

    var payload: OutgoingPayload { OutgoingPayload(.notification, octets) }

    /// Whether its SPI is that of an ESP SA. strongSwan writes four zero octets before it has chosen one.
    var namesSA: Bool { number(spi: spi).map { $0 != 0 } ?? false }

    /// The lifetime of a RESPONDER-LIFETIME in seconds; `nil` if it cannot be read.
    var lifetime: UInt32? {
        var life = Lifetime()
        var reader = ByteReader(data.span)
        while !reader.isAtEnd {
            guard let attribute = try? Attribute(&reader), let value = attribute.value else { return nil }
            // The attributes have different numbers in Phase 1 and Phase 2. Both are accepted.
            let isKnown =
                switch attribute.type {
                case 1, 11: life.take(type: value)
                case 2, 12: life.take(duration: value)
                default: false
                }
            guard isKnown else { return nil }
        }
        return life.seconds
    }
}

/// A Delete payload (RFC 2408 §3.15): SAs of one protocol that the sender has deleted.
struct Deletion: Equatable {
    var protocolID: ProtocolID
    /// Four octets each for ESP, both cookies for ISAKMP.
    var spis: [[UInt8]]

    init(_ protocolID: ProtocolID, _ spis: [[UInt8]]) {
        self.protocolID = protocolID
        self.spis = spis
    }

    init(_ body: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(body)
        guard try reader.uint32() == ipsecDOI else { throw .malformed(at: 0) }
        protocolID = ProtocolID(rawValue: try reader.uint8())
        let length = Int(try reader.uint8())
        let count = Int(try reader.uint16())
        guard count <= Limits.deletedSPIs, length > 0 else { throw .malformed(at: 5) }
        spis = []
        for _ in 0..<count { spis.append(try reader.array(length)) }
        guard reader.isAtEnd else { throw .malformed(at: reader.offset) }
    }

    var octets: [UInt8] {
        var writer = ByteWriter(capacity: 64)
        writer.uint32(ipsecDOI)
        writer.uint8(protocolID.rawValue)
        writer.uint8(UInt8(truncatingIfNeeded: spis.first?.count ?? 4))
        writer.uint16(UInt16(truncatingIfNeeded: spis.count))
        for spi in spis { writer.append(spi) }
        return writer.bytes
    }

    var payload: OutgoingPayload { OutgoingPayload(.delete, octets) }
}
