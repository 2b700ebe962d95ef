import DataPlane
import IKE
import Wire

/// A tunnel whose counters are checked.
final class WatchedTunnel {
    var pair: PairStatus
    var watch = TrafficWatch()
    /// When this pair was seen first.
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
    /// What the plane had refused when the log last said so.
    var told = RefusedESP()
    var tellAgain: UInt64 = 0

    /// A new tunnel is up: checks soon.
    mutating func hurry(now: UInt64) { due = min(due ?? .max, now + Limits.trafficCheckWhileYoung) }
}
