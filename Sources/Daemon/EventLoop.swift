import Configuration
import Control
import Crypto
import DataPlane
import ESP
import Host
import IKE
import Linux
import Netlink
import Wire

/// The event loop. It turns what descriptors report into events, appends them to one queue, and has the gateway handle them.
extension Daemon {
    /// Starts the connections that `auto=` names, and handles events until the daemon is told to end. Returns the exit code.
    public func run() -> Int32 {
        events.append(.started)
        handleAll(now: Clock.monotonic())
        while gateway.ending == nil {
            gateway.tellWatchers()
            control.flush()
            do throws(SystemError) {
                try turn()
            } catch {
                log.error("the event loop failed: \(error); ending")
                control.close()
                return 1
            }
        }
        hooks.finish(&gateway.hooks, signals)
        log.setup(.notice, "IPsec stopped", code: .stopped)
        control.close()
        return 0
    }

    /// The earliest of all deadlines, monotonic nanoseconds.
    private var nextDeadline: UInt64? {
        var due = earlier(gateway.nextDeadline, hooks.nextDeadline)
        due = earlier(due, firewall.nextDeadline)
        due = earlier(due, resolver.nextDeadline)
        due = earlier(due, names.nextDeadline)
        due = earlier(due, keySearch.nextDeadline)
        return earlier(due, readsInterfacesAt)
    }

    /// Waits for events or a deadline, and handles them. The clocks are read once: `now` and the time of day are the same for a whole turn.
    private func turn() throws(SystemError) {
        let due = nextDeadline
        try alarm.set(due)
        let count = try epoll.wait(until: nil)
        let now = Clock.monotonic()
        events.append(.wallTime(Self.wallTime()))
        // After the machine or the process was suspended, SAs expire first: no packet may use a key past its lifetime. Otherwise events
        // come first, so that an SA which is about to expire still carries its last packets.
        if let due, due + Limits.sleepThreshold <= now { appendTimers(now: now) }
        handleAll(now: now)
        for index in 0..<count {
            try see(epoll.event(index), now: now)
            handleAll(now: now)
        }
        appendTimers(now: now)
        handleAll(now: now)
        resolver.advance(now: now)
        names.advance(now: now)
        keySearch.advance(now: now)
        advanceChildren(now: now)
        handleAll(now: now)
        events.append(.housekeeping)
        handleAll(now: now)
    }

    /// Looks after the processes of updown commands and of iptables.
    private func advanceChildren(now: UInt64) {
        hooks.advance(now: now)
        firewall.advance(now: now)
    }

    /// Reads the machine's clock.
    static func wallTime() -> WallTime { WallTime(clock: Clock.wall(), built: Clock.built) }

    private func appendTimers(now: UInt64) {
        events.append(.timers)
        if let due = readsInterfacesAt, due <= now { lookAtMachine(now: now) }
    }

    /// Reads links, addresses and routes once for everything that needs them.
    func lookAtMachine(now: UInt64) {
        do throws(NetlinkError) {
            let (machine, interfaces) = try watch.look(gateway.setup.interfaces)
            readsInterfacesAt = events.appendIfRoom(.machineChanged(machine, interfaces)) ? nil : now
        } catch {
            // An address that could not be read has not been removed.
            log.warning("\(error); looking again in a second")
            readsInterfacesAt = now + Limits.interfaceRetryInterval
        }
    }

    // MARK: Events

    /// Appends the events of a descriptor that is readable.
    /// - Throws: if signals cannot be read.
    private func see(_ event: Epoll.Readiness, now: UInt64) throws(SystemError) {
        switch event.token {
        case Token.alarm: break // `appendTimers` follows
        case Token.signals: while !events.isFull, let signal = try signals.next() { see(signal, now: now) }
        case Token.control: control.accept()
        case Token.interfaces: if watch.drain() { lookAtMachine(now: now) }
        case Token.firewall: events.append(.firewallChanged(wasRestored: firewall.drain()))
        case Token.resolver: resolver.readable(now: now)
        case Token.sockets..<Token.clients: receive(sockets.all[Int(event.token - Token.sockets)], now: now)
        case Token.clients..<Token.plane: control.serve(event.token)
        default:
            let descriptor = Int32(event.token - Token.plane)
            gateway.plane.readable(descriptor, now: now)
            if event.hasHungUp { revive(descriptor) }
        }
    }

    /// Replaces a dead descriptor, which would wake the event loop without end.
    private func revive(_ descriptor: Int32) {
        do throws(PlaneError) {
            guard let other = try gateway.plane.revive(descriptor) else { return }
            do throws(SystemError) {
                // The old descriptor left epoll when it was closed.
                try epoll.add(other, .read, token: Token.plane + UInt64(other))
            } catch { throw PlaneError(reason: "\(error)") }
        } catch { events.append(.planeFailed(error.reason)) }
    }

    private func see(_ signal: Signals.Signal, now: UInt64) {
        switch signal {
        case .child: advanceChildren(now: now)
        case .hangUp: events.append(.hangUp)
        default: events.append(.terminate)
        }
    }

    /// Takes a bounded batch of datagrams from one IKE socket.
    private func receive(_ socket: UDPSocket, now: UInt64) {
        if socket.port == 4500 {
            let isTaken = gateway.plane.receive(from: socket, now: now) { message, from, to in
                _ = events.appendIfRoom(.datagram(Self.copy(message), from: from, to: to))
            }
            if isTaken { return }
        }
        for _ in 0..<Limits.datagramsPerTurn {
            let isThere = buffer.withSlot(0) { (span) -> Bool in
                guard let datagram = (try? socket.receive(into: &span)) ?? nil else { return false }
                if datagram.isTruncated { return true }
                var message = span.span.extracting(0..<datagram.count)
                if socket.port != 500 {
                    guard UDPEncapsulation.encapsulated(message) == .ike else { return true }
                    message = message.extracting(droppingFirst: UDPEncapsulation.markerLength)
                }
                _ = events.appendIfRoom(.datagram(Self.copy(message), from: datagram.peer, to: datagram.local))
                return true
            }
            guard isThere else { return }
            // One at a time, because a batch may be large.
            handleAll(now: now)
        }
    }

    private static func copy(_ span: Span<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(span.count)
        for index in span.indices { octets.append(span[index]) }
        return octets
    }

    // MARK: Handling

    /// Handles all events in the queue, and those that follow from them.
    func handleAll(now: UInt64) {
        repeat {
            while !events.isFull, let event = gateway.plane.takeEvent() { events.append(.plane(event)) }
            while !events.isFull, let result = names.next() {
                events.append(.lookedUp(result.name, result.addresses, reason: result.reason))
            }
            while !events.isFull, let finding = keySearch.next() { events.append(.keysFound(finding)) }
            while !events.isFull, let end = hooks.next() { events.append(.hookEnded(end)) }
            while !events.isFull, let (request, terminal) = control.takeRequest() { events.append(.request(request, terminal)) }
            guard let event = events.takeFirst() else { return }
            let before = Clock.processor()
            gateway.handle(event, now: now)
            gateway.took(Clock.processor() - before)
            carryOut(now: now)
        } while true
    }
}
