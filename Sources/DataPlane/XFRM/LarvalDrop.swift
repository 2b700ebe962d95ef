import Linux
import Netlink
import Wire

/// net.core.xfrm_larval_drop: with 1, the kernel's default, a packet that needs an SA is dropped; with 0 it is queued and sent when the SA
/// is installed.
///
/// A bit in the index of each policy keeps the former value, so that the next run can restore it after a crash.
struct LarvalDrop {
    private static let setting: Sentence = "net/core/xfrm_larval_drop"

    /// Whether the former value was 1; `nil` until it is changed.
    private var wasOn: Bool?

    /// - Parameter leftover: an earlier run's policies.
    init(leftover: [XFRMPolicy]) {
        for policy in leftover {
            if let known = XFRMPolicies.larvalDropWasOn(policy) { wasOn = known }
        }
    }

    /// Has packets queued.
    mutating func switchOff(_ log: Log) {
        do throws(SystemError) {
            let isOn = try Sysctl.read(Self.setting) != [UInt8(ascii: "0")]
            if wasOn == nil { wasOn = isOn }
            if isOn { try Sysctl.write(Self.setting, "0") }
        } catch { if !error.isNoSuchFile { log.warning("packets that wait for a tunnel are dropped: \(error)") } }
    }

    /// Restores the former value. Returns the failure, for people.
    mutating func restore() -> Sentence? {
        defer { wasOn = nil }
        guard wasOn == true else { return nil }
        do throws(SystemError) {
            try Sysctl.write(Self.setting, "1")
            return nil
        } catch { return "\(error)" }
    }

    /// Marks a policy with the former value.
    func mark(_ policy: XFRMPolicy) -> XFRMPolicy { XFRMPolicies.mark(policy, larvalDropWasOn: wasOn ?? true) }
}
