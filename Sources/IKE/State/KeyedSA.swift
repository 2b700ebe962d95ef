import Crypto

/// One half of a pair, for as long as it waits: mostly there is none, and room for one in each pair would double it.
final class KeyedSA {
    let sa: SecurityAssociation
    init(_ sa: SecurityAssociation) { self.sa = sa }
}
