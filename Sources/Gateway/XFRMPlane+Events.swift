import Crypto
import Linux
import Netlink
import Wire

/// The kernel's states that an earlier run left, and what the kernel tells.
extension XFRMPlane {
    func ourStates() throws(NetlinkError) -> [XFRMState] {
        try exchange.dump(XFRMState.dump(), XFRMState.read).filter {
            $0.ipProtocol == 50 && RequestIDs.isOurs($0.requestID)
        }
    }

    /// SAs whose keys died with the run that had them.
    func removeLeftoverStates() {
        do throws(NetlinkError) {
            for state in try ourStates() { try exchange.perform(state.id.remove()) }
        } catch { if !error.isNotThere { log.error("\(error)") } }
    }

    // MARK: What the kernel tells

    func take(_ event: XFRMEvent) {
        switch event {
        case .acquire(let packet):
            if RequestIDs.isOurs(packet.requestID) { acquire?(packet.requestID) }
        case .mapping(let mapping): follow(mapping)
        case .expire(let state, let isHard):
            if isHard, state.isComplete, RequestIDs.isOurs(state.requestID) {
                log.warning("the kernel ended the SA \(state.id)")
            }
        case .overrun:
            // A packet that comes again asks again.
            log.warning("the kernel had more to say about IPsec than there was room for")
        }
    }

    /// The peer's NAT gave it another address or port. The kernel tells only after it has authenticated a packet from there.
    private func follow(_ mapping: XFRMEvent.Mapping) {
        guard let entry = find(requestID: mapping.requestID) else { return }
        for index in encapsulated.indices
        where encapsulated[index].requestID == mapping.requestID && encapsulated[index].destination == mapping.old.address {
            let old = encapsulated[index]
            var new = old
            new.destination = mapping.new.address
            new.encapsulation?.destinationPort = mapping.new.port
            do throws(NetlinkError) {
                let moved = new.destination != old.destination
                try exchange.perform(XFRMState.install(new, .outbound, updating: !moved, hidesTOS: options.hidesTOS))
                encapsulated[index] = new
                entry.peer = new.destination
                try refreshPolicies(entry)
                if moved {
                    try exchange.perform(XFRMStateID(spi: old.spi, destination: old.destination).remove())
                }
                log.notice("\"\(entry.eroute.name)\" follows its peer's NAT from \(mapping.old) to \(mapping.new)")
            } catch { log.error("\(error)") }
        }
    }
}
