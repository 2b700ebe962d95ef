import Crypto
import Wire

/// Types of records that are asked for, or that lead from one name to another.
public enum RecordType: UInt16, Sendable {
    /// An IPv4 address (RFC 1035 §3.4.1).
    case a = 1
    /// The owner is another name of its target (RFC 1035 §3.3.1).
    case cname = 5
    /// The name of an address (RFC 1035 §3.3.12).
    case ptr = 12
    /// Text (RFC 1035 §3.3.14).
    case txt = 16
    /// A public key (RFC 2535 §3.1). RFC 3445 keeps it for the DNS itself.
    case key = 25
    /// An IPv6 address (RFC 3596 §2.1).
    case aaaa = 28
    /// Everything below the owner has its counterpart below the target (RFC 6672).
    case dname = 39
    /// A gateway and its key (RFC 4025).
    case ipsecKey = 45

    /// As zone files have it.
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

/// What somebody wants to know: the records of one type at one name, of class IN.
public struct Question: Hashable, Sendable, Worded {
    /// Whose records.
    public let name: DomainName
    /// Which of them.
    public let type: RecordType

    /// The records of `type` at `name`.
    public init(_ name: DomainName, _ type: RecordType) {
        self.name = name
        self.type = type
    }

    /// `gate.example.org. A`
    public var sentence: Sentence { "\(name) \(type.word)" }
}

/// One message that asks a question, and reads what comes in answer to it.
public struct Query: Sendable {
    /// Octets of an answer over UDP that we take (EDNS, RFC 6891 §6.2.5): no path that we know of fragments it.
    public static let answerOctets = 1_232

    /// What is asked.
    public let question: Question
    private let id: UInt16
    /// The name, in the mixture of cases that the answer has to repeat.
    private let casedName: [UInt8]
    private let usesEDNS: Bool

    /// A message with an ID and a mixture of cases of its own.
    /// - Parameter usesEDNS: whether an answer may have `answerOctets` and not 512 only. A server that does not know EDNS says
    ///   `formatError` or `notImplemented`.
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

    /// The message. Over TCP its length goes before it, in two octets (RFC 1035 §4.2.2).
    public var octets: [UInt8] {
        var writer = ByteWriter()
        writer.uint16(id)
        // Recursion is desired, and the AD bit of the answer is understood (RFC 6840 §5.7).
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

    /// What a message is to this query.
    public enum Reading: Sendable {
        /// No answer to it: another's, forged, or not a message of the DNS.
        case foreign
        /// An answer that does not repeat the cases: forged, or of a server that does not keep them. Over TCP such a server can be
        /// believed.
        case wrongCase(Response)
        /// The answer.
        case response(Response)
    }

    /// Reads a message of the server that was asked.
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
            // Who cannot read the question at all need not repeat it.
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
