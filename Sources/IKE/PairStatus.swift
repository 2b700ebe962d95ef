import Crypto
import Wire

/// One pair of IPsec SAs, for a caller that reads its packet counters from the data plane.
public struct PairStatus: Sendable {
    /// The connection that the pair belongs to.
    public var connection: ConnectionID
    /// SPI of the inbound SA, in host order.
    public var inboundSPI: UInt32
    /// SPI of the outbound SA, in host order.
    public var outboundSPI: UInt32
    /// Our outer address.
    public var local: Address
    /// The peer's outer address.
    public var peer: Address
    /// The local traffic selector.
    public var localSelector: Selector
    /// The remote traffic selector.
    public var remoteSelector: Selector
    /// The algorithms of both SAs.
    public var suite: ESPSuite
    /// Whether ESP is encapsulated in UDP.
    public var isEncapsulated: Bool
    /// Whether the pair only receives: another pair sends, or none.
    public var isRetired: Bool

    /// The status of one pair.
    public init(
        connection: ConnectionID, inboundSPI: UInt32, outboundSPI: UInt32, local: Address, peer: Address,
        localSelector: Selector, remoteSelector: Selector, suite: ESPSuite, isEncapsulated: Bool, isRetired: Bool
    ) {
        self.connection = connection
        self.inboundSPI = inboundSPI
        self.outboundSPI = outboundSPI
        self.local = local
        self.peer = peer
        self.localSelector = localSelector
        self.remoteSelector = remoteSelector
        self.suite = suite
        self.isEncapsulated = isEncapsulated
        self.isRetired = isRetired
    }

    /// Whether `other` protects the same traffic between the same two gateways, so that one of the two replaced the other.
    public func isSameTunnel(as other: PairStatus) -> Bool {
        connection == other.connection && peer == other.peer && localSelector == other.localSelector
            && remoteSelector == other.remoteSelector
    }
}

extension Engine {
    /// The number of pairs.
    public var pairCount: Int { ipsecSAs.count }

    /// The pair at an index, the oldest at 0. There may be thousands, so no array of them is made.
    public func pair(at index: Int) -> PairStatus {
        let pair = ipsecSAs[index]
        return PairStatus(
            connection: pair.connection, inboundSPI: pair.inboundSPI, outboundSPI: pair.outboundSPI,
            local: pair.local.address, peer: pair.peer.address, localSelector: pair.localSelector,
            remoteSelector: pair.remoteSelector, suite: pair.suite, isEncapsulated: pair.isEncapsulated,
            isRetired: pair.isSuperseded || pair.isDeletionSent || !pair.isSending)
    }
}
