import Crypto
import Linux
import Netlink
import Wire

extension Exchange {
    /// Removes the kernel's states that are ours. What it refused, in words.
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

    /// A packet's place has no SPI, and without one the kernel finds nothing to remove; it is given one first.
    private func name(_ state: XFRMState) throws(NetlinkError) -> XFRMStateID {
        if state.id.spi != 0 { return state.id }
        let request = XFRMState.allocateSPI(
            source: state.source, destination: state.id.destination, requestID: state.requestID, mode: state.mode,
            range: XFRMPlane.spiRange)
        return try answer(request, XFRMState.read).id
    }
}

/// What the kernel tells.
extension XFRMPlane {
    func take(_ event: XFRMEvent) {
        switch event {
        case .acquire(let packet):
            if RequestIDs.isOurs(packet.requestID) { tellOrLook(.acquire(requestID: packet.requestID)) }
        case .mapping(let mapping): follow(mapping)
        case .expire(let state, let isHard):
            // An SPI's place that nobody took ends the same way, and is no SA that IKE knows.
            if RequestIDs.isOurs(state.requestID) { tellOrLook(wornOut(state, hasEnded: isHard)) }
        case .removed, .flushed: break
        case .overrun:
            log.warning("events of the kernel were lost: reading its policies and states\(code: .eventsLost)")
            looksAt = 0
            lookForOurselves()
        }
    }

    /// Where there is no room for an event, it is looked for later.
    private func tellOrLook(_ event: PlaneEvent) {
        if !tell(event) { looksAt = 0 }
    }

    /// Of our own changes it hears as well.
    func takeOfPolicies(_ event: XFRMEvent) {
        switch event {
        case .removed(let direction, let selector): if policies.has(direction, selector) { restorePolicies() }
        case .flushed, .overrun: restorePolicies()
        default: break
        }
    }

    private func wornOut(_ state: XFRMState, hasEnded: Bool) -> PlaneEvent {
        // By the address that IKE knows.
        let moved = encapsulated.first { $0.sa.spi == state.id.spi && $0.sa.destination == state.id.destination }
        return .wornOut(spi: state.id.spi, destination: moved?.first.address ?? state.id.destination, hasEnded: hasEnded)
    }

    /// What the kernel told is lost, but it can be seen: a place without an SPI is that of a packet that waits for an SA, and
    /// would ask no second time for half a minute. A peer's new port it tells with every packet. What finds no room is told by the next
    /// look, which begins there.
    func lookForOurselves() {
        guard let start = looksAt else { return }
        looksAt = nil
        do throws(NetlinkError) {
            for (place, state) in try exchange.dump(XFRMState.dump(), XFRMState.read).enumerated()
            where place >= start && RequestIDs.isOurs(state.requestID) {
                if isFull {
                    looksAt = place
                    return
                }
                if state.isComplete {
                    if state.isWornOut { _ = tell(wornOut(state, hasEnded: false)) }
                } else if state.id.spi == 0 {
                    _ = tell(.acquire(requestID: state.requestID))
                }
            }
        } catch { log.error("\(error)") }
    }

    /// Where an SA of IKE's is now: the peer may have moved since.
    func present(_ spi: UInt32, _ destination: Address) -> XFRMStateID {
        let moved = encapsulated.first { $0.isNamed(spi, destination) }
        return XFRMStateID(spi: spi, destination: moved?.sa.destination ?? destination)
    }

    /// The peer's NAT gave it another address or port. The kernel tells only after it has authenticated a packet from there,
    /// and tells again with every packet: its inbound SA keeps the address that it was made with.
    private func follow(_ mapping: XFRMEvent.Mapping) {
        guard let entry = find(requestID: mapping.requestID) else { return }
        for item in encapsulated where item.sa.requestID == mapping.requestID && item.first == mapping.old {
            let old = Endpoint(item.sa.destination, item.sa.encapsulation?.destinationPort ?? 0)
            guard old != mapping.new else { continue }
            do throws(NetlinkError) {
                try move(item, to: mapping.new, entry)
                log.notice("\"\(entry.eroute.name)\" follows its peer's NAT from \(old) to \(mapping.new)\(code: .natMappingChanged)")
            } catch {
                // Said once, and not with every packet.
                encapsulated.removeAll { $0 === item }
                log.error("\(error)")
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
            // From here on packets wait for the new SA, and the old one sends no more: its keys serve the new one, and no
            // sequence number may serve twice (RFC 4303 §3.3.3; RFC 4106 §3.1). A few may be on their way out still.
            entry.peer = new.destination
            try refreshPolicies(entry)
            let old = XFRMStateID(spi: item.sa.spi, destination: item.sa.destination)
            let sent = try exchange.answer(old.find(), XFRMState.read).sequence
            try exchange.perform(old.remove())
            let last: UInt64 = new.suite.usesESN ? .max : UInt64(UInt32.max)
            sequence = sent > last - Self.sequencesLeftOut ? last : sent + Self.sequencesLeftOut
        }
        item.sa = new
        try exchange.perform(
            XFRMState.install(new, .outbound, updating: !isMoved, hidesTOS: options.hidesTOS, sequence: sequence))
        try refreshPolicies(entry)
    }

    private static let sequencesLeftOut: UInt64 = 64
}
