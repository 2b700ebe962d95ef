import Crypto
import IKE
import Linux
import Wire

/// At an early boot the kernel has no random numbers yet, and whoever asks for some waits. The daemon does not: no key is made
/// and no negotiation begun or answered until there are some, and all else goes on. Routes hold their traffic meanwhile.
extension Connections {
    /// When something is to be done next.
    var nextDeadline: UInt64? {
        let next = min(entropyCheck ?? .max, min(looks.due ?? .max, engine.nextDeadline ?? .max))
        return next == .max ? nil : next
    }

    /// Whether keys can be made. Where not, it is looked at again.
    func canMakeKeys(now: UInt64) -> Bool {
        if random.canFill() { return true }
        if entropyCheck == nil {
            log.warning("the kernel's random number generator is not ready: no keys are made, and traffic is held")
            entropyCheck = now + Limits.entropyAgain
        }
        return false
    }

    /// Begins what had to wait, when there are some.
    func lookForEntropy(now: UInt64) {
        guard let check = entropyCheck, check <= now else { return }
        guard random.canFill() else {
            entropyCheck = now + Limits.entropyAgain
            return
        }
        entropyCheck = nil
        log.notice("the kernel's random number generator is ready")
        for connection in all where connection.isAsked { up(connection, now: now, terminal: nil) }
    }
}
