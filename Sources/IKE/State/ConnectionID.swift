/// Identifies a connection. The daemon assigns the numbers and never reuses one.
public struct ConnectionID: Hashable, Sendable {
    /// The number, unique while the daemon runs.
    public let number: UInt32
    /// The ID with this number.
    public init(_ number: UInt32) { self.number = number }
}
