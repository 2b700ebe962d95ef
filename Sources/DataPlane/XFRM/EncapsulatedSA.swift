import Crypto
import Wire

/// An outbound SA in UDP, which may have to be installed anew where the peer has moved.
final class EncapsulatedSA {
    /// As the kernel has it now.
    var sa: SecurityAssociation
    /// Where the peer was when IKE made it: IKE, and the kernel's inbound half, name it so.
    let first: Endpoint

    init(_ sa: SecurityAssociation, _ first: Endpoint) {
        self.sa = sa
        self.first = first
    }

    func isNamed(_ spi: UInt32, _ destination: Address) -> Bool { sa.spi == spi && first.address == destination }
}
