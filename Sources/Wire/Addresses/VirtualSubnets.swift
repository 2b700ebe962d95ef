/// A network that peers may have addresses of, or may not: one word of `virtual_private=`, or behind `vhost:`.
public struct VirtualNet: Sendable, Worded {
    public var subnet: Subnet
    /// With a `!`: not from there.
    public var isExcluded: Bool

    public init(_ subnet: Subnet, isExcluded: Bool) {
        self.subnet = subnet
        self.isExcluded = isExcluded
    }

    /// `%v4:!10.1.0.0/16`
    public var sentence: Sentence {
        "\(subnet.address.family == .ipv4 ? "%v4:" : "%v6:" as StaticString)\(isExcluded ? "!" : "" as StaticString)\(subnet)"
    }
}

/// What lies behind a peer that says so itself, within bounds: `vhost:%no,%priv`. A road warrior behind a NAT has an address that
/// nobody knows beforehand.
public final class VirtualSubnets: Sendable, Worded {
    /// `vnet:`: whole networks, and not one address alone.
    public let takesNetworks: Bool
    /// `%no`: the peer itself, with nothing behind it.
    public let takesPeerItself: Bool
    public let nets: [VirtualNet]

    public init(takesNetworks: Bool, takesPeerItself: Bool, nets: [VirtualNet]) {
        self.takesNetworks = takesNetworks
        self.takesPeerItself = takesPeerItself
        self.nets = nets
    }

    /// For messages.
    public var sentence: Sentence {
        var words: [Sentence] = takesPeerItself ? ["itself"] : []
        for net in nets { words.append(net.sentence) }
        return "(\(takesNetworks ? "a network" : "a host" as StaticString) of \(Sentence.joined(words, by: ",")))"
    }

    /// Whether a peer may have this behind it.
    public func allows(_ subnet: Subnet) -> Bool {
        guard takesNetworks || subnet.isHost else { return false }
        var isInside = false
        for net in nets {
            if net.isExcluded, net.subnet.overlaps(subnet) { return false }
            if !net.isExcluded, net.subnet.contains(subnet) { isInside = true }
        }
        return isInside
    }

    /// Whether a peer could have something of this behind it.
    public func reaches(_ subnet: Subnet) -> Bool {
        nets.contains { !$0.isExcluded && $0.subnet.overlaps(subnet) } && !nets.contains { $0.isExcluded && $0.subnet.contains(subnet) }
    }
}
