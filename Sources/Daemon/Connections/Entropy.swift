import Crypto
import IKE
import Linux
import Wire

/// At an early boot the kernel's random number generator may not be ready, and reading it blocks. The daemon does not wait: until it is
/// ready, no key is made and no negotiation is begun or answered, and everything else goes on. Routes hold their traffic meanwhile.
extension Connections {
    /// Whether keys can be made. If not, this is checked again later.
    func canMakeKeys(now: UInt64) -> Bool {
        if random.canFill() { return true }
        if entropyCheck == nil {
            log.warning("the kernel's random number generator is not ready: no keys are made, and traffic is held")
            entropyCheck = now + Limits.entropyAgain
        }
        return false
    }
}
