import Configuration
import DataPlane
import Host
import Linux
import Netlink
import Wire

extension Daemon {
    /// Removes from the kernel what an earlier run left after a crash. Returns descriptions of what it removed.
    /// - Throws: if another daemon has the ports, since the policies may be its own.
    public static func removeLeftovers(_ options: DaemonOptions) throws(StartError) -> [Sentence] {
        let setup = Configuration.load(Gateway.name(options.configurationFolder / "ipsec.conf"), from: DiskFiles()).setup
        let ports = try IKESockets(mark: Ownership.mark, listen: nil)
        let plane = try choosePlane(setup, Log(DiscardedLog()))
        let leftovers = plane.abandoned
        var stayed = plane.removeFromKernel()
        stayed += Firewall(device: nil, log: plane.log).removeRules()
        stayed += HostSettings(options.runFolder, log: plane.log).restore()
        withExtendedLifetime(ports) {}
        if !stayed.isEmpty { throw StartError(Sentence.joined(stayed, by: "; ")) }
        return leftovers.map { "\($0) is no longer held" }
    }
}
