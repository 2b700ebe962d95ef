import Wire

/// The numbers of RFC 2407, 2408, 2409, 3706 and 3947. They are structs, since a peer may send any value.

/// Payload types (RFC 2408 §3.1, RFC 3947 §3.2 and §5.2).
struct PayloadType: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let none = PayloadType(rawValue: 0)
    static let securityAssociation = PayloadType(rawValue: 1)
    static let keyExchange = PayloadType(rawValue: 4)
    static let identification = PayloadType(rawValue: 5)
    static let certificate = PayloadType(rawValue: 6)
    static let certificateRequest = PayloadType(rawValue: 7)
    static let hash = PayloadType(rawValue: 8)
    static let signature = PayloadType(rawValue: 9)
    static let nonce = PayloadType(rawValue: 10)
    static let notification = PayloadType(rawValue: 11)
    static let delete = PayloadType(rawValue: 12)
    static let vendorID = PayloadType(rawValue: 13)
    static let natDetection = PayloadType(rawValue: 20)
    static let natOriginalAddress = PayloadType(rawValue: 21)
    /// The numbers of the drafts of RFC 3947.
    static let draftNATDetection = PayloadType(rawValue: 130)
    static let draftNATOriginalAddress = PayloadType(rawValue: 131)
    /// A fragment of a message ([MS-IKEE] 2.2.3.1).
    static let fragment = PayloadType(rawValue: 132)

    /// Whether a message may contain it: one of the above, or of the private range, which is ignored.
    var isKnown: Bool {
        switch rawValue {
        case 1, 4...13, 20, 21, 128...255: true
        default: false
        }
    }
}

/// Exchange types (RFC 2408 §3.1, RFC 2409 §5).
struct ExchangeType: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let mainMode = ExchangeType(rawValue: 2)
    static let aggressiveMode = ExchangeType(rawValue: 4)
    static let informational = ExchangeType(rawValue: 5)
    static let transaction = ExchangeType(rawValue: 6)
    static let quickMode = ExchangeType(rawValue: 32)
    static let newGroupMode = ExchangeType(rawValue: 33)

    var name: StaticString {
        switch rawValue {
        case 1: "Base"
        case 2: "Main Mode"
        case 3: "Authentication Only"
        case 4: "Aggressive Mode"
        case 5: "Informational"
        case 6: "Transaction (Mode Config, XAUTH)"
        case 32: "Quick Mode"
        case 33: "New Group Mode"
        default: "unknown"
        }
    }
}

/// Protocol identifiers (RFC 2407 §4.4.1).
struct ProtocolID: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let isakmp = ProtocolID(rawValue: 1)
    static let ah = ProtocolID(rawValue: 2)
    static let esp = ProtocolID(rawValue: 3)
    static let ipcomp = ProtocolID(rawValue: 4)
}

/// The encoding of a certificate payload (RFC 2408 §3.9). Only X.509 Certificate - Signature is supported.
enum CertificateType {
    static let signature: UInt8 = 4
}

/// Notify message types (RFC 2408 §3.14.1, RFC 2407 §4.6.3, RFC 3706).
struct NotifyType: RawRepresentable, Equatable, Worded {
    let rawValue: UInt16
    static let invalidPayloadType = NotifyType(rawValue: 1)
    static let doiNotSupported = NotifyType(rawValue: 2)
    static let situationNotSupported = NotifyType(rawValue: 3)
    static let invalidCookie = NotifyType(rawValue: 4)
    static let invalidMajorVersion = NotifyType(rawValue: 5)
    static let invalidExchangeType = NotifyType(rawValue: 7)
    static let noProposalChosen = NotifyType(rawValue: 14)
    static let payloadMalformed = NotifyType(rawValue: 16)
    static let invalidKeyInformation = NotifyType(rawValue: 17)
    static let invalidIDInformation = NotifyType(rawValue: 18)
    static let invalidHashInformation = NotifyType(rawValue: 23)
    static let authenticationFailed = NotifyType(rawValue: 24)
    static let unsupportedExchangeType = NotifyType(rawValue: 29)
    static let connected = NotifyType(rawValue: 16384)
    static let responderLifetime = NotifyType(rawValue: 24576)
    static let replayStatus = NotifyType(rawValue: 24577)
    static let initialContact = NotifyType(rawValue: 24578)
    static let areYouThere = NotifyType(rawValue: 36136)
    static let areYouThereAck = NotifyType(rawValue: 36137)

    /// Whether it is an error (RFC 2408 §3.14.1), not a status.
    var isError: Bool { rawValue < 16384 }

    /// Its whack code: 200 plus the number if that is below 299, otherwise 299.
    var code: Int { rawValue < 99 ? 200 + Int(rawValue) : 299 }

    var sentence: Sentence {
        let name: StaticString
        switch rawValue {
        case 1: name = "INVALID-PAYLOAD-TYPE"
        case 2: name = "DOI-NOT-SUPPORTED"
        case 3: name = "SITUATION-NOT-SUPPORTED"
        case 4: name = "INVALID-COOKIE"
        case 5: name = "INVALID-MAJOR-VERSION"
        case 6: name = "INVALID-MINOR-VERSION"
        case 7: name = "INVALID-EXCHANGE-TYPE"
        case 8: name = "INVALID-FLAGS"
        case 9: name = "INVALID-MESSAGE-ID"
        case 10: name = "INVALID-PROTOCOL-ID"
        case 11: name = "INVALID-SPI"
        case 12: name = "INVALID-TRANSFORM-ID"
        case 13: name = "ATTRIBUTES-NOT-SUPPORTED"
        case 14: name = "NO-PROPOSAL-CHOSEN"
        case 15: name = "BAD-PROPOSAL-SYNTAX"
        case 16: name = "PAYLOAD-MALFORMED"
        case 17: name = "INVALID-KEY-INFORMATION"
        case 18: name = "INVALID-ID-INFORMATION"
        case 19: name = "INVALID-CERT-ENCODING"
        case 20: name = "INVALID-CERTIFICATE"
        case 21: name = "CERT-TYPE-UNSUPPORTED"
        case 22: name = "INVALID-CERT-AUTHORITY"
        case 23: name = "INVALID-HASH-INFORMATION"
        case 24: name = "AUTHENTICATION-FAILED"
        case 25: name = "INVALID-SIGNATURE"
        case 26: name = "ADDRESS-NOTIFICATION"
        case 27: name = "NOTIFY-SA-LIFETIME"
        case 28: name = "CERTIFICATE-UNAVAILABLE"
        case 29: name = "UNSUPPORTED-EXCHANGE-TYPE"
        case 30: name = "UNEQUAL-PAYLOAD-LENGTHS"
        case 16384: name = "CONNECTED"
        case 24576: name = "RESPONDER-LIFETIME"
        case 24577: name = "REPLAY-STATUS"
        case 24578: name = "INITIAL-CONTACT"
        case 36136: name = "R-U-THERE"
        case 36137: name = "R-U-THERE-ACK"
        default: return "notification \(rawValue)"
        }
        return "\(name)"
    }
}

/// The domain of interpretation: IPsec (RFC 2407 §4.2).
let ipsecDOI: UInt32 = 1
