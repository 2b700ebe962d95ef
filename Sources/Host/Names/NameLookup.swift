import Configuration
import DNS
import Linux
import Wire

/// The addresses of peers that ipsec.conf identifies by host names, from /etc/hosts or the DNS. They are looked up repeatedly and
/// without blocking.
public final class NameLookup {
    private final class Entry {
        let name: Name
        var addresses: [Address] = []
        /// The type of the last question, A or AAAA.
        var question: (id: Resolver.QuestionID, type: RecordType)?
        /// When the next look-up is due.
        var again: UInt64?
        /// Why /etc/hosts could not be read; `nil` if it was.
        var unread: Sentence?
        init(_ name: Name) { self.name = name }
    }

    private let resolver: Resolver
    private let log: Log
    private var entries: [Entry] = []

    /// Results that have not been taken yet; with a reason if there is no address.
    private var results: [(entry: Entry, reason: Sentence?)] = []
    /// Names beyond `Limits.hostNames` that were asked for and whose answer has not been taken yet, each once.
    private var refused: [Name] = []

    /// Uses `resolver`. Its owner calls `resolver.advance` before `advance`.
    public init(_ resolver: Resolver, log: Log) {
        self.resolver = resolver
        self.log = log
    }

    /// Looks the name up, unless a question is under way. From then on `advance` repeats that.
    public func ask(_ name: Name, now: UInt64) {
        guard let entry = entries.first(where: { $0.name == name }) ?? add(name) else {
            if !refused.contains(name) { refused.append(name) }
            return
        }
        guard entry.question == nil else { return }
        do throws(SystemError) {
            let known = try SystemNames.addresses(of: name)
            entry.unread = nil
            if !known.isEmpty { return finish(entry, known, nil, now: now) }
        } catch { entry.unread = "\(error)" }
        ask(entry, .a, now: now)
    }

    /// `nil` if the table of names is full.
    private func add(_ name: Name) -> Entry? {
        guard entries.count < Limits.hostNames else { return nil }
        let entry = Entry(name)
        entries.append(entry)
        return entry
    }

    private func ask(_ entry: Entry, _ type: RecordType, now: UInt64) {
        guard let name = DomainName(entry.name) else { return finish(entry, nil, "it is no domain name", now: now) }
        guard let id = resolver.ask(Question(name, type), now: now) else {
            return finish(entry, nil, "too many questions to the DNS are under way", now: now)
        }
        entry.question = (id, type)
    }

    /// The next result: a name with its addresses. `reason` says why the look-up failed; the addresses are then the former ones.
    public func next() -> (name: Name, addresses: [Address], reason: Sentence?)? {
        if let name = refused.popLast() { return (name, [], "the limit of \(Limits.hostNames) host names is reached") }
        if results.isEmpty { return nil }
        let (entry, reason) = results.removeFirst()
        return (entry.name, entry.addresses, reason)
    }

    /// When `advance` has something to do next, monotonic nanoseconds.
    public var nextDeadline: UInt64? {
        if !results.isEmpty || !refused.isEmpty { return 0 }
        var nearest: UInt64?
        for entry in entries where entry.question == nil {
            if let time = entry.again { nearest = min(nearest ?? .max, time) }
        }
        return nearest
    }

    /// Takes the resolver's results, and looks names up again that are due.
    public func advance(now: UInt64) {
        for entry in entries {
            if let question = entry.question {
                if let outcome = resolver.outcome(of: question.id) { take(outcome, question.type, entry, now: now) }
            } else if let again = entry.again, again <= now {
                ask(entry.name, now: now)
            }
        }
    }

    private func take(_ outcome: Resolver.Outcome, _ type: RecordType, _ entry: Entry, now: UInt64) {
        guard case .answer(let answer) = outcome else { return finish(entry, nil, outcome.reason, now: now) }
        var found: [Address] = []
        for case .address(let address) in answer.records where found.count < Limits.hostAddresses { found.append(address) }
        if found.isEmpty, type == .a { return ask(entry, .aaaa, now: now) }
        finish(entry, found.isEmpty ? nil : found, "it has no address", now: now)
    }

    private func finish(_ entry: Entry, _ found: [Address]?, _ why: Sentence?, now: UInt64) {
        var reason = why
        if let why, let unread = entry.unread { reason = "\(why); \(unread)" }
        log.debug(log.debugging.names, "\(entry.name) has \(found?.count ?? 0) addresses")
        entry.question = nil
        if let found {
            // Servers rotate the order of addresses: the first one stays first while it exists.
            if let first = entry.addresses.first, found.contains(first) {
                entry.addresses = [first] + found.filter { $0 != first }
            } else {
                entry.addresses = found
            }
        }
        entry.again = now + (entry.addresses.isEmpty ? Limits.unknownNameTime : Limits.knownNameTime)
        // One for each name; a newer result replaces an older one.
        results.removeAll { $0.entry === entry }
        results.append((entry, found == nil ? reason : nil))
    }
}

extension Limits {
    /// Interval between look-ups of a name without an address.
    static let unknownNameTime: UInt64 = 20_000_000_000
    /// Interval between look-ups of a name that has addresses.
    static let knownNameTime: UInt64 = 300_000_000_000
}
