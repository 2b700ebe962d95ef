import DataPlane
import Host
import IKE
import Wire

extension Connection {
    /// What firewall and updown commands are told of one of this connection's eroutes.
    func context(of eroute: Eroute, _ plane: DataPlane) -> UpDownContext {
        let pass = FirewallPass(
            near: eroute.localSelector.subnet, far: eroute.destination, requestID: eroute.requestID, opensHost: opensHost)
        return UpDownContext(
            connection: name, command: upDown, pass: opensFirewall && eroute.shunt == .none ? pass : nil,
            // The plane may have to ask the kernel.
            interface: upDown.isEmpty ? Name([]) : plane.interfaceName(for: eroute), local: eroute.local, remote: eroute.remote,
            nextHop: eroute.nextHop, sourceAddress: eroute.sourceAddress, localSelector: eroute.localSelector,
            remoteSelector: eroute.remoteSelector, localID: policy.localID,
            // Who proved to be there, and not who was expected: behind %any, or a name with *, that may be anybody.
            remoteID: eroute.peer?.id ?? policy.remoteID, authority: eroute.peer?.authority, opensHost: opensHost)
    }
}
