/// Messages that were refused, by cause.
public struct Counters: Sendable {
    /// Malformed messages.
    public var malformed: UInt64 = 0
    /// Messages whose cookies belong to no ISAKMP SA.
    public var unknownCookies: UInt64 = 0
    /// Messages that were forged, damaged, out of order, or protected with another secret.
    public var unauthenticated: UInt64 = 0
    /// Messages that exceed a limit.
    public var overLimit: UInt64 = 0
    /// Messages of another version (IKEv2) or of an unsupported exchange.
    public var unsupported: UInt64 = 0
    /// Repeated messages, answered again or ignored.
    public var repeated: UInt64 = 0
    /// Well-formed messages that propose what the policy does not accept.
    public var disagreed: UInt64 = 0
    /// All counters 0.
    public init() {}
}
