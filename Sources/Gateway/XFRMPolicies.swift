import Netlink
import Wire

/// The policies of ours in the kernel: it knows which they are, and changes no other.
final class XFRMPolicies {
    /// The kernel has one policy for each.
    private struct Place: Hashable {
        let direction: XFRMPolicy.Direction
        let selector: XFRMSelector
        init(_ policy: XFRMPolicy) {
            direction = policy.direction
            selector = policy.selector
        }
    }

    private let exchange: Exchange
    private var present: [Place: XFRMPolicy] = [:]
    /// The count in the number of the next policy.
    private var nextNumber: UInt32 = 0

    /// Looks at what an earlier run left.
    init(_ exchange: Exchange) throws(NetlinkError) {
        self.exchange = exchange
        try look()
    }

    private func look() throws(NetlinkError) {
        present = [:]
        for policy in try exchange.dump(XFRMPolicy.dump(), XFRMPolicy.read) where Self.isOurs(policy) {
            present[Place(policy)] = policy
            if policy.index & Self.tagMask == Self.tag {
                nextNumber = max(nextNumber, (policy.index >> 3 & 0x7fff) + 1) & 0x7fff
            }
        }
    }

    var all: [XFRMPolicy] { present.values.map { $0 } }

    /// Makes a policy what it ought to be. The kernel then tries packets again that wait for an SA.
    /// - Throws: another program's policy has this direction and selector, and what else the kernel says.
    func set(_ policy: XFRMPolicy) throws(NetlinkError) {
        let place = Place(policy)
        if present[place] != nil {
            try exchange.perform(policy.update())
        } else {
            var numbered = policy
            numbered.index |= nextNumber << 3
            try exchange.perform(numbered.add())
            nextNumber = (nextNumber + 1) & 0x7fff
        }
        present[place] = policy
    }

    func remove(_ policy: XFRMPolicy) throws(NetlinkError) {
        let place = Place(policy)
        guard present[place] != nil else { return }
        do throws(NetlinkError) {
            try exchange.perform(policy.remove())
        } catch { if !error.isNotThere { throw error } }
        present[place] = nil
    }

    /// Removes every one of ours that the kernel has. What it refused, in words.
    func removeAll() -> [Sentence] {
        var failures: [Sentence] = []
        do throws(NetlinkError) {
            try look()
        } catch { failures.append("\(error)") }
        for policy in all {
            do throws(NetlinkError) {
                try remove(policy)
            } catch { failures.append("\(error)") }
        }
        return failures
    }

    /// Brings those of ours without templates to `wanted`: what is new first, and then away with the others.
    func bringUnmarked(_ wanted: [XFRMPolicy], _ larvalDrop: LarvalDrop) throws(NetlinkError) {
        let places = Set(wanted.map { Place($0) })
        for policy in wanted where present[Place(policy)] == nil { try set(larvalDrop.mark(policy)) }
        for policy in all where policy.templates.isEmpty && !places.contains(Place(policy)) { try remove(policy) }
    }

    // MARK: Whose it is

    /// The kernel gives a policy the number that we ask for where it is free. Ours begin with these 13 bits; then comes what
    /// `LarvalDrop` found, a count, and in the lowest three bits the direction, as the kernel has it.
    private static let tag: UInt32 = 0x0cb3 << 19
    private static let tagMask: UInt32 = 0x1fff << 19
    private static let larvalDropBit: UInt32 = 1 << 18

    static func mark(_ policy: XFRMPolicy, larvalDropWasOn: Bool) -> XFRMPolicy {
        var policy = policy
        policy.index = tag | (larvalDropWasOn ? larvalDropBit : 0) | UInt32(policy.direction.rawValue)
        return policy
    }

    /// What a policy's number says; `nil` when it is not one of ours.
    static func larvalDropWasOn(_ policy: XFRMPolicy) -> Bool? {
        policy.index & tagMask == tag ? policy.index & larvalDropBit != 0 : nil
    }

    static func isOurs(_ policy: XFRMPolicy) -> Bool {
        if policy.isComplex { return false }
        if let template = policy.templates.first { return RequestIDs.isOurs(template.requestID) }
        return policy.index & tagMask == tag
    }
}
