import Wire

/// The ISAKMP header (RFC 2408 §3.1).
struct Header: Equatable {
    static let length = 28
    /// Major 1, minor 0.
    static let version: UInt8 = 0x10

    struct Flags: OptionSet {
        let rawValue: UInt8
        static let encryption = Flags(rawValue: 1)
        static let commit = Flags(rawValue: 2)
        static let authenticationOnly = Flags(rawValue: 4)
    }

    var initiatorCookie: UInt64
    /// 0 in the first message of an exchange.
    var responderCookie: UInt64
    var nextPayload: PayloadType
    var version: UInt8
    var exchange: ExchangeType
    var flags: Flags
    /// 0 in Main Mode.
    var messageID: UInt32
    /// The length of the whole message in octets, as the header gives it.
    var messageLength: UInt32

    init(
        _ initiatorCookie: UInt64, _ responderCookie: UInt64, _ exchange: ExchangeType, messageID: UInt32 = 0,
        flags: Flags = []
    ) {
        self.initiatorCookie = initiatorCookie
        self.responderCookie = responderCookie
        nextPayload = .none
        version = Self.version
        self.exchange = exchange
        self.flags = flags
        self.messageID = messageID
        messageLength = 0
    }

    /// Reads the header at the beginning of `bytes`. Checks only that it is complete.
    init(_ bytes: Span<UInt8>) throws(WireError) {
        var reader = ByteReader(bytes)
        initiatorCookie = try reader.uint64()
        responderCookie = try reader.uint64()
        nextPayload = PayloadType(rawValue: try reader.uint8())
        version = try reader.uint8()
        exchange = ExchangeType(rawValue: try reader.uint8())
        flags = Flags(rawValue: try reader.uint8())
        messageID = try reader.uint32()
        messageLength = try reader.uint32()
    }

    func write(to writer: inout ByteWriter) {
        writer.uint64(initiatorCookie)
        writer.uint64(responderCookie)
        writer.uint8(nextPayload.rawValue)
        writer.uint8(version)
        writer.uint8(exchange.rawValue)
        writer.uint8(flags.rawValue)
        writer.uint32(messageID)
        writer.uint32(messageLength)
    }

    var words: Sentence {
        "\(exchange.name) \(Text.hex(initiatorCookie, digits: 16)):\(Text.hex(responderCookie, digits: 16)) "
            + "message ID \(Text.hex(UInt64(messageID), digits: 8))\(isEncrypted ? ", encrypted" : "")"
    }

    var isEncrypted: Bool { flags.contains(.encryption) }
}
