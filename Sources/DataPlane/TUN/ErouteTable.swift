import Crypto
import Wire

/// The TUN plane's eroutes: which tunnel a packet belongs to. The most specific eroute that covers it is used.
///
/// A look-up allocates nothing. The results for recent flows are cached, so that a thousand eroutes cost no more than one. For a new flow
/// the eroutes are searched one after another.
final class ErouteTable {
    /// Most specific first.
    private(set) var all: [TunnelEroute] = []
    private var flows: [Flow]
    private let mask: Int

    /// A flow, and the index of its eroute in `all`; -1 if none covers it.
    private struct Flow {
        var sourceHigh: UInt64 = 0
        var sourceLow: UInt64 = 0
        var destinationHigh: UInt64 = 0
        var destinationLow: UInt64 = 0
        /// Ports, protocol and family; the top bit is set if the entry is in use.
        var rest: UInt64 = 0
        var place: Int32 = -1
    }

    /// - Parameter flows: size of the cache, a power of two; 48 octets each.
    init(flows: Int = Limits.rememberedFlows) {
        precondition(flows > 0 && flows & (flows - 1) == 0)
        self.flows = [Flow](repeating: Flow(), count: flows)
        mask = flows - 1
    }

    func find(requestID: UInt32) -> TunnelEroute? {
        for eroute in all where eroute.eroute.requestID == requestID { return eroute }
        return nil
    }

    /// Adds an eroute after those that are as specific.
    func insert(_ new: TunnelEroute) {
        let place = all.firstIndex { new.eroute.specificity > $0.eroute.specificity } ?? all.count
        all.insert(new, at: place)
        forgetFlows()
    }

    /// Removes an eroute and returns it.
    @discardableResult
    func remove(requestID: UInt32) -> TunnelEroute? {
        guard let place = all.firstIndex(where: { $0.eroute.requestID == requestID }) else { return nil }
        forgetFlows()
        return all.remove(at: place)
    }

    /// The eroute of a packet; `nil` if none covers it.
    func find(_ packet: IPHeader) -> TunnelEroute? {
        let rest =
            1 << 63 | UInt64(packet.source.family.rawValue) << 40 | UInt64(packet.ipProtocol) << 32
            | UInt64(packet.sourcePort) << 16 | UInt64(packet.destinationPort)
        let slot = Self.hash(packet.source, packet.destination, rest) & mask
        let known = flows[slot]
        if known.rest == rest, known.sourceLow == packet.source.low, known.destinationLow == packet.destination.low,
            known.sourceHigh == packet.source.high, known.destinationHigh == packet.destination.high
        {
            return known.place < 0 ? nil : all[Int(known.place)]
        }
        let place = search(packet)
        flows[slot] = Flow(
            sourceHigh: packet.source.high, sourceLow: packet.source.low, destinationHigh: packet.destination.high,
            destinationLow: packet.destination.low, rest: rest, place: Int32(truncatingIfNeeded: place))
        return place < 0 ? nil : all[place]
    }

    /// Whether a packet that no eroute covers may leave in the clear: an eroute covers its addresses but not its protocol or port, or the
    /// only eroutes for its destination are in transport mode, between two other hosts. A fragment has no ports, so it is not let out if an
    /// eroute covers some ports of its protocol.
    func isOutsideNarrowEroute(_ packet: IPHeader) -> Bool {
        var isBeside = false
        var isBesideHosts = false
        var isHeld = false
        for place in all.indices {
            let near = all[place].eroute.localSelector
            let far = all[place].eroute.remoteSelector
            guard far.subnet.contains(packet.destination) else { continue }
            guard near.subnet.contains(packet.source) else {
                if all[place].eroute.mode == .transport {
                    isBesideHosts = true
                } else if all[place].eroute.shunt != .passthrough {
                    isHeld = true
                }
                continue
            }
            isBeside = true
            if packet.isFragment, near.port | far.port != 0, near.ipProtocol | far.ipProtocol == packet.ipProtocol { return false }
        }
        return isBeside || isBesideHosts && !isHeld
    }

    private func search(_ packet: IPHeader) -> Int {
        for place in all.indices where all[place].covers(packet) { return place }
        return -1
    }

    private static func hash(_ source: Address, _ destination: Address, _ rest: UInt64) -> Int {
        var value = (source.low ^ source.high &* 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 29 ^ destination.low ^ destination.high &* 0x9e37_79b9_7f4a_7c15) &* 0x94d0_49bb_1331_11eb
        value = (value ^ value >> 31 ^ rest) &* 0xbf58_476d_1ce4_e5b9
        return Int(truncatingIfNeeded: value >> 40)
    }

    private func forgetFlows() {
        for slot in flows.indices { flows[slot].rest = 0 }
    }
}

/// An eroute with its outbound SA.
final class TunnelEroute {
    let eroute: Eroute
    /// `nil` if there is no SA: packets are then held, and dropped when the store is full.
    var outbound: OutboundTunnel?
    /// A packet needed an SA, and none has been requested yet.
    var wantsSA = false
    /// When an SA was last requested, monotonic nanoseconds.
    var askedAt: UInt64?

    init(_ eroute: Eroute) { self.eroute = eroute }

    func covers(_ packet: IPHeader) -> Bool {
        eroute.localSelector.covers(packet.source, ipProtocol: packet.ipProtocol, port: packet.sourcePort)
            && eroute.remoteSelector.covers(
                packet.destination, ipProtocol: packet.ipProtocol, port: packet.destinationPort)
    }
}
