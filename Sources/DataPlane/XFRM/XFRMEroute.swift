import Crypto
import Netlink
import Wire

/// An eroute as the kernel's policies see it.
final class XFRMEroute {
    let eroute: Eroute
    /// The peer's address as the latest SA has it: a NAT, or a peer that was not known before, differs from the conn.
    var peer: Address?
    /// Our own, likewise.
    var own: Address

    init(_ eroute: Eroute) {
        self.eroute = eroute
        peer = eroute.remote
        own = eroute.local
    }

    var outboundSelector: XFRMSelector { XFRMSelector(from: eroute.localSelector, to: eroute.remoteSelector) }
    var inboundSelector: XFRMSelector { XFRMSelector(from: eroute.remoteSelector, to: eroute.localSelector) }

    /// One for each place where this eroute may have had a policy, whatever it was.
    var everyPolicy: [XFRMPolicy] {
        [
            XFRMPolicy(.outbound, outboundSelector, priority: 0, templates: []),
            XFRMPolicy(.inbound, inboundSelector, priority: 0, templates: []),
            XFRMPolicy(.forward, inboundSelector, priority: 0, templates: []),
        ]
    }

    /// Outbound first.
    func policies(_ larvalDrop: LarvalDrop) -> [XFRMPolicy] {
        let priority = XFRMPriority.of(near: eroute.localSelector, far: eroute.remoteSelector)
        if eroute.shunt != .none {
            let action = eroute.shunt == .passthrough ? XFRMPolicy.Action.allow : .block
            var shunts = [XFRMPolicy(.outbound, outboundSelector, priority: priority, action: action, templates: [])]
            // What a wider tunnel would take: the answers come in the clear as well.
            if eroute.shunt == .passthrough {
                shunts.append(XFRMPolicy(.inbound, inboundSelector, priority: priority, templates: []))
                shunts.append(XFRMPolicy(.forward, inboundSelector, priority: priority, templates: []))
            }
            return shunts.map { larvalDrop.mark($0) }
        }
        let nobody = Address.any(own.family)
        // Without a peer there is no SA that fits, and the traffic is held.
        let out = XFRMPolicy.Template(
            source: own, destination: peer ?? nobody, mode: eroute.mode, requestID: eroute.requestID)
        // Which SA a packet came through is told by the request ID alone: the peer may have moved behind its NAT.
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

/// Which of several policies that fit a packet is taken: the kernel takes the smallest number.
enum XFRMPriority {
    static func of(near: Selector, far: Selector) -> UInt32 { base - Specificity.of(near: near, far: far) }

    /// Larger than all that is taken from it.
    private static let base: UInt32 = 200_000
    /// Behind all others.
    static let last = base + 1

    /// Neighbour solicitation and advertisement (RFC 4861 §4.3, §4.4) between any two hosts, before everything else. They
    /// are never forwarded.
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
