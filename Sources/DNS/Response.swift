import Wire

/// What a server says of the question as a whole (RCODE, RFC 1035 §4.1.1).
public enum ResponseCode: UInt8, Sendable {
    /// There is an answer, perhaps of no records.
    case noError = 0
    /// The server cannot read the question.
    case formatError = 1
    /// The server could not find out. A validator says it of records that are not validly signed.
    case serverFailure = 2
    /// There is no such name.
    case noSuchName = 3
    /// The server does not do such things.
    case notImplemented = 4
    /// The server does not serve us.
    case refused = 5
    /// Any other one.
    case other = 15

    /// As dig has it.
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

/// One server's answer, as far as it belongs to the question.
public struct Response: Sendable {
    /// Names that lead on from one another (CNAME, DNAME) at most, in one answer and in one look-up.
    public static let mostAliases = 8
    /// Records of one answer that are looked at.
    static let mostRecords = 64

    /// What the server says of the question.
    public let code: ResponseCode
    /// There was more to say than the message holds (TC).
    public private(set) var isTruncated = false
    /// The server found the records signed and the signatures valid (AD). Its word is as good as the way to it.
    public private(set) var isAuthentic = false
    /// The records asked for, of the name itself or of the one that it stands for.
    public private(set) var records: [Record] = []
    /// The name that the question's stands for: the end of the chain of aliases, as far as the answer holds it.
    public private(set) var name: DomainName
    /// How many aliases led there.
    public private(set) var aliases = 0

    /// An answer that holds its code alone.
    init(_ question: Question, _ code: ResponseCode) {
        self.code = code
        name = question.name
    }

    /// Reads the answer section. What cannot be read ends it, and what belongs to a name that nobody asked for is left out.
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

    /// Records are taken in whatever order they stand.
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

    /// One resource record of the answer section (RFC 1035 §4.1.3).
    private struct Entry {
        enum Content {
            case record(Record)
            case alias(DomainName)
            case tree(DomainName)
            /// Of another type or class.
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
            // Names in the data may point into the whole message.
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
