import Wire

/// The place of one payload in a message: its body, without the generic header of four octets (RFC 2408 §3.2).
struct PayloadPlace: Equatable {
    let type: PayloadType
    let body: Range<Int>
    /// The first octet of its generic header.
    var start: Int { body.lowerBound - 4 }
}

/// The payloads of a message.
struct PayloadChain {
    private(set) var places: [PayloadPlace] = []
    /// The end of the last payload. In an encrypted message padding follows.
    private(set) var end: Int

    /// Reads the chain of payloads behind the header. Each length must cover its own header and end within the message, so every
    /// step goes forward. `Limits.payloads` bounds their number.
    ///
    /// - Parameter padded: whether octets may follow the last payload, as in an encrypted message (RFC 2409 app. B).
    init(_ message: Span<UInt8>, first: PayloadType, padded: Bool) throws(WireError) {
        var reader = ByteReader(message)
        try reader.skip(Header.length)
        var type = first
        while type != .none {
            let at = reader.offset
            guard type.isKnown, places.count < Limits.payloads else { throw .malformed(at: at) }
            let next = PayloadType(rawValue: try reader.uint8())
            // This reserved octet must be zero (RFC 2408 §5.3). A message decrypted with a wrong key mostly fails here.
            guard try reader.uint8() == 0 else { throw .malformed(at: at + 1) }
            let length = Int(try reader.uint16())
            guard length >= 4 else { throw .malformed(at: at + 2) }
            try reader.skip(length - 4)
            places.append(PayloadPlace(type: type, body: (at + 4)..<(at + length)))
            type = next
        }
        end = reader.offset
        guard !places.isEmpty, padded || reader.isAtEnd else { throw .malformed(at: end) }
    }

    /// The hash if the first payload is one; otherwise `nil`.
    func hash(in message: [UInt8]) -> [UInt8]? {
        places[0].type == .hash ? Array(message[places[0].body]) : nil
    }

    /// The payloads that HASH(1) and HASH(2) cover: all that follow the hash.
    func hashed(in message: [UInt8]) -> [UInt8] { Array(message[places[0].body.upperBound..<end]) }
}

/// A payload to send.
struct OutgoingPayload {
    let type: PayloadType
    let body: [UInt8]

    init(_ type: PayloadType, _ body: [UInt8]) {
        self.type = type
        self.body = body
    }
}

extension [OutgoingPayload] {
    /// The payloads one after the other, each with the type of the next.
    var octets: [UInt8] {
        var writer = ByteWriter(capacity: reduce(0) { $0 + $1.body.count + 4 })
        for index in indices {
            writer.uint8(index + 1 < count ? self[index + 1].type.rawValue : 0)
            writer.uint8(0)
            writer.uint16(UInt16(truncatingIfNeeded: self[index].body.count + 4))
            writer.append(self[index].body)
        }
        return writer.bytes
    }

    /// A whole unencrypted message.
    func message(_ header: Header) -> [UInt8] {
        var header = header
        let body = octets
        header.nextPayload = first?.type ?? .none
        header.messageLength = UInt32(Header.length + body.count)
        var writer = ByteWriter(capacity: Header.length + body.count)
        header.write(to: &writer)
        writer.append(body)
        return writer.bytes
    }
}
