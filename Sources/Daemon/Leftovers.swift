import Configuration
import DataPlane
import Host
import Linux
import Netlink
import Wire

extension Daemon {
    /// Takes out of the kernel what a run that did not end well left there. What it was, in words.
    /// - Throws: another daemon has the ports, and what is in the kernel may be what it lives from.
    public static func removeLeftovers(_ options: DaemonOptions) throws(StartError) -> [Sentence] {
        let setup = Configuration.load(name(options.configurationFolder / "ipsec.conf"), from: DiskFiles()).setup
        let ports = try IKESockets(mark: Ownership.mark, listen: nil)
        let plane = try choosePlane(setup, Log { _, _ in })
        let leftovers = plane.abandoned
        let stayed = plane.removeFromKernel()
        Firewall(device: nil, log: plane.log).removeRules()
        HostSettings(options.runFolder, log: plane.log).restore()
        withExtendedLifetime(ports) {}
        if let first = stayed.first { throw StartError(first) }
        return leftovers.map { "\($0) is let go" }
    }
}
