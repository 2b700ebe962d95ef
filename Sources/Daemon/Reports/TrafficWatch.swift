import Crypto
import DataPlane
import Wire

/// A fault of a tunnel that its counters show.
enum TrafficFinding: Equatable {
    /// It sends, and receives no ESP.
    case nothingCame
    /// It receives ESP, and refuses every packet.
    case everythingRefused
    /// Large packets get no answer, while small ones do.
    case largeLost
}

/// Finds faults of one tunnel from its counters, which it is given periodically. A value, without a clock or a data plane.
///
/// A fault is reported once, and again only after the tunnel has worked in between.
struct TrafficWatch {
    /// The smallest number of packets that shows a fault.
    private static let enough: UInt64 = 3
    /// Octets of a large packet, with the outer header that the kernel counts: between the MTU of most links and that of Ethernet.
    private static let large: ClosedRange<UInt64> = 1_000...1_560
    /// Looks, and packets in all, that show a path which loses large packets; and more in one look than any number of
    /// senders would repeat that get no answer.
    private static let largeLooks = 3
    private static let largePackets: UInt64 = 6
    private static let mostRepeated: UInt64 = 100

    /// The counters at the last look; a new pair of SAs counts from 0.
    private var last = TunnelTraffic()
    /// Whether packets were sent and none received up to the last look.
    private var wasSilent = false
    private var unansweredLooks = 0
    private var unanswered: UInt64 = 0
    private var saidSilence = false
    private var saidLoss = false

    /// Another pair of SAs carries the tunnel from now on, and counts from 0.
    mutating func beginAnew() {
        last = TunnelTraffic()
        wasSilent = false
    }

    /// - Parameter now: the counters of the tunnel's current pair.
    mutating func look(_ now: TunnelTraffic) -> TrafficFinding? {
        defer { last = now }
        guard now.received.packets == 0 else {
            saidSilence = false
            return lookForLoss(now)
        }
        if saidSilence { return nil }
        // Without an accepted packet there is nothing to replay.
        let refused = now.received.refused
        if refused.failedCheck &+ refused.malformed &+ refused.outsidePolicy >= Self.enough {
            saidSilence = true
            return .everythingRefused
        }
        // Not at the first look, since an answer takes time.
        guard now.sent.packets >= Self.enough else { return nil }
        guard wasSilent else {
            wasSilent = true
            return nil
        }
        saidSilence = true
        return .nothingCame
    }

    /// What was sent beyond what came: where small packets are answered by small ones, those are the packets without answer. A
    /// transfer that goes on is answered by every second packet or so, which makes the rest too large on the average to be
    /// one packet each; a stream that nobody answers sends more than anybody repeats.
    private mutating func lookForLoss(_ now: TunnelTraffic) -> TrafficFinding? {
        let packets = Self.excess(now.sent.packets, last.sent.packets, now.received.packets, last.received.packets)
        guard packets > 0 else { return nil }
        let octets = Self.excess(now.sent.octets, last.sent.octets, now.received.octets, last.received.octets)
        guard packets <= Self.mostRepeated, Self.large.contains(octets / packets) else {
            unansweredLooks = 0
            unanswered = 0
            saidLoss = false
            return nil
        }
        unansweredLooks += 1
        unanswered &+= packets
        guard !saidLoss, unansweredLooks >= Self.largeLooks, unanswered >= Self.largePackets else { return nil }
        saidLoss = true
        return .largeLost
    }

    private static func excess(_ sent: UInt64, _ sentBefore: UInt64, _ received: UInt64, _ receivedBefore: UInt64) -> UInt64 {
        let out = sent >= sentBefore ? sent - sentBefore : sent
        let back = received >= receivedBefore ? received - receivedBefore : received
        return out > back ? out - back : 0
    }
}
