/// A policy on the heap, shared by a connection and its exchanges and SAs.
///
/// An exchange or an SA keeps the policy with which it began, even if the connection is reloaded.
final class SharedPolicy {
    let policy: Policy
    init(_ policy: Policy) { self.policy = policy }
}
