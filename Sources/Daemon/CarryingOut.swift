import Configuration
import DataPlane
import Host
import IKE
import Linux
import Wire

/// Carries out effects.
extension Daemon {
    /// Carries out the gateway's effects, in order.
    func carryOut(now: UInt64) {
        for effect in gateway.takeEffects(now: now) {
            switch effect {
            case .send(let message, let from, let to): send(message, from: from, to: to, now: now)
            case .keepalive(let from, let to):
                let octet: [UInt8] = [0xff]
                do throws(SystemError) {
                    try sockets.send(octet.span, from: from, to: to)
                } catch {
                    // One that is lost on its way is followed by the next.
                    if error.isAddressNotAvailable { reportUnsent(error, from: from, to: to, now: now) }
                }
            case .tell(let verb, let context): if let pass = context.pass { firewall.tell(verb, pass, now: now) }
            case .unroute(let eroute): gateway.plane.unroute(eroute)
            case .lookUp(let name): names.ask(name, now: now)
            case .searchKeys(let identity, let request): keySearch.search(identity, for: request, now: now)
            case .lookAtMachine: lookAtMachine(now: now)
            case .applySettings(let machine): hostSettings.apply(gateway.setup, machine)
            case .tidyFirewall: firewall.tidy(now: now)
            case .hook(let step): hooks.carryOut(step, now: now)
            case .removeEverything(let terminal):
                var stayed = firewall.removeRules() + hostSettings.restore()
                stayed += gateway.plane.removeFromKernel()
                events.append(.removed(stayed: stayed, for: terminal))
            }
        }
    }

    private func send(_ message: [UInt8], from: Endpoint, to: Endpoint, now: UInt64) {
        log.debug(log.debugging.sent, "sends \(message.count) octets from \(from) to \(to): \(Engine.summary(of: message.span))")
        do throws(SystemError) {
            try sockets.send(message, from: from, to: to)
        } catch { reportUnsent(error, from: from, to: to, now: now) }
    }

    private func reportUnsent(_ error: SystemError, from: Endpoint, to: Endpoint, now: UInt64) {
        // The kernel calls this an invalid argument. The message is retransmitted when the address can be used.
        if error.isInvalid || error.isAddressNotAvailable, let reason = watch.isUnusable(from.address) {
            log.debug(log.debugging.sent, "nothing is sent to \(to): our address \(from.address) \(reason)")
        } else {
            log.stranger(.warning, now: now, "cannot send from \(from) to \(to): \(error.reason)")
        }
    }
}
