import Wire

/// Why a plane could not do what it was asked, as a sentence.
public struct PlaneError: Error {
    /// The sentence.
    public let reason: Sentence

    /// `reason` begins with a small letter and has no full stop.
    public init(reason: Sentence) { self.reason = reason }
}
