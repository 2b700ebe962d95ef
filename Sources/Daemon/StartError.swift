import Wire

/// Why the daemon could not start, for the user of `ipsec setup start`.
public struct StartError: Error {
    /// The reason, as a sentence.
    public let reason: Sentence
    init(_ reason: Sentence) { self.reason = reason }
}
