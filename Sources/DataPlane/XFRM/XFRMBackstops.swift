import Crypto
import Netlink
import Wire

/// Policies of lower priority than the eroutes' that drop packets: they catch packets that belong in a tunnel but do not match its policy.
extension XFRMEroute {
    /// Eroutes whose traffic must not leave in the clear.
    private var isStrict: Bool { eroute.shunt != .passthrough }

    /// The kernel reads no ports from fragments, not even from the first one. If an eroute is limited to a port, all fragments of its
    /// protocol are held, also those of other ports. No whole packet has these ports.
    private var isBlindToFragments: Bool { isStrict && eroute.localSelector.port | eroute.remoteSelector.port != 0 }

    private static func ofFragments(_ selector: XFRMSelector) -> XFRMSelector {
        var selector = selector
        (selector.sourcePort, selector.sourcePortMask) = (0, .max)
        (selector.destinationPort, selector.destinationPortMask) = (0, .max)
        return selector
    }

    /// - Parameter others: all eroutes. If another eroute covers these networks with all fragments, the most specific such one decides,
    ///   unless it is passthrough.
    func holdingFragments(among others: [XFRMEroute]) -> [XFRMPolicy] {
        guard isBlindToFragments else { return [] }
        var isTaken = false
        var best = UInt32.max
        for other in others where !other.isBlindToFragments && other.takesAll(of: self) {
            let its = XFRMPriority.of(near: other.eroute.localSelector, far: other.eroute.remoteSelector)
            guard its < best else { continue }
            best = its
            isTaken = other.isStrict
        }
        if isTaken { return [] }
        // Of higher priority than other policies for these networks.
        let priority = XFRMPriority.of(
            near: Selector(outboundSelector.source, ipProtocol: 1, port: 1),
            far: Selector(outboundSelector.destination, ipProtocol: 1, port: 1))
        var all = [XFRMPolicy(.outbound, Self.ofFragments(outboundSelector), priority: priority, action: .block, templates: [])]
        if eroute.mode == .tunnel {
            all.append(XFRMPolicy(.forward, Self.ofFragments(inboundSelector), priority: priority, action: .block, templates: []))
        }
        return all
    }

    /// Whether this eroute covers every packet of the other's networks and protocol, with any port.
    private func takesAll(of other: XFRMEroute) -> Bool {
        let own = outboundSelector
        let its = other.outboundSelector
        return own.source.contains(its.source) && own.destination.contains(its.destination)
            && (own.ipProtocol == 0 || own.ipProtocol == its.ipProtocol) && own.sourcePortMask | own.destinationPortMask == 0
    }

    /// A policy that drops all other traffic to the remote network, from any source, as the TUN plane does. Such packets are those of
    /// the local network that a firewall has just masqueraded, and this gateway's own replies to packets from the tunnel. IKE's sockets and
    /// ESP itself bypass all policies, so this also holds if the peer is the whole remote network. `nil` if the eroute is limited to a
    /// protocol or ports.
    var holdingAllSources: XFRMPolicy? {
        guard eroute.holdsAllSources else { return nil }
        let far = outboundSelector.destination
        let selector = XFRMSelector(from: Selector(.everything(far.address.family)), to: Selector(far))
        return XFRMPolicy(.outbound, selector, priority: XFRMPriority.last, action: .block, templates: [])
    }

    /// Whether an earlier run's policy is for this eroute.
    func has(_ selector: XFRMSelector) -> Bool {
        selector == outboundSelector || selector == Self.ofFragments(outboundSelector) || selector == holdingAllSources?.selector
    }
}

extension XFRMPolicy {
    /// Whether it is one of the policies above.
    var isBackstop: Bool {
        let ports = selector.sourcePort | selector.destinationPort
        let masks = selector.sourcePortMask & selector.destinationPortMask
        return templates.isEmpty && action == .block && (priority == XFRMPriority.last || ports == 0 && masks == .max)
    }
}
