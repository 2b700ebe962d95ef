import Crypto
import DataPlane
import Wire

/// A fault of a tunnel that its counters show.
enum TrafficFinding: Equatable {
    /// It sends, but receives no ESP.
    case nothingCame
    /// It receives ESP, but refuses every packet.
    case everythingRefused
    /// Large packets are not answered, but small ones are.
    case largeLost
}

/// Finds faults of one tunnel from its counters. It is a value, without a clock or a data plane, and is given the counters at intervals.
///
/// A fault is reported once, and again only after the tunnel has worked in between.
struct TrafficWatch {
    /// The smallest number of packets that shows a fault.
    private static let enough: UInt64 = 3
    /// Octets of a large packet, with the outer header, which the kernel counts: from well below the MTU of most links to Ethernet's.
    private static let large: ClosedRange<UInt64> = 1_000...1_560
    /// A path that loses large packets shows in at least so many checks and packets, and in no check do more packets than `mostRepeated`
    /// get no answer: senders that get none repeat few packets.
    private static let largeChecks = 3
    private static let largePackets: UInt64 = 6
    private static let mostRepeated: UInt64 = 100

    /// The counters at the last check; those of a new pair of SAs start at 0.
    private var last = TunnelTraffic()
    /// Whether packets were sent and none received at the last check.
    private var wasSilent = false
    private var unansweredChecks = 0
    private var unanswered: UInt64 = 0
    private var saidSilence = false
    private var saidLoss = false

    /// Another pair of SAs carries the tunnel from now on; its counters start at 0.
    mutating func reset() {
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
        // Only packets that were accepted before can be replayed.
        let refused = now.received.refused
        if refused.failedCheck &+ refused.malformed &+ refused.outsidePolicy >= Self.enough {
            saidSilence = true
            return .everythingRefused
        }
        // Not at the first check, since an answer takes time.
        guard now.sent.packets >= Self.enough else { return nil }
        guard wasSilent else {
            wasSilent = true
            return nil
        }
        saidSilence = true
        return .nothingCame
    }

    /// Looks for large packets without an answer: those sent beyond those received, if each small packet is answered by one. In a transfer
    /// that works, about every second packet is answered, and the average size of the rest is more than a packet's. A stream that needs no
    /// answers sends more packets than senders repeat.
    private mutating func lookForLoss(_ now: TunnelTraffic) -> TrafficFinding? {
        let packets = Self.excess(now.sent.packets, last.sent.packets, now.received.packets, last.received.packets)
        guard packets > 0 else { return nil }
        let octets = Self.excess(now.sent.octets, last.sent.octets, now.received.octets, last.received.octets)
        guard packets <= Self.mostRepeated, Self.large.contains(octets / packets) else {
            unansweredChecks = 0
            unanswered = 0
            saidLoss = false
            return nil
        }
        unansweredChecks += 1
        unanswered &+= packets
        guard !saidLoss, unansweredChecks >= Self.largeChecks, unanswered >= Self.largePackets else { return nil }
        saidLoss = true
        return .largeLost
    }

    private static func excess(_ sent: UInt64, _ sentBefore: UInt64, _ received: UInt64, _ receivedBefore: UInt64) -> UInt64 {
        let out = sent >= sentBefore ? sent - sentBefore : sent
        let back = received >= receivedBefore ? received - receivedBefore : received
        return out > back ? out - back : 0
    }
}
