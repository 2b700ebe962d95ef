import Configuration
import Control
import DataPlane
import Host
import Linux
import Netlink
import Wire

/// Something that happened outside the gateway. Whoever sees it appends it to the daemon's queue; `Gateway.handle` handles it.
enum Event {
    /// The daemon has started: the first event of all.
    case started
    /// The time of day: the first event in each turn of the event loop.
    case wallTime(WallTime)
    /// Deadlines of negotiations, SAs and the data plane may have passed. It follows the other events of a turn, or precedes them if the
    /// machine or the process was suspended.
    case timers
    /// All other events of a turn were handled: the gateway's own deadlines may have passed.
    case housekeeping
    /// An ISAKMP message, without a non-ESP marker.
    case datagram([UInt8], from: Endpoint, to: Endpoint)
    /// A report of the data plane.
    case plane(PlaneEvent)
    /// The data plane can no longer carry packets. The reason is a sentence.
    case planeFailed(Sentence)
    /// Interfaces, addresses or default routes have changed; this is the new state.
    case machineChanged(Machine, InterfaceSnapshot)
    /// A rule of the firewall has changed. `wasRestored`: rules of Cygnet had been removed, and were added again.
    case firewallChanged(wasRestored: Bool)
    /// A host name was looked up. `reason` says why the look-up failed; the addresses are then those that were known before.
    case lookedUp(Name, [Address], reason: Sentence?)
    /// The DNS was asked for a peer's RSA keys.
    case keysFound(KeySearch.Finding)
    /// An updown command has ended, or could not be started.
    case hookEnded(HookEnd)
    /// SIGHUP: read ipsec.secrets and the files it names again.
    case hangUp
    /// SIGTERM or SIGINT.
    case terminate
    /// `Effect.removeEverything` is done. `stayed` lists what the kernel refused to remove.
    case removed(stayed: [Sentence], for: Terminal)
    /// A request from the control socket.
    case request(Request, Terminal)
}

/// The events that wait to be handled, oldest first.
struct EventQueue {
    private var events = BoundedQueue<Event>(limit: Limits.events)
    /// Octets of the ISAKMP messages among them.
    private var octets = 0

    /// Appends an event. An event is lost if the queue is full. An ISAKMP message is also lost if the waiting messages would exceed
    /// `Limits.eventOctets`; its sender retransmits it.
    /// - Returns: false if the event is lost.
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
