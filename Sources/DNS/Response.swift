import Wire

/// A server's response code (RCODE, RFC 1035 §4.1.1).
public enum ResponseCode: UInt8, Sendable {
    /// Success, perhaps without records.
    case noError = 0
    /// The server cannot read the question.
    case formatError = 1
    /// The server failed. A validating server also says this about records with invalid signatures.
    case serverFailure = 2
    /// The name does not exist.
    case noSuchName = 3
    /// The server does not support the request.
    case notImplemented = 4
    /// The server refuses to answer us.
    case refused = 5
    /// Any other one.
    case other = 15

    /// As dig writes it.
    public var word: StaticString {
        switch self {
        case .noError: "NOERROR"
        case .formatError: "FORMERR"
        case .serverFailure: "SERVFAIL"
        case .noSuchName: "NXDOMAIN"
        case .notImplemented: "NOTIMP"
        case .refused: "REFUSED"
        case .other: "an error"
        }
    }
}

/// One server's reply, as far as it answers the question.
public struct Response: Sendable {
    /// The largest number of aliases (CNAME, DNAME) that are followed in one reply and in one look-up.
    public static let mostAliases = 8
    /// The largest number of records of one reply that are read.
    static let mostRecords = 64

    /// The response code.
    public let code: ResponseCode
    /// Whether the reply was cut to the size of the message (TC).
    public private(set) var isTruncated = false
    /// Whether the server has validated the signatures of the records (AD). This is only as trustworthy as the path to the server.
    public private(set) var isAuthentic = false
    /// The records of the requested type, of the name itself or of the name that its aliases lead to.
    public private(set) var records: [Record] = []
    /// The end of the chain of aliases, as far as the reply contains it.
    public private(set) var name: DomainName
    /// Number of aliases followed.
    public private(set) var aliases = 0

    /// A reply with a code only.
    init(_ question: Question, _ code: ResponseCode) {
        self.code = code
        name = question.name
    }

    /// Reads the answer section, up to the first record that cannot be read. Records of other names are ignored.
    init(_ question: Question, _ code: ResponseCode, flags: UInt16, answers: Int, _ reader: inout ByteReader) {
        self.init(question, code)
        isTruncated = flags & 0x0200 != 0
        isAuthentic = flags & 0x0020 != 0
        var entries: [Entry] = []
        for _ in 0..<min(answers, Self.mostRecords) {
            guard let entry = try? Entry(&reader, asked: question.type) else { break }
            entries.append(entry)
        }
        follow(entries)
    }

    /// Records may be in any order.
    private mutating func follow(_ entries: [Entry]) {
        while true {
            for entry in entries where entry.owner == name {
                if case .record(let record) = entry.content { records.append(record) }
            }
            guard records.isEmpty, aliases < Self.mostAliases, let next = successor(entries) else { return }
            name = next
            aliases += 1
        }
    }

    private func successor(_ entries: [Entry]) -> DomainName? {
        for entry in entries {
            switch entry.content {
            case .alias(let target) where entry.owner == name: return target
            case .tree(let target): if let next = name.substituting(entry.owner, by: target) { return next }
            default: break
            }
        }
        return nil
    }

    /// A resource record of the answer section (RFC 1035 §4.1.3).
    private struct Entry {
        enum Content {
            case record(Record)
            case alias(DomainName)
            case tree(DomainName)
            /// Another type or class.
            case other
        }
        let owner: DomainName
        let content: Content

        init(_ reader: inout ByteReader, asked: RecordType) throws(WireError) {
            owner = try DomainName(&reader)
            let type = RecordType(rawValue: try reader.uint16())
            let isInternet = try reader.uint16() == Query.internet
            try reader.skip(4)
            let count = Int(try reader.uint16())
            // Names in the data may have pointers into the whole message.
            var data = reader
            try reader.skip(count)
            let end = reader.offset
            guard isInternet, let type else {
                content = .other
                return
            }
            switch type {
            case .cname, .dname:
                let target = try DomainName(&data)
                guard data.offset == end else { throw .malformed(at: end) }
                content = type == .cname ? .alias(target) : .tree(target)
            case asked: content = .record(Record(type, &data, count: count))
            default: content = .other
            }
        }
    }
}
