import Crypto
import Wire

/// Types of records that are asked for, and of aliases.
public enum RecordType: UInt16, Sendable {
    /// An IPv4 address (RFC 1035 §3.4.1).
    case a = 1
    /// An alias: the owner is another name of the target (RFC 1035 §3.3.1).
    case cname = 5
    /// The name of an address (RFC 1035 §3.3.12).
    case ptr = 12
    /// Text (RFC 1035 §3.3.14).
    case txt = 16
    /// A public key (RFC 2535 §3.1). RFC 3445 reserves it for the DNS itself.
    case key = 25
    /// An IPv6 address (RFC 3596 §2.1).
    case aaaa = 28
    /// An alias for all names below the owner (RFC 6672).
    case dname = 39
    /// A gateway and its key (RFC 4025).
    case ipsecKey = 45

    /// The name of the type, as in zone files.
    public var word: StaticString {
        switch self {
        case .a: "A"
        case .cname: "CNAME"
        case .ptr: "PTR"
        case .txt: "TXT"
        case .key: "KEY"
        case .aaaa: "AAAA"
        case .dname: "DNAME"
        case .ipsecKey: "IPSECKEY"
        }
    }
}

/// A question: the records of one type at one name, of class IN.
public struct Question: Hashable, Sendable, Worded {
    /// The name.
    public let name: DomainName
    /// The type of records.
    public let type: RecordType

    /// The records of `type` at `name`.
    public init(_ name: DomainName, _ type: RecordType) {
        self.name = name
        self.type = type
    }

    /// `gate.example.org. A`
    public var sentence: Sentence { "\(name) \(type.word)" }
}

/// One message with a question. It also reads the reply.
public struct Query: Sendable {
    /// Octets of a reply over UDP that are accepted (EDNS, RFC 6891 §6.2.5): no known path fragments it.
    public static let answerOctets = 1_232

    /// The question.
    public let question: Question
    private let id: UInt16
    /// The name in a random mixture of upper and lower case, which the reply must repeat.
    private let casedName: [UInt8]
    private let usesEDNS: Bool

    /// A message with a random ID and mixture of cases.
    /// - Parameter usesEDNS: whether the reply may have `answerOctets` instead of 512. A server without EDNS replies with `formatError` or
    ///   `notImplemented`.
    public init(_ question: Question, random: RandomSource, usesEDNS: Bool = true) {
        let bits = random.bytes(DomainName.longest / 8 + 1)
        self.init(
            question, id: UInt16(truncatingIfNeeded: random.uint32()), casedName: question.name.withCases(bits), usesEDNS: usesEDNS)
    }

    init(_ question: Question, id: UInt16, casedName: [UInt8], usesEDNS: Bool) {
        self.question = question
        self.id = id
        self.casedName = casedName
        self.usesEDNS = usesEDNS
    }

    /// The message. Over TCP two octets with its length precede it (RFC 1035 §4.2.2).
    public var octets: [UInt8] {
        var writer = ByteWriter()
        writer.uint16(id)
        // Recursion is desired, and AD in the reply is understood (RFC 6840 §5.7).
        writer.uint16(0x0120)
        writer.uint16(1)
        writer.zeros(4)
        writer.uint16(usesEDNS ? 1 : 0)
        writer.append(casedName)
        writer.uint16(question.type.rawValue)
        writer.uint16(Self.internet)
        guard usesEDNS else { return writer.bytes }
        // OPT, owned by the root (RFC 6891 §6.1.2).
        writer.uint8(0)
        writer.uint16(41)
        writer.uint16(UInt16(Self.answerOctets))
        writer.zeros(6)
        return writer.bytes
    }

    /// What a received message is for this query.
    public enum Reading: Sendable {
        /// Not the reply: another query's, forged, or not a DNS message.
        case foreign
        /// A reply that does not repeat the cases: forged, or from a server that does not preserve them. Over TCP such a server can be
        /// believed.
        case wrongCase(Response)
        /// The reply.
        case response(Response)
    }

    /// Reads a message from the server that was asked.
    public func read(_ message: Span<UInt8>) -> Reading {
        do throws(WireError) {
            var reader = ByteReader(message)
            guard try reader.uint16() == id else { return .foreign }
            let flags = try reader.uint16()
            guard flags & 0xf800 == 0x8000 else { return .foreign } // QR, and opcode 0
            let code = ResponseCode(rawValue: UInt8(flags & 15)) ?? .other
            let questions = try reader.uint16()
            let count = try reader.uint16()
            try reader.skip(4)
            // A server that cannot read the question need not repeat it.
            if questions == 0, code == .formatError { return .response(Response(question, code)) }
            guard questions == 1 else { return .foreign }
            let repeated = try reader.array(casedName.count)
            guard DomainName(wire: repeated) == question.name, try reader.uint16() == question.type.rawValue,
                try reader.uint16() == Self.internet
            else { return .foreign }
            let response = Response(
                question, code, flags: flags, answers: code == .noError || code == .noSuchName ? Int(count) : 0, &reader)
            return repeated == casedName ? .response(response) : .wrongCase(response)
        } catch { return .foreign }
    }

    /// Class IN.
    static let internet: UInt16 = 1
}
