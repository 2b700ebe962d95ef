import Wire

/// Why a message is refused.
struct Refusal: Error {
    enum Kind {
        /// It is malformed.
        case malformed
        /// It is not authenticated.
        case unauthenticated
        /// It is well formed, but the policy does not accept what it proposes.
        case disagreed
        /// It exceeds a limit.
        case overLimit
    }

    var kind: Kind
    /// The reason, a sentence without full stop.
    var reason: Sentence
    /// The notification to send; `nil` for none.
    var notify: NotifyType?
    /// Identifies the reason in the log.
    var code: MessageCode?

    init(_ kind: Kind, _ notify: NotifyType?, _ reason: Sentence, code: MessageCode? = nil) {
        self.kind = kind
        self.reason = reason
        self.notify = notify
        self.code = code
    }

    init(_ error: WireError) {
        switch error {
        case .truncated(let at): self.init(.malformed, .payloadMalformed, "its field at octet \(at) is cut off")
        case .malformed(let at): self.init(.malformed, .payloadMalformed, "its field at octet \(at) is malformed")
        }
    }
}
