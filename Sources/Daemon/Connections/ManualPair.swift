import Configuration
import Crypto
import DataPlane
import Wire

/// The two SAs of a conn with manual keying, which exist from `--up` to `--down`.
final class ManualPair {
    let inbound: SecurityAssociation
    let outbound: SecurityAssociation

    init(_ keying: ManualKeying, ours: Side, of eroute: Eroute, peer: Address) {
        func sa(_ direction: ManualKeying.Direction, isInbound: Bool) -> SecurityAssociation {
            SecurityAssociation(
                spi: direction.spi, source: isInbound ? peer : eroute.local, destination: isInbound ? eroute.local : peer,
                mode: eroute.mode, suite: keying.suite, encryptionKey: direction.encryptionKey, salt: Secret([]),
                integrityKey: direction.authenticationKey, encapsulation: nil,
                sourceSelector: isInbound ? eroute.remoteSelector : eroute.localSelector,
                destinationSelector: isInbound ? eroute.localSelector : eroute.remoteSelector,
                requestID: eroute.requestID, replayWindow: Int(keying.replayWindow))
        }
        inbound = sa(keying.toward(ours), isInbound: true)
        outbound = sa(keying.toward(ours.other), isInbound: false)
    }
}
