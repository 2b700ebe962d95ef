/// A policy on the heap, which exchanges and SAs share with their connection.
///
/// An exchange or an SA keeps the policy that it began with, whatever is configured in the meantime. A `Policy` is large, and
/// there are many SAs, so they hold a reference and not a copy.
final class SharedPolicy {
    let policy: Policy
    init(_ policy: Policy) { self.policy = policy }
}
