import Configuration
import Control
import DataPlane
import Host
import Wire

/// Something to do outside the gateway. The gateway and its connections append effects while they handle an event. After the event,
/// `Daemon.carryOut` carries them out in that order. An answer comes back as an `Event`.
enum Effect {
    /// Sends an ISAKMP message.
    case send([UInt8], from: Endpoint, to: Endpoint)
    /// Sends a NAT keepalive (RFC 3948 §2.3).
    case keepalive(from: Endpoint, to: Endpoint)
    /// Tells the firewall about an eroute. The updown command follows as `hook`, when those before it have ended.
    case tell(EventVerb, UpDownContext)
    /// Unroutes an eroute. It follows `tell(.unroute)`, so that the firewall is closed before the route is removed.
    case unroute(Eroute)
    /// Looks up a peer's host name, and repeats that from time to time; answered by `Event.lookedUp` each time.
    case lookUp(Name)
    /// Asks the DNS for a peer's RSA keys; answered by `Event.keysFound`.
    case searchKeys(of: Identity, for: KeySearch.Requester)
    /// Reads this machine's interfaces, addresses and routes; answered by `Event.machineChanged`.
    case lookAtMachine
    /// Applies the sysctls of `config setup` to the devices that exist.
    case applySettings(Machine)
    /// All conns with `auto=route` or `auto=start` are routed: removes the firewall's rules of an earlier run that no conn needs.
    case tidyFirewall
    /// Starts or kills an updown command; answered by `Event.hookEnded`.
    case hook(HookStep)
    /// Removes everything of Cygnet from the kernel (`setup stop`); answered by `Event.removed`.
    case removeEverything(for: Terminal)
}
