import Configuration
import Linux
import Wire

/// Settings of this machine that `config setup` changes while IPsec runs: `forwardcontrol=`, `rp_filter=`.
///
/// A file beside the control socket keeps their former values, so that the next run or `setup stop` can restore them after a
/// crash.
public final class HostSettings {
    private struct Changed {
        let name: Sentence
        let before: [UInt8]
    }

    private let file: Path
    private let log: Log
    private var changed: [Changed] = []
    /// Why the former values that an earlier run has kept are not known; `nil` if they are.
    private var unread: Sentence?

    /// Reads the former values that an earlier run has kept. `folder` is that of the control socket.
    public init(_ folder: Path, log: Log) {
        file = folder / "settings"
        self.log = log
        var text: [UInt8] = []
        do throws(SystemError) {
            text = try Files.read(file, limit: 65_536)
        } catch {
            if !error.isNoSuchFile { unread = "the former settings of an earlier run are not restored: \(error)" }
        }
        if let unread { log.warning(unread) }
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let blank = line.firstIndex(of: 0x20) else { continue }
            changed.append(Changed(name: Sentence(octets: Array(line[..<blank])), before: Array(line[(blank + 1)...])))
        }
    }

    /// Applies the settings to the devices that exist now.
    public func apply(_ setup: Setup, _ machine: Machine) {
        if setup.forwardControl { set("net/ipv4/ip_forward", 1) }
        guard let filter = setup.reversePathFilter else { return }
        for interface in setup.interfaces {
            switch interface.device {
            case .named(let name): set("net/ipv4/conf/\(name)/rp_filter", filter)
            case .defaultRoute:
                for route in machine.defaultRoutes where route.address.family == .ipv4 {
                    set("net/ipv4/conf/\(route.interface)/rp_filter", filter)
                }
            }
        }
    }

    private func set(_ name: __owned Sentence, _ value: UInt8) {
        let wanted: Sentence = "\(value)"
        do throws(SystemError) {
            let before = try Sysctl.read(name)
            guard before != wanted.octets else { return }
            if !changed.contains(where: { $0.name == name }) {
                changed.append(Changed(name: name, before: before))
                save()
            }
            try Sysctl.write(name, wanted)
            log.notice("\(name) is set to \(value); the former value, \(Sentence(octets: before)), is restored when IPsec is stopped")
        } catch {
            // A device that does not exist yet is changed when it appears.
            if !error.isNoSuchFile { log.warning("\(error)") }
        }
    }

    /// Restores all former values. Returns failures, for people; what could not be restored is kept for the next time.
    public func restore() -> [Sentence] {
        var failures: [Sentence] = []
        if let unread { failures.append(unread) }
        changed.removeAll { one in
            do throws(SystemError) {
                try Sysctl.write(one.name, one.before)
                return true
            } catch {
                // Its device no longer exists.
                if error.isNoSuchFile { return true }
                failures.append("\(error)")
                return false
            }
        }
        if failures.isEmpty { Files.remove(file) } else { save() }
        return failures
    }

    private func save() {
        // An earlier run's settings are in it.
        if unread != nil { return }
        var text: Sentence = ""
        for one in changed { text += "\(one.name) \(Sentence(octets: one.before))\n" }
        do throws(SystemError) {
            try Files.write(file, text.octets.span, mode: 0o600)
        } catch { log.warning("the former settings cannot be restored after a crash: \(error)") }
    }
}
