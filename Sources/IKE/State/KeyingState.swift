/// The engine's state of one connection.
final class KeyingState {
    var sharedPolicy: SharedPolicy
    var policy: Policy { sharedPolicy.policy }
    /// Whether it is to be up: set by `initiate`, cleared by `terminate` and when the last try fails.
    var isWanted = false
    /// Failed attempts since it was wanted, or since a pair last lived for a while.
    var failures: UInt32 = 0
    /// When the next attempt begins.
    var retryAt: UInt64?
    /// No packet triggers an attempt before this time.
    var restsUntil: UInt64 = 0

    init(_ policy: Policy) { sharedPolicy = SharedPolicy(policy) }
}
