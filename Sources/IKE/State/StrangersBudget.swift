import Crypto
import Wire

/// The processor time that unauthenticated peers may use, above all for Diffie-Hellman.
///
/// Only sources that have proved their address are charged, so forged messages do not use up the share of another source. The engine
/// reads no clock: `Engine.took` reports the time of a computation afterwards. Until then the average of earlier ones of its group is
/// charged.
struct StrangersBudget {
    /// The computation that the present message causes.
    private struct Item {
        let source: Address
        let isPeer: Bool
        /// `nil` for anything but Diffie-Hellman.
        let group: Group?
        /// What was charged in advance, in nanoseconds.
        let charged: UInt64
    }

    private final class Source {
        let network: Address
        var budget = ProcessorBudget(share: Limits.sourceShare, most: Limits.sourceBurst)
        init(_ network: Address) { self.network = network }
    }

    private var strangers = ProcessorBudget(share: Limits.strangersShareOfTime, most: Limits.strangersBurst)
    /// The share of our peers' addresses, which a flood from others does not delay.
    private var peers = ProcessorBudget(share: Limits.strangersShareOfTime, most: Limits.peersBurst)
    /// The most recent one is last.
    private var sources: [Source] = []
    private var costs = (0...Group.curve25519.rawValue).map { Group(rawValue: $0).map(Limits.expectedCost) ?? 0 }
    private var item: Item?

    /// The average time of a Diffie-Hellman exchange of the group, in nanoseconds.
    func cost(_ group: Group) -> UInt64 { costs[Int(group.rawValue)] }

    /// The earliest time of a Diffie-Hellman exchange for `address`, and what its source has left.
    func turn(_ group: Group, for address: Address, isPeer: Bool) -> (from: UInt64, left: Int64) {
        let network = address.sourceNetwork
        let budget = sources.first { $0.network == network }?.budget ?? ProcessorBudget(share: Limits.sourceShare, most: Limits.sourceBurst)
        let all = isPeer ? peers.ready(cost(group)) : strangers.ready(cost(group))
        return (max(all, budget.ready(1)), budget.left)
    }

    /// Whether a Diffie-Hellman exchange may be done for `address` now. If so, it is charged.
    ///
    /// The whole cost must be there. While cheap exchanges use up the budget, costly ones wait.
    mutating func allows(_ group: Group, for address: Address, isPeer: Bool, now: UInt64) -> Bool {
        let cost = cost(group)
        let source = source(address)
        guard source.budget.has(1, now: now), isPeer ? peers.has(cost, now: now) : strangers.has(cost, now: now) else { return false }
        begin(for: address, isPeer: isPeer, group, cost)
        return true
    }

    /// Begins another computation for a source that has had its Diffie-Hellman exchange. It is charged afterwards.
    mutating func begin(for address: Address, isPeer: Bool) { begin(for: address, isPeer: isPeer, nil, 0) }

    private mutating func begin(for address: Address, isPeer: Bool, _ group: Group?, _ cost: UInt64) {
        item = Item(source: address, isPeer: isPeer, group: group, charged: cost)
        charge(item, Int64(cost))
    }

    /// The message is authenticated: nothing is charged for it.
    mutating func forgive() { item = nil }

    /// Charges the time of the present message.
    mutating func took(_ time: UInt64) {
        guard let item else { return }
        self.item = nil
        charge(item, Int64(min(time, UInt64(UInt32.max) * 16)) - Int64(item.charged))
        guard let group = item.group else { return }
        let place = Int(group.rawValue)
        costs[place] = (costs[place] * 3 + time) / 4
    }

    private mutating func charge(_ item: Item?, _ time: Int64) {
        guard let item else { return }
        source(item.source).budget.charge(time)
        if item.isPeer { peers.charge(time) } else { strangers.charge(time) }
    }

    private mutating func source(_ address: Address) -> Source {
        let network = address.sourceNetwork
        let source: Source
        if let place = sources.firstIndex(where: { $0.network == network }) {
            source = sources.remove(at: place)
        } else {
            if sources.count >= Limits.sources { sources.remove(at: 0) }
            source = Source(network)
        }
        sources.append(source)
        return source
    }
}

extension Address {
    /// The addresses that count as one source: one IPv4 address, or one IPv6 network of 64 bits, which usually has one owner.
    var sourceNetwork: Address { family == .ipv4 ? self : Address(ipv6High: high, low: 0) }
}

extension Limits {
    /// The assumed time of a Diffie-Hellman exchange before the first one, in nanoseconds, on a small router.
    static func expectedCost(_ group: Group) -> UInt64 {
        let milliseconds: UInt64 =
            switch group {
            case .modp1024: 2
            case .modp1536, .curve25519, .ecp256: 4
            case .modp2048, .ecp384: 6
            case .modp3072, .ecp521: 12
            case .modp4096: 24
            case .modp6144: 60
            case .modp8192: 120
            }
        return milliseconds * second / 1000
    }
}
