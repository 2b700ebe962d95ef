import Crypto
import IKE
import Linux
import Wire

/// Early after boot the kernel's random number generator may not be ready, and reading from it would block. Until it is ready, the daemon
/// makes no keys, and neither starts nor answers negotiations. Everything else goes on, and routed traffic is held.
extension Connections {
    /// Whether keys can be made. If not, this is checked again later.
    func canMakeKeys(now: UInt64) -> Bool {
        if random.canFill() { return true }
        if entropyCheck == nil {
            log.warning("the kernel's random number generator is not ready: no keys can be made, and traffic is held")
            entropyCheck = now + Limits.entropyCheckInterval
        }
        return false
    }
}
