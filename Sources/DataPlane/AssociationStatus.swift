import Crypto
import Wire

/// An SA as `ipsec spi` shows it.
public struct AssociationStatus {
    /// The SPI of its packets.
    public let spi: UInt32
    /// The outer source address.
    public let source: Address
    /// The outer destination address.
    public let destination: Address
    /// Whether this gateway receives its packets.
    public let isInbound: Bool
    /// Whether it is in tunnel mode; otherwise in transport mode.
    public let isTunnel: Bool
    /// Its algorithms as the plane names them.
    public let suite: Sentence
    /// The eroute's.
    public let requestID: UInt32
    /// The UDP ports, if its ESP is encapsulated in UDP (RFC 3948).
    public let encapsulation: SecurityAssociation.UDPPorts?
    /// Its counters.
    public let usage: (octets: UInt64, packets: UInt64)
}

extension AssociationStatus {
    init(_ sa: SecurityAssociation, isInbound: Bool, _ octets: UInt64, _ packets: UInt64) {
        self.init(
            spi: sa.spi, source: sa.source, destination: sa.destination, isInbound: isInbound, isTunnel: sa.mode == .tunnel,
            suite: sa.suite.words, requestID: sa.requestID, encapsulation: sa.encapsulation, usage: (octets, packets))
    }
}
