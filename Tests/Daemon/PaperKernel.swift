import Wire

@testable import DataPlane

/// What a kernel keeps when its daemon ends: the eroutes, which hold their traffic.
final class PaperKernel {
    private(set) var routed: [Eroute] = []
    /// Request IDs that an earlier daemon routed, and the present one has not.
    private(set) var earlier: [UInt32] = []
    /// Traffic that was caught and then let go, by connection.
    private(set) var letGo: [String] = []

    func route(_ eroute: Eroute) {
        earlier.removeAll { $0 == eroute.requestID }
        routed.removeAll { $0.requestID == eroute.requestID }
        routed.append(eroute)
    }

    func unroute(_ eroute: Eroute) {
        earlier.removeAll { $0 == eroute.requestID }
        routed.removeAll { $0.requestID == eroute.requestID }
        let isCovered = routed.contains {
            $0.localSelector.subnet.contains(eroute.localSelector.subnet) && $0.remoteSelector.subnet.contains(eroute.remoteSelector.subnet)
        }
        if !isCovered { letGo.append("\(eroute.name)") }
    }

    /// The machine is switched off, or `setup stop` removes everything.
    func clear() { (routed, earlier) = ([], []) }

    /// The daemon has ended.
    func daemonEnded() { earlier = routed.map { $0.requestID } }
}
