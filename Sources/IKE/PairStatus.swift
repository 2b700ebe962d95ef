import Crypto
import Wire

/// One pair of IPsec SAs that stands, for whoever asks the data plane what it carried.
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
    /// What the pair carries on our side.
    public var localSelector: Selector
    /// What the pair carries on the peer's side.
    public var remoteSelector: Selector
    /// The algorithms of both SAs.
    public var suite: ESPSuite
    /// ESP goes in UDP.
    public var isEncapsulated: Bool
    /// New packets are sent by another pair, or by none.
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

    /// Whether `other` carries the same traffic between the same two gateways: this pair took its place, or the reverse.
    public func isSameTunnel(as other: PairStatus) -> Bool {
        connection == other.connection && peer == other.peer && localSelector == other.localSelector
            && remoteSelector == other.remoteSelector
    }
}

extension Engine {
    /// Pairs of IPsec SAs that stand.
    public var pairCount: Int { ipsecSAs.count }

    /// One of them; the oldest is at 0. One by one, since there may be thousands.
    public func pair(at index: Int) -> PairStatus {
        let pair = ipsecSAs[index]
        return PairStatus(
            connection: pair.connection, inboundSPI: pair.inboundSPI, outboundSPI: pair.outboundSPI,
            local: pair.local.address, peer: pair.peer.address, localSelector: pair.localSelector,
            remoteSelector: pair.remoteSelector, suite: pair.suite, isEncapsulated: pair.isEncapsulated,
            isRetired: pair.isSuperseded || pair.isDeletionSent || !pair.isSending)
    }
}
