import Linux
import Netlink
import Wire

/// net.core.xfrm_larval_drop: with 1, the kernel's default, a packet that has to wait for an SA is dropped; with 0 it is
/// kept for a while and sent when the SA stands.
///
/// A run that crashed cannot say what it had found, so that its policies do: a bit in the numbers that we give them.
struct LarvalDrop {
    private static let setting: Sentence = "net/core/xfrm_larval_drop"

    /// Whether it was on before us; `nil` while we have not touched it.
    private var wasOn: Bool?

    /// - Parameter leftover: policies that an earlier run left.
    init(leftover: [XFRMPolicy]) {
        for policy in leftover {
            if let known = XFRMPolicies.larvalDropWasOn(policy) { wasOn = known }
        }
    }

    /// Has packets wait.
    mutating func switchOff(_ log: Log) {
        guard let value = try? Sysctl.read(Self.setting) else { return }
        let isOn = value != [UInt8(ascii: "0")]
        if wasOn == nil { wasOn = isOn }
        guard isOn else { return }
        do throws(SystemError) {
            try Sysctl.write(Self.setting, "0")
        } catch { log.warning("packets that wait for a tunnel are dropped: \(error)") }
    }

    mutating func restore(_ log: Log) {
        defer { wasOn = nil }
        guard wasOn == true else { return }
        do throws(SystemError) {
            try Sysctl.write(Self.setting, "1")
        } catch { log.warning("\(error)") }
    }

    /// Has a policy remember what was found.
    func mark(_ policy: XFRMPolicy) -> XFRMPolicy { XFRMPolicies.mark(policy, larvalDropWasOn: wasOn ?? true) }
}
