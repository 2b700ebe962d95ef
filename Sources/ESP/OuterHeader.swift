import Wire

/// The fields of an ESP packet's outer IP header that decapsulation needs.
public struct OuterHeader: Sendable {
    /// Outer source address: the peer's.
    public var source: Address
    /// Outer destination address: ours.
    public var destination: Address
    /// DSCP and ECN; 0 if the socket does not report it.
    public var trafficClass: UInt8
    /// TTL or hop limit, which a transport mode packet gets.
    public var hopLimit: UInt8

    /// The outer header's fields; the defaults suit packets whose TOS and TTL are unknown.
    public init(_ source: Address, _ destination: Address, trafficClass: UInt8 = 0, hopLimit: UInt8 = 64) {
        self.source = source
        self.destination = destination
        self.trafficClass = trafficClass
        self.hopLimit = hopLimit
    }
}
