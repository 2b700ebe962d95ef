import DataPlane
import IKE
import Wire

/// A tunnel whose counters are checked.
final class WatchedTunnel {
    var pair: PairStatus
    var watch = TrafficWatch()
    /// When its current pair of SAs was first seen, monotonic nanoseconds.
    var since: UInt64

    init(_ pair: PairStatus, now: UInt64) {
        self.pair = pair
        since = now
    }
}

/// Checks the tunnels' counters at intervals, so that a tunnel that is up and carries nothing is noticed.
struct TrafficMonitor {
    /// When the next check is due; `nil` while nothing is routed.
    var due: UInt64?
    var tunnels: [WatchedTunnel] = []
    /// The refused packets that the log has reported.
    var reported = RefusedESP()
    var reportsAgainAt: UInt64 = 0

    /// A new tunnel is up: brings the next check forward.
    mutating func bringForward(now: UInt64) { due = min(due ?? .max, now + Limits.newTunnelCheckInterval) }
}
