import Wire

/// Why a data plane failed to do something.
public struct PlaneError: Error {
    /// The reason, for people.
    public let reason: Sentence

    /// `reason` begins with a small letter and has no full stop.
    public init(reason: Sentence) { self.reason = reason }
}
