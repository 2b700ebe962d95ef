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
    let tables = NetworkTables()
    let addresses: [InterfaceAddress]
    let links: [Link]
    /// Conns that are loaded and have an end on this machine.
    var oriented: [(name: Name, oriented: Oriented, opensFirewall: Bool)] = []
    var hasKernelESP = false

    /// Reads the configuration and this machine's interfaces.
    init(_ options: DaemonOptions) {
        self.options = options
        configuration = Configuration.load(Gateway.name(options.configurationFolder / "ipsec.conf"), from: DiskFiles())
        links = tables.links()
        addresses = tables.addresses()
        for failure in tables.takeFailures() { warnUnread(failure) }
    }

    // MARK: Reading

    /// What depends on something that cannot be read is not checked.
    func warnUnread(_ failure: __owned Sentence) { warn("all checked tables and files are readable", failure) }

    /// What `read` returns of the tables, with a warning for each that cannot be read.
    func read<Value>(_ read: (NetworkTables) -> [Value]) -> [Value] {
        let values = read(tables)
        for failure in tables.takeFailures() { warnUnread(failure) }
        return values
    }

    /// The contents of a file under /proc; empty if this kernel does not have it, or if it cannot be read.
    func read(_ file: Path, limit: Int) -> [UInt8] {
        do throws(SystemError) {
            return try Files.read(file, limit: limit)
        } catch {
            if !error.isNoSuchFile { warnUnread("\(error)") }
            return []
        }
    }

    // MARK: Findings

    func ok(_ what: __owned Sentence) { findings.append(Finding(grade: .ok, what: what, advice: "")) }
    func warn(_ what: __owned Sentence, _ advice: __owned Sentence) {
        findings.append(Finding(grade: .warning, what: what, advice: advice))
    }
    func fail(_ what: __owned Sentence, _ advice: __owned Sentence) { findings.append(Finding(grade: .failed, what: what, advice: advice)) }
    func look(_ isWell: Bool, _ what: __owned Sentence, _ advice: __owned Sentence) {
        if isWell { ok(what) } else { fail(what, advice) }
    }

    /// A setting under /proc/sys, as a number. `nil` if this kernel or device does not have it.
    static func setting(_ name: __owned Sentence) -> UInt64? {
        guard let value = try? Sysctl.read(name) else { return nil }
        return Text.decimal(value[...])
    }
}
