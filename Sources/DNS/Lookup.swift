import Wire

/// One look-up from the first question to the last: aliases may lead from one question to the next.
public struct Lookup: Sendable {
    /// What was asked for in the beginning.
    public let question: Question
    /// What is to be asked now.
    public private(set) var current: Question
    private var aliases = 0
    private var isAuthentic = true

    /// Nothing has been asked yet.
    public init(_ question: Question) {
        self.question = question
        current = question
    }

    /// The whole answer: no error of a server's, and perhaps no records.
    public struct Answer: Sendable {
        /// The records asked for.
        public let records: [Record]
        /// Each server that had a part in it found it signed (AD).
        public let isAuthentic: Bool

        /// For tests, and for answers that come from elsewhere.
        public init(_ records: [Record], isAuthentic: Bool = false) {
            self.records = records
            self.isAuthentic = isAuthentic
        }
    }

    /// Takes the answer to `current`, whose code is `noError` or `noSuchName`.
    /// - Returns: the answer to `question`; `nil` when a chain of aliases stops short and `current` is to be asked next.
    public mutating func take(_ response: Response) -> Answer? {
        isAuthentic = isAuthentic && response.isAuthentic
        aliases += response.aliases
        if !response.records.isEmpty { return Answer(response.records, isAuthentic: isAuthentic) }
        guard response.aliases > 0, response.code == .noError, aliases < Response.mostAliases else {
            return Answer([], isAuthentic: isAuthentic)
        }
        current = Question(response.name, question.type)
        return nil
    }
}
