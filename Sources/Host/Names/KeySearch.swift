import Crypto
import DNS
import Linux
import Wire

/// Finds the RSA keys that the DNS has for an ID: at an address in the reverse map, or at a host name.
///
/// It asks for IPSECKEY and TXT records at once, and for KEY records if neither has a key. All requests for one ID that come during a
/// search get its result. Nothing is kept: the next search asks again.
public final class KeySearch {
    /// Who wants the keys.
    public enum Requester: Hashable, Sendable {
        /// A Main Mode, by its token. `isStrangers`: no connection names the peer's address.
        case exchange(UInt64, isStrangers: Bool)
        /// The conns with `rsasigkey=%dnsonload`.
        case load
    }

    /// How a search ended.
    public struct Finding: Sendable {
        /// Whose keys.
        public let identity: Identity
        /// All that wanted them.
        public let requests: [Requester]
        /// At most `Limits.publishedKeys`: those of IPSECKEY records first, each kind in the order of precedence.
        public let keys: [RSAPublicKey]
        /// Why there is no key.
        public let problem: Sentence?
        /// The server found all records that it returned validly signed (AD).
        public let isAuthentic: Bool

        /// For tests.
        init(_ identity: Identity, _ requests: [Requester], keys: [RSAPublicKey], problem: Sentence?, isAuthentic: Bool = false) {
            self.identity = identity
            self.requests = requests
            self.keys = keys
            self.problem = problem
            self.isAuthentic = isAuthentic
        }
    }

    private final class Entry {
        let identity: Identity
        let name: DomainName
        var requests: [Requester]
        /// Whether it has asked for IPSECKEY and TXT, or for KEY too.
        var hasAsked = false, hasAskedForKEY = false
        var questions: [(id: Resolver.QuestionID, type: RecordType)] = []
        var found: [(rank: UInt32, key: RSAPublicKey)] = []
        var problem: Sentence?
        var isAuthentic = true

        init(_ identity: Identity, _ name: DomainName, _ request: Requester) {
            self.identity = identity
            self.name = name
            requests = [request]
        }

        var isStrangers: Bool {
            requests.allSatisfy { if case .exchange(_, true) = $0 { true } else { false } }
        }

        /// Whether a record names this host as the gateway.
        func isNamed(_ gateway: Delegation.GatewayField) -> Bool {
            switch (gateway, identity) {
            case (.itself, _): true
            case (.address(let one), .address(let other)): one == other
            case (.name(let one), .fqdn): one == name
            default: false
            }
        }

        /// Keeps a key in the order of rank; of equal rank, as they came.
        func add(_ key: RSAPublicKey, _ rank: UInt32) {
            // A stranger publishes what he likes, and a longer key would keep a router busy.
            guard key.bitCount <= Limits.publishedKeyBits else { return }
            if found.contains(where: { $0.key.equals(key) && $0.rank <= rank }) { return }
            found.removeAll { $0.key.equals(key) }
            found.insert((rank, key), at: found.firstIndex { $0.rank > rank } ?? found.count)
            if found.count > Limits.publishedKeys { found.removeLast() }
        }
    }

    private let resolver: Resolver
    private let log: Log
    /// In the order in which they came. `Limits.keySearches` have asked, at most half of them for strangers; the others wait.
    private var entries: [Entry] = []
    private var findings: [Finding] = []
    private var hasWarnedOfKEY = false

    /// Asks `resolver`, whose owner lets it work before `advance`.
    public init(_ resolver: Resolver, log: Log) {
        self.resolver = resolver
        self.log = log
    }

    /// Begins a search, or joins one for the same ID. `next` returns the result, if no search can begin at once.
    public func search(_ identity: Identity, for request: Requester, now: UInt64) {
        if let entry = entries.first(where: { $0.identity == identity }) {
            if !entry.requests.contains(request) { entry.requests.append(request) }
            return
        }
        let name: DomainName?
        switch identity {
        case .address(let address): name = DomainName(reverseOf: address)
        case .fqdn(let text): name = DomainName(text)
        default: name = nil
        }
        guard let name else { return refuse(identity, request, "it is neither an address nor a host name") }
        let entry = Entry(identity, name, request)
        var exchanges = 0
        for other in entries where other.requests.first != .load && (other.isStrangers || !entry.isStrangers) { exchanges += 1 }
        guard request == .load || exchanges < Limits.waitingKeySearches / (entry.isStrangers ? 2 : 1) else {
            return refuse(identity, request, "too many keys are searched for")
        }
        entries.append(entry)
        begin(now: now)
    }

