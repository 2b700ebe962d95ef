/// What the state machine keeps of one connection besides its policy.
final class ConnectionState {
    var sharedPolicy: SharedPolicy
    var policy: Policy { sharedPolicy.policy }
    /// Whether somebody wants it up: set by `initiate`, cleared by `terminate` and by the last attempt's failure.
    var isWanted = false
    /// Whole attempts that came to nothing since it was wanted, or since it last stood for a while.
    var failures: UInt32 = 0
    /// When the next attempt begins.
    var retryAt: UInt64?
    /// After a failure: no packet begins an attempt before this.
    var restsUntil: UInt64 = 0

    init(_ policy: Policy) { sharedPolicy = SharedPolicy(policy) }
}
