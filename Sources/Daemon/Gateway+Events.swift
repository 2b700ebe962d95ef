import Configuration
import DataPlane
import Host
import IKE
import Linux
import Netlink
import Wire

/// What the gateway decides when something happens.
extension Gateway {
    /// Handles one event.
    func handle(_ event: Event, now: UInt64) {
        switch event {
        case .started:
            begin(now: now)
            scheduleReversion(now: now)
        case .wallTime(let time): connections.wallTime = time
        case .timers:
            connections.advance(now: now)
            plane.advance(now: now)
        case .housekeeping:
            startNext(now: now)
            goBackIfDue(now: now)
            checkRevocations(now: now)
            hooks.advance(now: now)
        case .datagram(let message, let from, let to): connections.receive(message.span, from: from, to: to, now: now)
        case .plane(.acquire(let requestID)): connections.acquire(requestID: requestID, now: now)
        case .plane(.expiring(let spi, let destination, let hasEnded)):
            connections.expiring(spi: spi, destination: destination, hasEnded: hasEnded, now: now)
        case .plane(.unknownSPI(let spi, let peer, let local)): connections.receivedUnknownSPI(spi, from: peer, to: local, now: now)
        case .planeFailed(let reason):
            log.error(
                "packets can no longer be carried: \(reason); the daemon ends, and the traffic of routed connections is held",
                code: .planeFailed)
            ending = .keep
        case .machineChanged(let machine, let interfaces): change(to: machine, interfaces, now: now)
        case .firewallChanged(let wasRestored): plane.firewallChanged(wasRestored: wasRestored)
        case .lookedUp(let name, let addresses, let reason): lookedUp(name, addresses, reason, now: now)
        case .keysFound(let finding): keysFound(finding, now: now)
        case .hookEnded(let end): hooks.ended(end)
        case .hangUp: rereadSecrets(nil)
        case .terminate:
            // A shutdown or a supervisor sends the signal: tell the peers, and hold the routed traffic.
            connections.hangUp(now: now)
            log.notice("received a signal to end; the traffic of routed connections is held until the next start or 'ipsec setup stop'")
            ending = .keep
        case .request(let request, let terminal): perform(request, terminal: terminal, now: now)
        case .removed(let stayed, let terminal): stopped(stayed, terminal)
        }
    }

    /// The processor time that the last event took, in nanoseconds. What an unauthenticated peer caused is charged to it.
    func took(_ time: UInt64) { connections.engine.took(time) }

    /// The earliest of the deadlines that `timers` and `housekeeping` are about, monotonic nanoseconds.
    var nextDeadline: UInt64? {
        let due = earlier(earlier(connections.nextDeadline, plane.nextDeadline), earlier(revertsAt, nextCRLCheck))
        return earlier(due, hooks.nextDeadline)
    }
}

/// The earlier of two times; `nil` stands for none.
func earlier(_ a: UInt64?, _ b: UInt64?) -> UInt64? {
    guard let a else { return b }
    guard let b else { return a }
    return min(a, b)
}
