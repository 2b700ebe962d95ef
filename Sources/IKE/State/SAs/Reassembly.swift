import Wire

/// The fragments of ISAKMP messages that are not complete yet. Each ISAKMP SA has one set at most.
///
/// Anybody who knows the cookies can send fragments, so the memory of all sets is bounded. An unfinished set makes way for a newer one:
/// the oldest set of an unauthenticated peer first. A half-open exchange of an unknown address never
/// displaces the set of an established peer.
struct Reassembly {
    enum Outcome {
        /// The message is not complete yet.
        case waiting
        /// The fragment came before.
        case repeated
        case complete(message: [UInt8], fragments: Int)
        /// The fragments have more octets than a message may have.
        case tooLong
        /// There is no room.
        case full
    }

    private struct FragmentSet {
        let sa: ISAKMPSA
        let isStranger: Bool
        let responderCookie: UInt64
        let peer: Endpoint
        let id: UInt16
        let expires: UInt64
        /// In the order of arrival.
        var fragments: [Fragment] = []
        /// Bit n - 1 is set if fragment n is there.
        var present: UInt32 = 0
        /// The number of the last fragment; 0 while it is unknown.
        var last = 0
        var octets = 0

        var cost: Int { Limits.fragmentSetCost + fragments.count * Limits.fragmentCost + octets }

        /// Whether the fragment cannot be of the same message.
        func contradicts(_ fragment: Fragment) -> Bool {
            if fragment.isLast { return last != 0 && last != fragment.number || present >> UInt32(fragment.number) != 0 }
            return last != 0 && fragment.number >= last
        }

        func same(_ number: Int) -> Fragment? {
            present & 1 << UInt32(number - 1) == 0 ? nil : fragments.first { $0.number == number }
        }
    }

    /// The oldest first.
    private var sets: [FragmentSet] = []

    /// When `removeExpired` has something to do: 0 for at once.
    var nextDeadline: UInt64 {
        var next = UInt64.max
        for set in sets { next = min(next, set.sa.isRemoved ? 0 : set.expires) }
        return next
    }

    /// Octets that all sets take.
    var octets: Int { sets.reduce(0) { $0 + $1.cost } }

    /// Whether no set is unfinished.
    var isEmpty: Bool { sets.isEmpty }

    mutating func removeExpired(now: UInt64) { sets.removeAll { $0.sa.isRemoved || $0.expires <= now } }

    mutating func forget(_ sa: ISAKMPSA) { sets.removeAll { $0.sa === sa } }

    /// Adds a fragment to the set of its SA. A fragment that contradicts the set, or has another ID or source, begins a new set.
    ///
    /// - Parameter room: octets that all sets may take.
    mutating func add(
        _ fragment: Fragment, of sa: ISAKMPSA, _ responderCookie: UInt64, from peer: Endpoint, isStranger: Bool, room: Int, now: UInt64
    ) -> Outcome {
        removeExpired(now: now)
        var set = FragmentSet(
            sa: sa, isStranger: isStranger, responderCookie: responderCookie, peer: peer, id: fragment.id,
            expires: now + Limits.reassemblyTime)
        if let place = sets.firstIndex(where: { $0.sa === sa }) {
            let known = sets[place]
            if known.id == fragment.id, known.responderCookie == responderCookie, known.peer == peer, !known.contradicts(fragment) {
                guard let same = known.same(fragment.number) else {
                    set = sets.remove(at: place)
                    return complete(&set, fragment, room, now)
                }
                if same.data == fragment.data, same.isLast == fragment.isLast { return .repeated }
            }
            sets.remove(at: place)
        }
        return complete(&set, fragment, room, now)
    }

    private mutating func complete(_ set: inout FragmentSet, _ fragment: Fragment, _ room: Int, _ now: UInt64) -> Outcome {
        set.fragments.append(fragment)
        set.present |= 1 << UInt32(fragment.number - 1)
        set.octets += fragment.data.count
        if fragment.isLast { set.last = fragment.number }
        guard set.octets <= Limits.messageOctets else { return .tooLong }
        if set.fragments.count == set.last {
            var message: [UInt8] = []
            message.reserveCapacity(set.octets)
            for number in 1...set.last { if let piece = set.same(number) { message += piece.data } }
            return .complete(message: message, fragments: set.last)
        }
        guard makeRoom(for: set, room) else { return .full }
        // Where it was among the others: a set does not become younger.
        sets.insert(set, at: sets.firstIndex { $0.expires > set.expires } ?? sets.count)
        return .waiting
    }

    /// Removes older sets until `set` fits.
    private mutating func makeRoom(for set: FragmentSet, _ room: Int) -> Bool {
        if set.isStranger {
            let source = set.sa.peer.address.sourceNetwork
            let own = sets.filter { $0.isStranger && $0.sa.peer.address.sourceNetwork == source }
            if own.count >= Limits.fragmentSetsPerSource { forget(own[0].sa) }
        }
        while true {
            var all = set.cost
            var strangers = set.isStranger ? set.cost : 0
            for other in sets {
                all += other.cost
                if other.isStranger { strangers += other.cost }
            }
            if all <= room, strangers <= room / 4 * 3 { return true }
            guard let oldest = sets.firstIndex(where: { $0.isStranger }) ?? (set.isStranger ? nil : sets.indices.first) else {
                return false
            }
            sets.remove(at: oldest)
        }
    }
}
