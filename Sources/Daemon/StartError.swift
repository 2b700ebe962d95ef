import Wire

/// Why the gateway could not start, as a sentence for whoever said `ipsec setup start`.
public struct StartError: Error {
    /// The sentence.
    public let reason: Sentence
    init(_ reason: Sentence) { self.reason = reason }
}
