import Wire

@testable import DataPlane

/// What a kernel keeps when its daemon ends: the eroutes, which hold their traffic.
final class PaperKernel {
    private(set) var routed: [Eroute] = []
    /// Request IDs that an earlier daemon routed, and the present one has not.
    private var earlier: [UInt32] = []
    /// Traffic that was caught and then let go, by connection.
    private(set) var uncovered: [String] = []

    func route(_ eroute: Eroute) {
        // A kernel finds what an earlier daemon left by its traffic.
        let adopted = routed.filter { earlier.contains($0.requestID) && Self.isSame($0, eroute) }.map { $0.requestID } + [eroute.requestID]
        earlier.removeAll { adopted.contains($0) }
        routed.removeAll { adopted.contains($0.requestID) }
        routed.append(eroute)
    }

    /// Whether an earlier daemon routed this traffic, and the present one has not.
    func wasHeld(_ eroute: Eroute) -> Bool { routed.contains { earlier.contains($0.requestID) && Self.isSame($0, eroute) } }

    private static func isSame(_ one: Eroute, _ other: Eroute) -> Bool {
        one.localSelector == other.localSelector && one.remoteSelector == other.remoteSelector
    }

    func unroute(_ eroute: Eroute) {
        earlier.removeAll { $0 == eroute.requestID }
        routed.removeAll { $0.requestID == eroute.requestID }
        let isCovered = routed.contains {
            $0.localSelector.subnet.contains(eroute.localSelector.subnet) && $0.remoteSelector.subnet.contains(eroute.remoteSelector.subnet)
        }
        if !isCovered { uncovered.append("\(eroute.name)") }
    }

    /// The machine is switched off, or `setup stop` removes everything.
    func clear() { (routed, earlier) = ([], []) }

    /// The daemon has ended.
    func daemonEnded() { earlier = routed.map { $0.requestID } }
}
