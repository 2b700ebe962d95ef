import Crypto
import Linux
import Netlink
import Wire

/// The rules of the table at the devices: drop what an eroute covers and does not leave, or arrive, in its tunnel.
struct FastPathRules {
    private let networks: RoutedNetworks

    init(_ networks: RoutedNetworks) { self.networks = networks }

    private var eroutes: [Eroute] { networks.eroutes }

    /// Where an IP packet's fields are in its frame.
    private struct Frame {
        let family: Address.Family
        /// A flowtable builds PPPoE frames itself: the IP header follows six octets of PPPoE and two of the protocol.
        let isPPPoE: Bool

        var start: UInt32 { isPPPoE ? 8 : 0 }
        var addresses: (source: UInt32, destination: UInt32) {
            family == .ipv4 ? (start + 12, start + 16) : (start + 8, start + 24)
        }
        var ipProtocol: UInt32 { start + (family == .ipv4 ? 9 : 6) }
        /// Of an IP header without options. Packets with options are never offloaded.
        var ports: (source: UInt32, destination: UInt32) {
            let header = start + (family == .ipv4 ? 20 : 40)
            return (header, header + 2)
        }

        var kind: [PacketRule.Match] {
            guard isPPPoE else { return [.etherType(family == .ipv4 ? 0x0800 : 0x86dd)] }
            // The frame's own type, at offset 12. Where the rule asks for the packet's protocol, nftables 1.0.6 ends in a failed assertion
            // when it prints a mask or a range behind it, and an administrator cannot list his rules.
            return [.linkOctets([0x88, 0x64], at: 12), .octets(family == .ipv4 ? [0x00, 0x21] : [0x00, 0x57], at: 6)]
        }
    }

    /// - Parameter withEgress: false if the kernel has no egress hook.
    func table(_ name: Name, on devices: [Name], withEgress: Bool) -> PacketTable {
        let frames = frames
        var chains = [PacketChain("in", nil, frames.flatMap { inward($0) })]
        if withEgress {
            chains.append(PacketChain("out", nil, [PacketRule([.mark(Ownership.mark)], .accept)] + frames.flatMap { outward($0) }))
        }
        for device in devices {
            let into: Sentence = "in \(device)"
            let out: Sentence = "out \(device)"
            chains.append(PacketChain(Name(into.octets), .ingress(device), [PacketRule([], .jump("in"))]))
            if withEgress { chains.append(PacketChain(Name(out.octets), .egress(device), [PacketRule([], .jump("out"))])) }
        }
        return PacketTable(.netdev, name, chains)
    }

    private var frames: [Frame] {
        let hasPPPoE = Files.exists("/proc/net/pppoe")
        var frames: [Frame] = []
        for family in [Address.Family.ipv4, .ipv6]
        where eroutes.contains(where: { $0.destination.address.family == family || $0.local.family == family }) {
            frames.append(Frame(family: family, isPPPoE: false))
            if hasPPPoE { frames.append(Frame(family: family, isPPPoE: true)) }
        }
        return frames
    }

    /// The tunnels' local addresses.
    private func localAddresses(_ family: Address.Family) -> [Address] {
        var all: [Address] = []
        for eroute in eroutes where eroute.local.family == family && !all.contains(eroute.local) { all.append(eroute.local) }
        return all
    }

    /// The eroutes in the order in which both planes choose: the most specific first.
    private func ordered(_ family: Address.Family) -> [Eroute] {
        eroutes.filter { $0.destination.address.family == family }.sorted { $0.specificity > $1.specificity }
    }

    // MARK: Outgoing packets

