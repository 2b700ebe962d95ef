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

    /// Reads the former values that an earlier run has kept. `folder` is that of the control socket.
    public init(_ folder: Path, log: Log) {
        file = folder / "settings"
        self.log = log
        let text = (try? Files.read(file, limit: 4_096)) ?? []
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
        // A device that does not exist yet is changed when it appears.
        guard let before = try? Sysctl.read(name) else { return }
        let wanted: Sentence = "\(value)"
        guard before != wanted.octets else { return }
        if !changed.contains(where: { $0.name == name }) {
            changed.append(Changed(name: name, before: before))
            save()
        }
        do throws(SystemError) {
            try Sysctl.write(name, wanted)
            log.notice("\(name) is set to \(value); the former value, \(Sentence(octets: before)), is restored when IPsec is stopped")
        } catch { log.warning("\(error)") }
    }

    /// Restores all former values.
    public func restore() {
        for one in changed where Files.exists(Path(("/proc/sys/" + one.name).octets)) {
            do throws(SystemError) {
                try Sysctl.write(one.name, one.before)
            } catch { log.warning("\(error)") }
        }
        changed = []
        Files.remove(file)
    }

    private func save() {
        var text: Sentence = ""
        for one in changed { text += "\(one.name) \(Sentence(octets: one.before))\n" }
        do throws(SystemError) {
            try Files.write(file, text.octets.span, mode: 0o600)
        } catch { log.warning("the former settings cannot be restored after a crash: \(error)") }
    }
}
