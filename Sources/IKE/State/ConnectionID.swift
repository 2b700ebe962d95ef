/// Tells connections apart for as long as the daemon runs; the Gateway hands them out and never reuses one.
public struct ConnectionID: Hashable, Sendable {
    /// The number, unique while the daemon runs.
    public let number: UInt32
    /// The ID with this number.
    public init(_ number: UInt32) { self.number = number }
}
