import Wire

/// A look-up from its first question to its last. Aliases may lead to further questions.
public struct Lookup: Sendable {
    /// The first question.
    public let question: Question
    /// The question to ask now.
    public private(set) var current: Question
    private var aliases = 0
    private var isAuthentic = true

    /// Starts a look-up.
    public init(_ question: Question) {
        self.question = question
        current = question
    }

    /// The complete answer, perhaps without records.
    public struct Answer: Sendable {
        /// The records asked for.
        public let records: [Record]
        /// Whether every server involved has validated its signatures (AD).
        public let isAuthentic: Bool

        /// For tests, and for answers from other sources.
        public init(_ records: [Record], isAuthentic: Bool = false) {
            self.records = records
            self.isAuthentic = isAuthentic
        }
    }

    /// Takes the answer to `current`, whose code is `noError` or `noSuchName`.
    /// - Returns: the answer to `question`; `nil` if a chain of aliases is incomplete, and `current` must be asked next.
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
