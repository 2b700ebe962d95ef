import Configuration
import DataPlane
import Host
import Linux
import Netlink
import Wire

/// Whether flows may bypass the tunnels, as far as this can be checked.
extension Verification {
    /// Vendors' modules that forward flows past the kernel's routes, as /proc/modules names them.
    private static let accelerators: [Name] = ["shortcut_fe", "fast_classifier", "ctf", "hw_nat", "mtkhnat", "ecm"]

    func lookAtFastPaths() {
        guard !oriented.isEmpty else { return }
        let flowtables = read { $0.flowtables() }
        lookAtAccelerators()
        guard !flowtables.isEmpty || FastPaths.hasTarget else { return }
        let what: Sentence = "no flow is forwarded past its tunnel"
        for flowtable in flowtables where flowtable.isInHardware {
            warn(
                what,
                "flowtable \(flowtable.table) \(flowtable.name) offloads flows to the hardware, where no rule matches them: a flow older than its "
                    + "tunnel leaves in the clear for a second or two; remove 'flags offload'")
        }
        if FastPaths.hasTarget {
            warn(what, "iptables' FLOWOFFLOAD does not show whether it uses the hardware: check that no rule has --hw")
        }
        let shut = oriented.first { !$0.opensFirewall }
        if !Self.hasEgressHook, let shut {
            warn(
                what,
                "this kernel is older than 5.16 and cannot drop packets that flow offload sends: \(shut.oriented.side.word)firewall=yes in conn "
                    + "\(shut.name) has its flows accepted before they are offloaded")
        } else if !flowtables.contains(where: { $0.isInHardware }), !FastPaths.hasTarget {
            ok(what)
        }
    }

    private func lookAtAccelerators() {
        for line in read("/proc/modules", limit: 65_536).split(separator: UInt8(ascii: "\n")) {
            let name = Name(Array(line.prefix { $0 != UInt8(ascii: " ") }))
            guard Self.accelerators.contains(name) else { continue }
            warn(
                "no module forwards flows by itself",
                "\(name) does, without regard to routes and policies: unload it, or traffic of a tunnel may leave in the clear")
        }
    }

    /// By the kernel's version: a probe would change the kernel's rules. A version that cannot be read is taken for a new one.
    private static var hasEgressHook: Bool {
        let release = (try? Files.read("/proc/sys/kernel/osrelease", limit: 64)) ?? []
        let numbers = release.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.prefix(2).map { Text.decimal($0) ?? 0 }
        guard numbers.count == 2 else { return true }
        return numbers[0] > 5 || numbers[0] == 5 && numbers[1] >= 16
    }
}