    private func outward(_ frame: Frame) -> [PacketRule] {
        let at = frame.addresses
        // ESP, plain and in UDP. Later fragments of UDP have no port.
        var rules = [PacketRule(frame.kind + [.octets([50], at: frame.ipProtocol)], .accept)]
        for end in localAddresses(frame.family) {
            let ours = frame.kind + [.network(Subnet(host: end), at: at.source)]
            rules.append(PacketRule(ours + [.octets([17], at: frame.ipProtocol), .octets([0x11, 0x94], at: frame.ports.source)], .accept))
            if frame.family == .ipv4 {
                rules.append(PacketRule(ours + [.octets([17], at: frame.ipProtocol), .laterFragment(at: frame.start + 6)], .accept))
            } else {
                rules.append(PacketRule(ours + [.octets([44], at: frame.ipProtocol)], .accept))
            }
        }
        for eroute in ordered(frame.family) {
            let near = eroute.localSelector.subnet
            let far = eroute.destination
            if eroute.shunt != .passthrough {
                for network in networks.localNetworks(inside: far) {
                    rules.append(PacketRule(frame.kind + [.network(near, at: at.source), .network(network, at: at.destination)], .accept))
                }
            }
            guard let narrow = narrow(eroute, frame, outward: true) else { continue }
            rules.append(
                PacketRule(
                    frame.kind + [.network(near, at: at.source), .network(far, at: at.destination)] + narrow,
                    eroute.shunt == .passthrough ? .accept : .drop))
        }
        // Masqueraded packets, and all others to a remote network.
        for eroute in ordered(frame.family) where eroute.holdsAllSources {
            let far = eroute.destination
            for network in networks.localNetworks(inside: far) {
                rules.append(PacketRule(frame.kind + [.network(network, at: at.destination)], .accept))
            }
            rules.append(PacketRule(frame.kind + [.network(far, at: at.destination)], .drop))
        }
        return rules
    }

    // MARK: Incoming packets

    private func inward(_ frame: Frame) -> [PacketRule] {
        let at = frame.addresses
        // Packets for this gateway itself are not forwarded.
        var rules = localAddresses(frame.family).map { PacketRule(frame.kind + [.network(Subnet(host: $0), at: at.destination)], .accept) }
        for eroute in ordered(frame.family) {
            let near = eroute.localSelector.subnet
            let far = eroute.destination
            if eroute.shunt != .passthrough {
                for network in networks.localNetworks(inside: far) {
                    rules.append(PacketRule(frame.kind + [.network(network, at: at.source), .network(near, at: at.destination)], .accept))
                }
            }
            guard let narrow = narrow(eroute, frame, outward: false) else { continue }
            let isPassed = eroute.shunt == .passthrough
            rules.append(
                PacketRule(
                    frame.kind + (isPassed ? [] : [.inTheClear]) + [.network(far, at: at.source), .network(near, at: at.destination)]
                        + narrow,
                    isPassed ? .accept : .drop))
        }
        return rules
    }

    /// The matches of the eroute's protocol and ports; `nil` if its flows cannot be offloaded: only TCP, UDP and GRE can.
    private func narrow(_ eroute: Eroute, _ frame: Frame, outward: Bool) -> [PacketRule.Match]? {
        let ipProtocol = max(eroute.localSelector.ipProtocol, eroute.remoteSelector.ipProtocol)
        if ipProtocol == 0 { return [] }
        guard [6, 17, 47].contains(ipProtocol) else { return nil }
        var matches: [PacketRule.Match] = [.octets([ipProtocol], at: frame.ipProtocol)]
        let source = outward ? eroute.localSelector.port : eroute.remoteSelector.port
        let destination = outward ? eroute.remoteSelector.port : eroute.localSelector.port
        for (port, offset) in [(source, frame.ports.source), (destination, frame.ports.destination)] where port != 0 {
            matches.append(.octets([UInt8(port >> 8), UInt8(truncatingIfNeeded: port)], at: offset))
        }
        return matches
    }
}

extension Eroute {
    /// Whether traffic to the remote network belongs to this tunnel, independent of its source.
    var holdsAllSources: Bool {
        shunt != .passthrough && mode == .tunnel && localSelector.ipProtocol == 0 && remoteSelector.ipProtocol == 0
            && localSelector.subnet.prefix > 0
    }
}
