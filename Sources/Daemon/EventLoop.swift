import Configuration
import DataPlane
import ESP
import Host
import IKE
import Linux
import Wire

/// The event loop: what happened is seen, put into one queue, and handled from its front.
extension Daemon {
    /// Brings up what `auto=` says, and serves until told to stop. The exit code.
    public func run() -> Int32 {
        let start = Clock.monotonic()
        begin(now: start)
        scheduleGoingBack(now: start)
        carryOut(now: start)
        while ending == nil {
            tellWatchers()
            control.flush()
            do throws(SystemError) {
                try turn()
            } catch {
                log.error("the event loop failed: \(error); ending")
                ending = .keep
                control.close()
                return 1
            }
        }
        upDown.hooks.finish(signals)
        log.setup(.notice, "IPsec stopped\(code: .stopped)")
        control.close()
        return 0
    }

    /// When something is due next, monotonic nanoseconds. This is the list of all deadlines.
    private var nextDeadline: UInt64? {
        var due = connections.nextDeadline
        due = Self.earlier(due, plane.nextDeadline)
        due = Self.earlier(due, upDown.nextDeadline)
        due = Self.earlier(due, resolver.nextDeadline)
        due = Self.earlier(due, names.nextDeadline)
        due = Self.earlier(due, goesBack)
        due = Self.earlier(due, nextCRLCheck)
        return Self.earlier(due, looksAgainAt)
    }

    private static func earlier(_ a: UInt64?, _ b: UInt64?) -> UInt64? {
        guard let a else { return b }
        guard let b else { return a }
        return min(a, b)
    }

    /// Waits until something happens or is due, and handles all of it. It is one moment for everybody: `now` is asked for once.
    private func turn() throws(SystemError) {
        let due = nextDeadline
        try alarm.set(due)
        let count = try epoll.wait(until: nil)
        let now = Clock.monotonic()
        // We, or the whole machine, have slept: what came meanwhile finds no key whose life is over. Otherwise what came
        // is served first, for it came before the time did: an SA that is about to go still takes its last packets.
        if let due, due + Limits.nap <= now { keepTime(now: now) }
        for index in 0..<count {
            see(epoll.event(index), now: now)
            handleAll(now: now)
        }
        keepTime(now: now)
        resolver.advance(now: now)
        names.advance(now: now)
        upDown.advance(now: now)
        handleAll(now: now)
        startNext(now: now)
        goBackIfDue(now: now)
        checkRevocations(now: now)
        carryOut(now: now)
    }

    private func keepTime(now: UInt64) {
        connections.advance(now: now)
        plane.advance(now: now)
        if let due = looksAgainAt, due <= now { lookAtInterfaces(now: now) }
        carryOut(now: now)
    }

    // MARK: What is seen

    /// A descriptor has something to tell: puts what it tells into the queue.
    private func see(_ event: Epoll.Event, now: UInt64) {
        if event.token >= Token.plane {
            let descriptor = Int32(event.token - Token.plane)
            plane.readable(descriptor, now: now)
            if event.hasHungUp { revive(descriptor) }
        } else if control.owns(event.token) {
            control.serve(event.token) { words, terminal in events.append(.request(words, terminal)) }
        } else if event.token >= Token.sockets {
            receive(sockets.all[Int(event.token - Token.sockets)], now: now)
        } else if event.token == Token.control {
            control.accept()
        } else if event.token == Token.interfaces {
            if watch.drain() { events.append(.machineChanged) }
        } else if event.token == Token.resolver {
            resolver.readable(now: now)
        } else if event.token == Token.firewall {
            events.append(.firewallChanged(wasRestored: upDown.firewall.drain()))
        } else if event.token == Token.signals {
            while let signal = (try? signals.next()) ?? nil { events.append(.signal(signal)) }
        }
    }

    /// A dead descriptor would wake us for ever.
    private func revive(_ descriptor: Int32) {
        do throws(PlaneError) {
            guard let other = try plane.revive(descriptor) else { return }
            do throws(SystemError) {
                // Closing took the old one out.
                try epoll.add(other, .read, token: Token.plane + UInt64(other))
            } catch { throw PlaneError(reason: "\(error)") }
        } catch {
            log.error("packets cannot be carried any more: \(error.reason); ending, and what was routed stays held")
            ending = .keep
        }
    }

    /// Takes a bounded batch of datagrams from one IKE socket.
    private func receive(_ socket: UDPSocket, now: UInt64) {
        if socket.port == 4500 {
            let isTaken = plane.receive(from: socket, now: now) { message, from, to in
                events.append(.datagram(Self.copy(message), from: from, to: to))
            }
            if isTaken { return }
        }
        for _ in 0..<Limits.datagramsPerTurn {
            var span = buffer.mutableSpan
            guard let datagram = (try? socket.receive(into: &span)) ?? nil else { return }
            if datagram.isTruncated { continue }
            var message = 0..<datagram.count
            if socket.port != 500 {
                guard UDPEncapsulation.encapsulated(buffer.span.extracting(message)) == .ike else { continue }
                message = UDPEncapsulation.markerLength..<datagram.count
            }
            events.append(.datagram(Array(buffer[message]), from: datagram.peer, to: datagram.local))
            // One at a time: a batch may be large.
            handleAll(now: now)
        }
    }

    private static func copy(_ span: Span<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(span.count)
        for index in span.indices { octets.append(span[index]) }
        return octets
    }

    // MARK: What is done

    /// Handles everything that is in the queue, and what that leads to.
    func handleAll(now: UInt64) {
        repeat {
            while let event = plane.takeEvent() { events.append(.plane(event)) }
            while let result = names.next() { events.append(.lookedUp(result.name, reason: result.reason)) }
            guard let event = events.takeFirst() else { return }
            handle(event, now: now)
            carryOut(now: now)
        } while true
    }

    private func handle(_ event: Event, now: UInt64) {
        switch event {
        case .datagram(let message, let from, let to): connections.receive(message.span, from: from, to: to, now: now)
        case .plane(.acquire(let requestID)): connections.acquire(requestID: requestID, now: now)
        case .plane(.wornOut(let spi, let destination, let hasEnded)):
            connections.wearOut(spi: spi, destination: destination, hasEnded: hasEnded, now: now)
        case .plane(.stray(let peer, let local)): connections.stray(from: peer, to: local, now: now)
        case .machineChanged: lookAtInterfaces(now: now)
        case .firewallChanged(let wasRestored): plane.firewallChanged(wasRestored: wasRestored)
        case .lookedUp(let name, let reason): lookedUp(name, reason, now: now)
        case .signal(let signal): take(signal, now: now)
        case .request(let words, let terminal): perform(words, terminal: terminal, now: now)
        }
    }

    private func take(_ signal: Signals.Signal, now: UInt64) {
        switch signal {
        case .hangUp: rereadSecrets(nil)
        case .child: upDown.advance(now: now)
        default:
            // A signal is what a shutdown or a supervisor sends: say goodbye to the peers and hold what was routed.
            connections.hangUp(now: now)
            log.notice("told to end; what was routed stays held until the next start or 'ipsec setup stop'")
            ending = .keep
        }
    }
}
