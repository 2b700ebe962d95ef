import Configuration
import DataPlane
import Host
import Linux
import Netlink
import Wire

/// `ipsec verify`: checks this installation from outside the daemon. It changes nothing.
public final class Verification {
    /// The result of a check.
    public enum Grade: Sendable { case ok, warning, failed }

    /// One check.
    public struct Finding {
        /// Its result.
        public let grade: Grade
        /// What was checked, as a statement that should be true.
        public let what: Sentence
        /// What to do; empty if it is true.
        public let advice: Sentence
    }

    /// The checks, in order.
    public private(set) var findings: [Finding] = []
    /// Whether a check failed.
    public var hasFailed: Bool { findings.contains { $0.grade == .failed } }

    let options: DaemonOptions
    let configuration: Configuration
    let channel: NetlinkChannel?
    let addresses: [InterfaceAddress]
    let links: [Link]
    /// Conns that are loaded and have an end on this machine.
    var oriented: [(name: Name, oriented: Oriented, opensFirewall: Bool)] = []
    var hasKernelESP = false

    /// Reads the configuration and this machine's interfaces.
    init(_ options: DaemonOptions) {
        self.options = options
        configuration = Configuration.load(Gateway.name(options.configurationFolder / "ipsec.conf"), from: DiskFiles())
        channel = try? NetlinkChannel(.route)
        links = (try? channel?.dump(Link.dump(), Link.read)) ?? []
        addresses = (try? channel?.dump(InterfaceAddress.dump(), InterfaceAddress.read)) ?? []
    }

    func ok(_ what: __owned Sentence) { findings.append(Finding(grade: .ok, what: what, advice: "")) }
    func warn(_ what: __owned Sentence, _ advice: __owned Sentence) {
        findings.append(Finding(grade: .warning, what: what, advice: advice))
    }
    func fail(_ what: __owned Sentence, _ advice: __owned Sentence) { findings.append(Finding(grade: .failed, what: what, advice: advice)) }
    func look(_ isWell: Bool, _ what: __owned Sentence, _ advice: __owned Sentence) {
        if isWell { ok(what) } else { fail(what, advice) }
    }

    /// A setting under /proc/sys, as a number.
    static func setting(_ name: __owned Sentence) -> UInt64? {
        guard let value = try? Sysctl.read(name) else { return nil }
        return Text.decimal(value[...])
    }
}
