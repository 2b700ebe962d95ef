import Crypto
import Netlink
import Wire

/// An eroute with the kernel's policies for it.
final class XFRMEroute {
    let eroute: Eroute
    /// The peer's address in the latest SA. It differs from the conn's behind a NAT, or if the conn has none.
    var peer: Address?
    /// This gateway's address in the latest SA.
    var own: Address

    init(_ eroute: Eroute) {
        self.eroute = eroute
        peer = eroute.remote
        own = eroute.local
    }

    var outboundSelector: XFRMSelector { XFRMSelector(from: eroute.localSelector, to: eroute.remoteSelector) }
    var inboundSelector: XFRMSelector { XFRMSelector(from: eroute.remoteSelector, to: eroute.localSelector) }

    /// A policy for each selector and direction that this eroute's policies may have had.
    var everyPolicy: [XFRMPolicy] {
        [
            XFRMPolicy(.outbound, outboundSelector, priority: 0, templates: []),
            XFRMPolicy(.inbound, inboundSelector, priority: 0, templates: []),
            XFRMPolicy(.forward, inboundSelector, priority: 0, templates: []),
        ]
    }

    /// The outbound policy comes first.
    func policies(_ larvalDrop: LarvalDrop) -> [XFRMPolicy] {
        let priority = XFRMPriority.of(near: eroute.localSelector, far: eroute.remoteSelector)
        if eroute.shunt != .none {
            let action = eroute.shunt == .passthrough ? XFRMPolicy.Disposition.allow : .block
            var shunts = [XFRMPolicy(.outbound, outboundSelector, priority: priority, action: action, templates: [])]
            // The replies to passthrough traffic arrive in the clear, also where a wider tunnel exists.
            if eroute.shunt == .passthrough {
                shunts.append(XFRMPolicy(.inbound, inboundSelector, priority: priority, templates: []))
                shunts.append(XFRMPolicy(.forward, inboundSelector, priority: priority, templates: []))
            }
            return shunts.map { larvalDrop.mark($0) }
        }
        let nobody = Address.any(own.family)
        // Without a peer address no SA matches, and the traffic is held.
        let out = XFRMPolicy.Template(
            source: own, destination: peer ?? nobody, mode: eroute.mode, requestID: eroute.requestID)
        // Only the request ID tells which SA a packet used: the peer may have another address behind its NAT.
        let back = XFRMPolicy.Template(source: nobody, destination: own, mode: eroute.mode, requestID: eroute.requestID)
        var all = [
            XFRMPolicy(.outbound, outboundSelector, priority: priority, templates: [out]),
            XFRMPolicy(.inbound, inboundSelector, priority: priority, templates: [back]),
        ]
        if eroute.mode == .tunnel {
            all.append(XFRMPolicy(.forward, inboundSelector, priority: priority, templates: [back]))
        }
        return all.map { larvalDrop.mark($0) }
    }
}

/// Which of several matching policies the kernel uses: the one with the smallest number.
enum XFRMPriority {
    static func of(near: Selector, far: Selector) -> UInt32 { base - Specificity.of(near: near, far: far) }

    /// Larger than any specificity.
    private static let base: UInt32 = 200_000
    /// After all others.
    static let last = base + 1

    /// Neighbour solicitation and advertisement (RFC 4861 §4.3, §4.4) between any two hosts, before all other policies. They are never
    /// forwarded.
    static let neighbourDiscovery: [XFRMPolicy] = {
        var policies: [XFRMPolicy] = []
        for type in [UInt16(135), 136] {
            let selector = XFRMSelector(
                from: Selector(.everything(.ipv6), ipProtocol: 58, port: type), to: Selector(.everything(.ipv6)))
            for direction in [XFRMPolicy.Direction.outbound, .inbound] {
                policies.append(XFRMPolicy(direction, selector, priority: 1, templates: []))
            }
        }
        return policies
    }()
}
