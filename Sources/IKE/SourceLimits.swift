import Wire

/// How much Diffie-Hellman each of the latest sources may have us do, so that one does not use up what there is for all.
/// Only who has answered from its address comes in here: what is forged costs nobody his share.
struct SourceLimits {
    private final class Source {
        let address: Address
        var limit = RateLimit(burst: Limits.sourceExchanges, interval: Limits.sourceExchangeInterval)
        init(_ address: Address) { self.address = address }
    }

    /// The latest one last.
    private var known: [Source] = []

    mutating func allows(_ address: Address, now: UInt64) -> Bool {
        var source = Source(address)
        if let place = known.firstIndex(where: { $0.address == address }) {
            source = known.remove(at: place)
        } else if known.count >= Limits.sources {
            known.remove(at: 0)
        }
        known.append(source)
        return source.limit.allows(now: now)
    }
}
