import Crypto
import Linux
import Netlink
import Wire

extension NetlinkChannel {
    /// Removes the kernel's states with this gateway's request IDs. Returns failures, for people.
    func removeOurStates() -> [Sentence] {
        var failures: [Sentence] = []
        do throws(NetlinkError) {
            for state in try dump(XFRMState.dump(), XFRMState.read)
            where state.ipProtocol == 50 && RequestIDs.isOurs(state.requestID) {
                do throws(NetlinkError) {
                    try perform(name(state).remove())
                } catch { if !error.isNotThere { failures.append("\(error)") } }
            }
        } catch { failures.append("\(error)") }
        return failures
    }

    /// A larval state (of a packet that waits for an SA) has no SPI, and the kernel cannot remove it by name: it is given an SPI first.
    private func name(_ state: XFRMState) throws(NetlinkError) -> XFRMStateID {
        if state.id.spi != 0 { return state.id }
        let request = XFRMState.allocateSPI(
            source: state.source, destination: state.id.destination, requestID: state.requestID, mode: state.mode,
            range: XFRMPlane.spiRange)
        return try answer(request, XFRMState.read).id
    }
}

/// The kernel's events.
extension XFRMPlane {
    func take(_ event: XFRMEvent) {
        switch event {
        case .acquire(let packet):
            if RequestIDs.isOurs(packet.requestID) { tellOrDefer(.acquire(requestID: packet.requestID)) }
        case .mapping(let mapping): follow(mapping)
        case .expire(let state, let isHard):
            // A larval state that was not used expires with the same event, but IKE does not know it.
            if RequestIDs.isOurs(state.requestID) { tellOrDefer(expiring(state, hasEnded: isHard)) }
        case .removed, .flushed: break
        case .overrun:
            log.warning("events of the kernel were lost: reading its policies and states", code: .eventsLost)
            nextStateToRead = 0
            readLostEvents()
        }
    }

    /// If the event queue is full, the kernel's states are read later.
    private func tellOrDefer(_ event: PlaneEvent) {
        if !tell(event) { nextStateToRead = 0 }
    }

    /// Called for this gateway's own changes as well.
    func takePolicyEvent(_ event: XFRMEvent) {
        switch event {
        case .removed(let direction, let selector): if policies.has(direction, selector) { restorePolicies() }
        case .flushed, .overrun: restorePolicies()
        default: break
        }
    }

    private func expiring(_ state: XFRMState, hasEnded: Bool) -> PlaneEvent {
        // IKE knows the address of the negotiation.
        let moved = encapsulated.first { $0.sa.spi == state.id.spi && $0.sa.destination == state.id.destination }
        return .expiring(spi: state.id.spi, destination: moved?.first.address ?? state.id.destination, hasEnded: hasEnded)
    }

    /// Events were lost, but larval states show which packets wait for an SA; the kernel would not ask again for half a minute. A peer's
    /// new port is reported with every packet. If the event queue is full, the next call continues where this one stopped.
    func readLostEvents() {
        guard let start = nextStateToRead else { return }
        nextStateToRead = nil
        do throws(NetlinkError) {
            for (place, state) in try channel.dump(XFRMState.dump(), XFRMState.read).enumerated()
            where place >= start && RequestIDs.isOurs(state.requestID) {
                if isFull {
                    nextStateToRead = place
                    return
                }
                if state.isComplete {
                    if state.isWornOut { _ = tell(expiring(state, hasEnded: false)) }
                } else if state.id.spi == 0 {
                    _ = tell(.acquire(requestID: state.requestID))
                }
            }
        } catch { log.error("\(error)", code: .kernelRefused) }
    }

    /// Where an SA of IKE's is now: the peer's address may have changed.
    func present(_ spi: UInt32, _ destination: Address) -> XFRMStateID {
        let moved = encapsulated.first { $0.isNamed(spi, destination) }
        return XFRMStateID(spi: spi, destination: moved?.sa.destination ?? destination)
    }

    /// The peer's NAT gave it another address or port. The kernel reports this only after it has authenticated a packet from there. It
    /// repeats that with every packet, because the inbound SA keeps its first address.
    private func follow(_ mapping: XFRMEvent.Mapping) {
        guard let entry = find(requestID: mapping.requestID) else { return }
        for item in encapsulated where item.sa.requestID == mapping.requestID && item.first == mapping.old {
            let old = Endpoint(item.sa.destination, item.sa.encapsulation?.destinationPort ?? 0)
            guard old != mapping.new else { continue }
            do throws(NetlinkError) {
                try move(item, to: mapping.new, entry)
                log.notice("follows its peer's NAT from \(old) to \(mapping.new)", code: .natMappingChanged, conn: entry.eroute.name)
            } catch {
                // Logged once, not with every packet.
                encapsulated.removeAll { $0 === item }
                log.error("\(error)", code: .kernelRefused)
            }
        }
    }

    private func move(_ item: EncapsulatedSA, to peer: Endpoint, _ entry: XFRMEroute) throws(NetlinkError) {
        var new = item.sa
        new.destination = peer.address
        new.encapsulation?.destinationPort = peer.port
        var sequence: UInt64 = 0
        let isMoved = new.destination != item.sa.destination
        if isMoved {
            // From here on packets wait for the new SA, and the old one sends no more. Both have the same keys, and no sequence number may
            // be used twice (RFC 4303 §3.3.3; RFC 4106 §3.1). Some packets may still be on their way.
            entry.peer = new.destination
            try refreshPolicies(entry)
            let old = XFRMStateID(spi: item.sa.spi, destination: item.sa.destination)
            let sent = try channel.answer(old.find(), XFRMState.read).sequence
            try channel.perform(old.remove())
            let last: UInt64 = new.suite.usesESN ? .max : UInt64(UInt32.max)
            sequence = sent > last - Self.sequencesLeftOut ? last : sent + Self.sequencesLeftOut
        }
        item.sa = new
        try channel.perform(
            XFRMState.install(new, .outbound, updating: !isMoved, hidesTOS: options.hidesTOS, sequence: sequence))
        try refreshPolicies(entry)
    }

    private static let sequencesLeftOut: UInt64 = 64
}
