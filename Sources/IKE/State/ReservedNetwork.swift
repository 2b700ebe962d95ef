import Wire

/// A network that no peer may claim by `vhost:` or `vnet:`.
public struct ReservedNetwork: Sendable {
    /// The network.
    public var subnet: Subnet
    /// The connection whose remote network it is; `nil` for a network that this gateway is directly connected to.
    public var connection: Name?

    /// A network of a connection's peer, or with `nil` a directly connected one.
    public init(_ subnet: Subnet, of connection: Name? = nil) {
        self.subnet = subnet
        self.connection = connection
    }

    /// For messages.
    public var sentence: Sentence {
        connection.map { "\(subnet) of connection \"\($0)\"" } ?? "\(subnet), which this gateway is directly connected to"
    }
}
