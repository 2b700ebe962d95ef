import Netlink
import Wire

/// Cygnet's policies in the kernel. It changes no others.
final class XFRMPolicies {
    private let channel: NetlinkChannel
    /// Where we have policies, by the outbound policy's selector. A bit for each direction is set if there is a policy; three bits above
    /// them for policies without templates, and three for those that block. A thousand peers need one entry each.
    private var present: [XFRMSelector: UInt16] = [:]
    /// The policies that the last `look` found.
    private var found: [XFRMPolicy] = []
    /// The counter in the index of the next policy.
    private var nextNumber: UInt32 = 0

    /// Reads what an earlier run left.
    init(_ channel: NetlinkChannel) throws(NetlinkError) {
        self.channel = channel
        try look(keeping: true)
    }

    /// - Parameter keeping: whether `found` keeps them; the policies of a thousand peers take a megabyte.
    private func look(keeping: Bool) throws(NetlinkError) {
        present = [:]
        found = try channel.dump(XFRMPolicy.dump()) { (header, body) throws(WireError) -> XFRMPolicy? in
            guard let policy = try XFRMPolicy.read(header, body), Self.isOurs(policy) else { return nil }
            note(policy)
            if policy.index & Self.tagMask == Self.tag {
                nextNumber = max(nextNumber, (policy.index >> 3 & 0x7fff) + 1) & 0x7fff
            }
            return keeping ? policy : nil
        }
    }

    /// Returns the policies that the last `look` found, and forgets them.
    func takeFound() -> [XFRMPolicy] {
        defer { found = [] }
        return found
    }

    private static func traffic(_ policy: XFRMPolicy) -> XFRMSelector {
        policy.direction == .outbound ? policy.selector : policy.selector.reversed
    }

    private static func bit(_ policy: XFRMPolicy) -> UInt16 { 1 << policy.direction.rawValue }

    private func has(_ policy: XFRMPolicy) -> Bool { (present[Self.traffic(policy)] ?? 0) & Self.bit(policy) != 0 }

    private func note(_ policy: XFRMPolicy) {
        let bit = Self.bit(policy)
        let others = (present[Self.traffic(policy)] ?? 0) & ~(bit | bit << 3 | bit << 6)
        present[Self.traffic(policy)] = others | bit | (policy.templates.isEmpty ? bit << 3 : 0) | (policy.action == .block ? bit << 6 : 0)
    }

    /// Whether we have a policy with this direction and selector.
    func has(_ direction: XFRMPolicy.Direction, _ selector: XFRMSelector) -> Bool {
        has(XFRMPolicy(direction, selector, priority: 0, templates: []))
    }

    /// Whether policies of ours are no longer in the kernel. Reads those that are.
    func areMissing() throws(NetlinkError) -> Bool {
        let given = present
        try look(keeping: false)
        return given.contains { traffic, bits in bits & 7 & ~(present[traffic] ?? 0) != 0 }
    }

    /// Adds or replaces a policy. The kernel then tries again to send packets that wait for an SA.
    /// - Throws: if another program's policy has this direction and selector, or the kernel refuses it.
    func set(_ policy: XFRMPolicy) throws(NetlinkError) {
        if has(policy) {
            try channel.perform(policy.update())
        } else {
            var numbered = policy
            numbered.index |= nextNumber << 3
            try channel.perform(numbered.add())
            nextNumber = (nextNumber + 1) & 0x7fff
        }
        note(policy)
    }

    func remove(_ policy: XFRMPolicy) throws(NetlinkError) {
        guard has(policy) else { return }
        do throws(NetlinkError) {
            try channel.perform(policy.remove())
        } catch { if !error.isNotThere { throw error } }
        let bit = Self.bit(policy)
        let rest = (present[Self.traffic(policy)] ?? 0) & ~(bit | bit << 3 | bit << 6)
        present[Self.traffic(policy)] = rest == 0 ? nil : rest
    }

    /// Removes all of our policies from the kernel. Returns failures, for people.
    func removeAll() -> [Sentence] {
        var failures: [Sentence] = []
        do throws(NetlinkError) {
            try look(keeping: true)
        } catch { failures.append("\(error)") }
        for policy in takeFound() {
            do throws(NetlinkError) {
                try remove(policy)
            } catch { failures.append("\(error)") }
        }
        return failures
    }

    /// Changes our policies without templates to `wanted`: new ones are added before others are removed. Of several with the same selector
    /// the first one is used; an eroute's own policy is kept.
    func updateWithoutTemplates(_ wanted: [XFRMPolicy], _ larvalDrop: LarvalDrop) throws(NetlinkError) {
        var stay: [XFRMSelector: UInt16] = [:]
        for policy in wanted {
            let traffic = Self.traffic(policy)
            let bit = Self.bit(policy)
            let now = present[traffic] ?? 0
            if (stay[traffic] ?? 0) & bit != 0 { continue }
            stay[traffic, default: 0] |= bit
            let isOther = now & bit << 3 != 0 && (now & bit << 6 != 0) != (policy.action == .block)
            if now & bit == 0 || isOther { try set(larvalDrop.mark(policy)) }
        }
        for (selector, bits) in present {
            let gone = bits >> 3 & 7 & ~(stay[selector] ?? 0)
            for direction in [XFRMPolicy.Direction.outbound, .inbound, .forward] where gone & 1 << direction.rawValue != 0 {
                let own = direction == .outbound ? selector : selector.reversed
                try remove(XFRMPolicy(direction, own, priority: 0, templates: []))
            }
        }
    }

    // MARK: Ownership

    /// The kernel gives a policy the index that we ask for, if it is free. Ours begin with these 13 bits, followed by the bit of
    /// `LarvalDrop`, a counter, and in the lowest three bits the direction.
    private static let tag: UInt32 = 0x0cb3 << 19
    private static let tagMask: UInt32 = 0x1fff << 19
    private static let larvalDropBit: UInt32 = 1 << 18

    static func mark(_ policy: XFRMPolicy, larvalDropWasOn: Bool) -> XFRMPolicy {
        var policy = policy
        policy.index = tag | (larvalDropWasOn ? larvalDropBit : 0) | UInt32(policy.direction.rawValue)
        return policy
    }

    /// The parts of a policy's index; `nil` if the policy is not ours.
    static func larvalDropWasOn(_ policy: XFRMPolicy) -> Bool? {
        policy.index & tagMask == tag ? policy.index & larvalDropBit != 0 : nil
    }

    static func isOurs(_ policy: XFRMPolicy) -> Bool {
        if policy.isComplex { return false }
        if let template = policy.templates.first { return RequestIDs.isOurs(template.requestID) }
        return policy.index & tagMask == tag
    }
}
