/// A network whose addresses peers may or may not use: one word of `virtual_private=`, or of `vhost:`.
public struct VirtualNet: Sendable, Worded {
    /// The addresses that are allowed or excluded.
    public var subnet: Subnet
    /// Written with a `!`: peers may not use these addresses.
    public var isExcluded: Bool

    /// Allows the addresses of `subnet`, or excludes them.
    public init(_ subnet: Subnet, isExcluded: Bool) {
        self.subnet = subnet
        self.isExcluded = isExcluded
    }

    /// `%v4:!10.1.0.0/16`
    public var sentence: Sentence {
        "\(subnet.address.family == .ipv4 ? "%v4:" : "%v6:" as StaticString)\(isExcluded ? "!" : "" as StaticString)\(subnet)"
    }
}

/// The subnets that a peer may propose for its own side: `vhost:%no,%priv`. The address of a road warrior behind a NAT is not
/// known beforehand.
public final class VirtualSubnets: Sendable, Worded {
    /// `vnet:`: the peer may propose networks, not only single addresses (`vhost:`).
    public let takesNetworks: Bool
    /// `%no`: the peer may propose its own address, without a subnet behind it.
    public let takesPeerItself: Bool
    /// The networks of the list in their order; an exclusion has precedence wherever it stands.
    public let nets: [VirtualNet]

    /// The parts of one `vhost:` or `vnet:` value.
    public init(takesNetworks: Bool, takesPeerItself: Bool, nets: [VirtualNet]) {
        self.takesNetworks = takesNetworks
        self.takesPeerItself = takesPeerItself
        self.nets = nets
    }

    /// The allowed values in words, for messages.
    public var sentence: Sentence {
        var words: [Sentence] = takesPeerItself ? ["itself"] : []
        for net in nets { words.append(net.sentence) }
        return "(\(takesNetworks ? "a network" : "a host" as StaticString) of \(Sentence.joined(words, by: ",")))"
    }

    /// Whether a peer may propose this subnet.
    public func allows(_ subnet: Subnet) -> Bool {
        guard takesNetworks || subnet.isHost else { return false }
        var isInside = false
        for net in nets {
            if net.isExcluded, net.subnet.overlaps(subnet) { return false }
            if !net.isExcluded, net.subnet.contains(subnet) { isInside = true }
        }
        return isInside
    }

    /// Whether a peer may propose some address of this subnet.
    public func reaches(_ subnet: Subnet) -> Bool {
        nets.contains { !$0.isExcluded && $0.subnet.overlaps(subnet) } && !nets.contains { $0.isExcluded && $0.subnet.contains(subnet) }
    }
}
