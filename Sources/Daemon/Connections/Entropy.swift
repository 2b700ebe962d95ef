import Crypto
import IKE
import Linux
import Wire

/// At an early boot the kernel's random number generator may not be ready, and reading it blocks. The daemon does not wait: until it is
/// ready, no key is made and no negotiation is begun or answered, and everything else goes on. Routes hold their traffic meanwhile.
extension Connections {
    /// When `advance` has something to do next.
    var nextDeadline: UInt64? {
        let next = min(entropyCheck ?? .max, min(looks.due ?? .max, engine.nextDeadline ?? .max))
        return next == .max ? nil : next
    }

    /// Whether keys can be made. If not, this is checked again later.
    func canMakeKeys(now: UInt64) -> Bool {
        if random.canFill() { return true }
        if entropyCheck == nil {
            log.warning("the kernel's random number generator is not ready: no keys are made, and traffic is held")
            entropyCheck = now + Limits.entropyAgain
        }
        return false
    }

    /// Begins what waited for random numbers, once there are any.
    func lookForEntropy(now: UInt64) {
        guard let check = entropyCheck, check <= now else { return }
        guard random.canFill() else {
            entropyCheck = now + Limits.entropyAgain
            return
        }
        entropyCheck = nil
        log.notice("the kernel's random number generator is ready")
        for connection in all where connection.wanted == .up { up(connection, now: now, terminal: nil) }
    }
}