    private func refuse(_ identity: Identity, _ request: Requester, _ problem: __owned Sentence) {
        findings.append(Finding(identity, [request], keys: [], problem: problem))
    }

    /// Asks for those that wait, if there is room for them.
    private func begin(now: UInt64) {
        var active = 0
        var strangers = 0
        for entry in entries where entry.hasAsked {
            active += 1
            if entry.isStrangers { strangers += 1 }
        }
        for entry in entries where !entry.hasAsked {
            guard active < Limits.keySearches, resolver.canAsk else { return }
            if entry.isStrangers {
                if strangers >= Limits.keySearches / 2 { continue }
                strangers += 1
            }
            active += 1
            entry.hasAsked = true
            ask(entry, .ipsecKey, now: now)
            ask(entry, .txt, now: now)
        }
    }

    private func ask(_ entry: Entry, _ type: RecordType, now: UInt64) {
        if let id = resolver.ask(Question(entry.name, type), now: now) {
            entry.questions.append((id, type))
        } else {
            entry.problem = "too many questions to the DNS are under way"
        }
    }

    /// The next search that has ended.
    public func next() -> Finding? { findings.isEmpty ? nil : findings.removeFirst() }

    /// When `next` or `advance` has something to do next, monotonic nanoseconds. The resolver has deadlines of its own.
    public var nextDeadline: UInt64? { findings.isEmpty ? nil : 0 }

    /// Takes the resolver's results.
    public func advance(now: UInt64) {
        for entry in entries where entry.hasAsked {
            for question in entry.questions {
                guard let outcome = resolver.outcome(of: question.id) else { continue }
                entry.questions.removeAll { $0.id == question.id }
                take(outcome, question.type, entry, now: now)
            }
            guard entry.questions.isEmpty else { continue }
            if entry.found.isEmpty, entry.problem == nil, !entry.hasAskedForKEY {
                entry.hasAskedForKEY = true
                ask(entry, .key, now: now)
            }
            if entry.questions.isEmpty { finish(entry) }
        }
        begin(now: now)
    }

    private func take(_ outcome: Resolver.Outcome, _ type: RecordType, _ entry: Entry, now: UInt64) {
        guard case .answer(let answer) = outcome else {
            entry.problem = outcome.reason
            return
        }
        if !answer.records.isEmpty, !answer.isAuthentic { entry.isAuthentic = false }
        for record in answer.records {
            switch record {
            case .ipsecKey(let delegation?): take(delegation, 0, entry)
            case .text(let text):
                switch Delegation.read(text: text) {
                case .foreign: break
                case .malformed: complain(entry, type, now: now)
                case .delegation(let delegation): take(delegation, 1 << 16, entry)
                }
            case .key(let key?):
                entry.add(key, 0)
                if hasWarnedOfKEY { break }
                hasWarnedOfKEY = true
                log.warning(
                    "\(entry.name) has a KEY record, and neither TXT nor IPSECKEY: KEY is obsolete (RFC 3445)", code: .recordObsolete)
            case .malformed: complain(entry, type, now: now)
            default: break
            }
        }
    }

    private func take(_ delegation: Delegation, _ rank: UInt32, _ entry: Entry) {
        guard entry.isNamed(delegation.gateway), let key = delegation.key else { return }
        entry.add(key, rank + UInt32(delegation.precedence))
    }

    /// Says once for each search that a record is malformed; a record of a stranger's name is logged at the rate for strangers.
    private func complain(_ entry: Entry, _ type: RecordType, now: UInt64) {
        guard entry.problem == nil else { return }
        let text: Sentence = "a \(type.word) record at \(entry.name) is malformed"
        entry.problem = text
        if entry.isStrangers {
            log.stranger(.warning, now: now, "\(text) and ignored", code: .recordIgnored)
        } else {
            log.warning("\(text) and ignored", code: .recordIgnored)
        }
    }

    private func finish(_ entry: Entry) {
        entries.removeAll { $0 === entry }
        let keys = entry.found.map { $0.key }
        let problem: Sentence? = keys.isEmpty ? entry.problem ?? "no record at \(entry.name) names \(entry.identity) and its key" : nil
        log.debug(log.debugging.names, "the DNS has \(keys.count) RSA keys for \(entry.identity)")
        findings.append(
            Finding(entry.identity, entry.requests, keys: keys, problem: problem, isAuthentic: entry.isAuthentic && !keys.isEmpty))
    }
}
