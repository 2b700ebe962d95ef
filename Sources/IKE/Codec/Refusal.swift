import Wire

/// Why a message is not acted upon.
struct Refusal: Error {
    enum Kind {
        /// Its form is wrong.
        case malformed
        /// Its sender could not have been our peer, or nobody can know.
        case unauthenticated
        /// Well formed, perhaps authenticated, and not what we agree to.
        case disagreed
        /// It would pass a limit.
        case overLimit
    }

    var kind: Kind
    /// A sentence without full stop.
    var reason: Sentence
    /// What to tell the sender.
    var notify: NotifyType?

    init(_ kind: Kind, _ notify: NotifyType?, _ reason: Sentence) {
        self.kind = kind
        self.reason = reason
        self.notify = notify
    }

    init(_ error: WireError) {
        switch error {
        case .truncated(let at): self.init(.malformed, .payloadMalformed, "its field at octet \(at) is cut off")
        case .malformed(let at): self.init(.malformed, .payloadMalformed, "its field at octet \(at) is malformed")
        }
    }
}
