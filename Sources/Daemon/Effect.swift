import Configuration
import DataPlane
import Host
import Wire

/// One thing to be done outside. The gateway and its connections append it while they handle an event, and `Daemon.carryOut` does it
/// when the event is handled, in the order in which it was appended. An answer, where there is one, comes back as an `Event`.
enum Effect {
    /// Sends an ISAKMP message.
    case send([UInt8], from: Endpoint, to: Endpoint)
    /// Sends a NAT keepalive (RFC 3948 §2.3).
    case keepalive(from: Endpoint, to: Endpoint)
    /// Tells firewall and updown command what becomes of an eroute.
    case tell(EventVerb, UpDownContext)
    /// Lets an eroute's traffic go. It stands behind `tell(.unroute)`, so that the firewall is closed while the route is still there.
    case unroute(Eroute)
    /// Looks a peer's host name up anew; answered by `Event.lookedUp`.
    case lookUp(Name)
    /// Looks at this machine's interfaces; answered by `Event.machineChanged`.
    case lookAtMachine
    /// Makes the settings of the machine what `config setup` says, on the devices that there are.
    case applySettings(Machine)
    /// Every conn that starts by itself is routed: rules in the firewall that an earlier run left for others go.
    case tidyFirewall
    /// Runs the command of `postpluto=`.
    case runAfterStart([Name])
    /// Takes everything of ours out of the kernel (`setup stop`); answered by `Event.removed`.
    case removeEverything(for: Terminal)
}
