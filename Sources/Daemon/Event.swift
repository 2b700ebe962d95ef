import Configuration
import DataPlane
import Linux
import Netlink
import Wire

/// One thing that happened outside. Whoever sees it puts it into the daemon's queue, and `Gateway.handle` takes it from there.
enum Event {
    /// An ISAKMP message, without a non-ESP marker.
    case datagram([UInt8], from: Endpoint, to: Endpoint)
    /// A data plane told it.
    case plane(PlaneEvent)
    /// Interfaces, addresses or default routes are not what they were, and now these.
    case machineChanged(Machine, InterfaceSnapshot)
    /// Some rule of the firewall is not what it was; or, where rules of ours had been swept away, it is again.
    case firewallChanged(wasRestored: Bool)
    /// A host name was looked up; with a reason where it has no address.
    case lookedUp(Name, reason: Sentence?)
    /// SIGHUP: ipsec.secrets and what it names are to be read again.
    case hangUp
    /// SIGTERM or SIGINT.
    case terminate
    /// `Effect.removeEverything` is done. What stays because the kernel refused, in words.
    case removed(stayed: [Sentence], for: Terminal)
    /// A request from the control socket.
    case request([Name], Terminal)
}

/// Everything that happened and was not handled yet, in the order in which it was seen.
struct EventQueue {
    private var events = BoundedQueue<Event>(limit: Limits.events)
    /// Octets of the ISAKMP messages among them.
    private var octets = 0

    /// An event that finds no room is lost; of messages that is so as well beyond `Limits.eventOctets`, and their senders repeat them.
    /// - Returns: whether it found room.
    @discardableResult
    mutating func append(_ event: Event) -> Bool {
        guard case .datagram(let message, _, _) = event else { return events.append(event) }
        guard octets + message.count <= Limits.eventOctets, events.append(event) else { return false }
        octets += message.count
        return true
    }

    var isFull: Bool { events.isFull }

    mutating func takeFirst() -> Event? {
        let event = events.takeFirst()
        if case .datagram(let message, _, _) = event { octets -= message.count }
        return event
    }
}
