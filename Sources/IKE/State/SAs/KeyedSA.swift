import Crypto

/// An SA with its keys that waits to be installed. It is on the heap, since most pairs have none.
final class KeyedSA {
    let sa: SecurityAssociation
    init(_ sa: SecurityAssociation) { self.sa = sa }
}
