import Crypto
import Wire

/// An outbound SA in UDP, which is installed again when the peer's address or port changes.
final class EncapsulatedSA {
    /// As the kernel has it now.
    var sa: SecurityAssociation
    /// The peer's endpoint when IKE negotiated it, by which IKE and the inbound SA identify it.
    let first: Endpoint

    init(_ sa: SecurityAssociation, _ first: Endpoint) {
        self.sa = sa
        self.first = first
    }

    func isNamed(_ spi: UInt32, _ destination: Address) -> Bool { sa.spi == spi && first.address == destination }
}
