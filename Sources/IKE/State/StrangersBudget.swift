import Crypto
import Wire

/// How much of the processor those may use up who are not authenticated: Diffie-Hellman above all, the dearest thing that one
/// small message can have us do.
///
/// Only who has answered from its address comes in here: what is forged costs nobody his share. The engine reads no clock:
/// `Engine.took` tells afterwards what the computation took, and until then what the last ones of its group took stands for it.
struct StrangersBudget {
    /// The work that the message in hand is.
    private struct Item {
        let source: Address
        let isPeer: Bool
        /// `nil` for what is no Diffie-Hellman.
        let group: Group?
        /// What was charged in advance.
        let charged: UInt64
    }

    private final class Source {
        let network: Address
        var budget = ProcessorBudget(share: Limits.sourceShare, most: Limits.sourceBurst)
        init(_ network: Address) { self.network = network }
    }

    private var strangers = ProcessorBudget(share: Limits.strangersShareOfTime, most: Limits.strangersBurst)
    /// For the addresses of our peers: a flood does not delay them.
    private var peers = ProcessorBudget(share: Limits.strangersShareOfTime, most: Limits.peersBurst)
    /// The latest one last.
    private var sources: [Source] = []
    private var costs = (0...Group.curve25519.rawValue).map { Group(rawValue: $0).map(Limits.expectedCost) ?? 0 }
    private var item: Item?

    /// What a Diffie-Hellman exchange of the group takes, as the last ones did.
    func cost(_ group: Group) -> UInt64 { costs[Int(group.rawValue)] }

    /// From when on a Diffie-Hellman exchange may be done for `address`, and how much its source has not used.
    func turn(_ group: Group, for address: Address, isPeer: Bool) -> (from: UInt64, left: Int64) {
        let network = address.sourceNetwork
        let budget = sources.first { $0.network == network }?.budget ?? ProcessorBudget(share: Limits.sourceShare, most: Limits.sourceBurst)
        let all = isPeer ? peers.ready(cost(group)) : strangers.ready(cost(group))
        return (max(all, budget.ready(1)), budget.left)
    }

    /// Whether a Diffie-Hellman exchange may be done for `address` now; it is charged then.
    ///
    /// There must be as much as it costs: where cheap ones take what there is as soon as it is there, dear ones wait until it is
    /// quiet.
    mutating func allows(_ group: Group, for address: Address, isPeer: Bool, now: UInt64) -> Bool {
        let cost = cost(group)
        let source = source(address)
        guard source.budget.has(1, now: now), isPeer ? peers.has(cost, now: now) : strangers.has(cost, now: now) else { return false }
        begin(for: address, isPeer: isPeer, group, cost)
        return true
    }

    /// Whoever has had his Diffie-Hellman exchange now wants something else, which is charged when it is known what it took.
    mutating func begin(for address: Address, isPeer: Bool) { begin(for: address, isPeer: isPeer, nil, 0) }

    private mutating func begin(for address: Address, isPeer: Bool, _ group: Group?, _ cost: UInt64) {
        item = Item(source: address, isPeer: isPeer, group: group, charged: cost)
        charge(item, Int64(cost))
    }

    /// It was a peer's: nothing is charged for it.
    mutating func forgive() { item = nil }

    /// What the message in hand took.
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
    /// What one source has of addresses: itself, and of IPv6 a network of 64 bits, any address of which is its owner's.
    var sourceNetwork: Address { family == .ipv4 ? self : Address(ipv6High: high, low: 0) }
}

extension Limits {
    /// What a Diffie-Hellman exchange (both powers) costs before one was done here: nanoseconds on a small router of today.
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
