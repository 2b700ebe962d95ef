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

    /// Appends an event that must not be lost. There is always a place: the event loop appends it when it has handled all others, or
    /// when the queue is not full, or once while it carries out an event's effects. The last place is kept for that one.
    mutating func append(_ event: Event) {
        let hasPlace = appendToPlaces(event)
        precondition(hasPlace, "an event is lost")
    }

    /// Appends an event, unless the queue is full, or the waiting ISAKMP messages would exceed `Limits.eventOctets`.
    /// - Returns: false if the event is lost. The sender of an ISAKMP message retransmits it.
    mutating func appendIfRoom(_ event: Event) -> Bool {
        if isFull { return false }
        if case .datagram(let message, _, _) = event, octets + message.count > Limits.eventOctets { return false }
        return appendToPlaces(event)
    }

    private mutating func appendToPlaces(_ event: Event) -> Bool {
        if case .datagram(let message, _, _) = event { octets += message.count }
        return events.append(event)
    }

    /// Whether only the last place is left.
    var isFull: Bool { events.count >= Limits.events - 1 }

    mutating func takeFirst() -> Event? {
        let event = events.takeFirst()
        if case .datagram(let message, _, _) = event { octets -= message.count }
        return event
    }
}
