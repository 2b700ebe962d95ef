import DataPlane
import Host
import IKE
import Wire

extension Connection {
    /// What the firewall and updown commands need to know about one of this connection's eroutes.
    func context(of eroute: Eroute, _ plane: DataPlane) -> UpDownContext {
        let pass = FirewallPass(
            near: eroute.localSelector.subnet, far: eroute.destination, requestID: eroute.requestID, opensHost: opensHost)
        return UpDownContext(
            connection: name, command: upDown, pass: opensFirewall && eroute.shunt == .none ? pass : nil,
            // Only if there is an updown command: the plane may have to ask the kernel.
            interface: upDown.isEmpty ? Name([]) : plane.interfaceName(for: eroute), local: eroute.local, remote: eroute.remote,
            nextHop: eroute.nextHop, sourceAddress: eroute.sourceAddress, localSelector: eroute.localSelector,
            remoteSelector: eroute.remoteSelector, localID: policy.localID,
            // The authenticated ID, not the expected one: behind %any, or a name with *, that may be any of several.
            remoteID: eroute.peer?.id ?? policy.remoteID, authority: eroute.peer?.authority, opensHost: opensHost)
    }
}
