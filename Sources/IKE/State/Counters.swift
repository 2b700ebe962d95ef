/// What came in and was not believed.
public struct Counters: Sendable {
    /// Of wrong form.
    public var malformed: UInt64 = 0
    /// Belonging to no ISAKMP SA, or to none any more.
    public var unknownCookies: UInt64 = 0
    /// Forged, damaged, out of order, or made with another secret.
    public var unauthenticated: UInt64 = 0
    /// Past a limit.
    public var overLimit: UInt64 = 0
    /// Of another version (IKEv2) or an exchange that we do not have.
    public var unsupported: UInt64 = 0
    /// The same once more: answered again or passed over.
    public var repeated: UInt64 = 0
    /// Well formed, and not what we agree to.
    public var disagreed: UInt64 = 0
    /// All counters 0.
    public init() {}
}
