import Crypto
import Wire

/// What `ipsec spi` shows of an SA.
public struct AssociationStatus {
    /// By which its packets are recognised.
    public let spi: UInt32
    /// Who sends its packets.
    public let source: Address
    /// Who receives its packets.
    public let destination: Address
    /// Whether this gateway receives its packets.
    public let isInbound: Bool
    /// Tunnel mode, and not transport mode.
    public let isTunnel: Bool
    /// Its algorithms as the plane names them.
    public let suite: Sentence
    /// The eroute's.
    public let requestID: UInt32
    /// The UDP ports, where its ESP is in UDP (RFC 3948).
    public let encapsulation: SecurityAssociation.Encapsulation?
    /// What it has carried.
    public let usage: (octets: UInt64, packets: UInt64)
}

extension AssociationStatus {
    init(_ sa: SecurityAssociation, isInbound: Bool, _ octets: UInt64, _ packets: UInt64) {
        self.init(
            spi: sa.spi, source: sa.source, destination: sa.destination, isInbound: isInbound, isTunnel: sa.mode == .tunnel,
            suite: sa.suite.words, requestID: sa.requestID, encapsulation: sa.encapsulation, usage: (octets, packets))
    }
}
