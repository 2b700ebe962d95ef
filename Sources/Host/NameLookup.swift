import Configuration
import Crypto
import Linux
import Wire

/// The addresses of peers that ipsec.conf names by host names: from /etc/hosts, or asked of the servers in /etc/resolv.conf, again
/// and again, and never waited for.
public final class NameLookup {
    private final class Entry {
        let name: Name
        var addresses: [Address] = []
        var question: Question?
        /// When it is asked again by itself.
        var again: UInt64?
        init(_ name: Name) { self.name = name }
    }

    /// What was asked last.
    struct Question {
        var id: UInt16 = 0
        var family: Address.Family
        let servers: [Address]
        /// Times asked, the servers in turn.
        var tries = 0
        var due: UInt64 = 0

        /// The server whose turn it was: nobody else can answer.
        var server: Endpoint? { tries == 0 ? nil : Endpoint(servers[(tries - 1) % servers.count], 53) }
    }

    /// Nanoseconds that a server has; times that each is asked.
    private static let patience: UInt64 = 2_000_000_000
    private static let rounds = 2
    /// Nanoseconds until a name is asked for again: one that has no address, and one that has.
    private static let soon: UInt64 = 20_000_000_000
    private static let later: UInt64 = 300_000_000_000
    private static let servers = 3

    private let random: RandomSource
    private let log: Log
    private var entries: [Entry] = []
    private var sockets: [UDPSocket] = []
    private var buffer = [UInt8](repeating: 0, count: NameQuery.longestAnswer)

    /// Set by the daemon: a descriptor to be watched.
    public var opened: ((Int32) -> Void)?
    /// What was looked up and nobody has heard of yet; with a reason where there is no address.
    private var results: [(name: Name, reason: Sentence?)] = []

    /// `random` makes the questions' numbers.
    public init(random: RandomSource, log: Log) {
        self.random = random
        self.log = log
    }

    /// What is known so far. A name that was never asked for is asked for now.
    public func addresses(of name: Name) -> [Address] {
        if let entry = entries.first(where: { $0.name == name }) { return entry.addresses }
        ask(name, now: Clock.monotonic())
        return entries.first { $0.name == name }?.addresses ?? []
    }

    /// Asks anew, unless the answer is on its way.
    public func ask(_ name: Name, now: UInt64) {
        var entry = entries.first { $0.name == name }
        if entry == nil, entries.count < Limits.hostNames {
            entry = Entry(name)
            entries.append(entry!)
        }
        guard let entry, entry.question == nil else { return }
        let known = Self.hosts(name)
        if !known.isEmpty { return finish(entry, known, nil, now: now) }
        entry.question = Question(family: .ipv4, servers: Self.nameServers())
        send(entry, now: now)
    }

    /// The next name that was looked up, and why it has no address where that is so.
    public func next() -> (name: Name, reason: Sentence?)? { results.isEmpty ? nil : results.removeFirst() }

    /// When `advance` has something to do next, monotonic nanoseconds.
    public var nextDeadline: UInt64? {
        if !results.isEmpty { return 0 }
        var nearest: UInt64?
        for entry in entries {
            if let time = entry.question?.due ?? entry.again { nearest = min(nearest ?? .max, time) }
        }
        return nearest
    }

    /// Asks again what was not answered in time, or long ago.
    public func advance(now: UInt64) {
        for entry in entries {
            if let question = entry.question {
                if question.due <= now { send(entry, now: now) }
            } else if let again = entry.again, again <= now {
                ask(entry.name, now: now)
            }
        }
    }

    /// Asks the next server.
    private func send(_ entry: Entry, now: UInt64) {
        guard var question = entry.question else { return }
        guard question.tries < Self.rounds * question.servers.count else {
            return finish(entry, nil, "no server of /etc/resolv.conf answers", now: now)
        }
        question.tries += 1
        guard let server = question.server else { return }
        question.id = UInt16(truncatingIfNeeded: random.uint32())
        question.due = now + Self.patience
        entry.question = question
        do throws(SystemError) {
            let octets = NameQuery.question(entry.name, id: question.id, question.family)
            try socket(server.address.family).send(octets.span, to: server)
        } catch {
            // Perhaps the line is not up yet; the next server's turn comes in its time.
            log.debug(log.debugging.names, "cannot ask \(server) for \(entry.name): \(error)")
        }
    }

    private func socket(_ family: Address.Family) throws(SystemError) -> UDPSocket {
        if let known = sockets.first(where: { $0.family == family }) { return known }
        let socket = try UDPSocket(family)
        try socket.bind(Endpoint(.any(family), 0))
        sockets.append(socket)
        opened?(socket.number)
        return socket
    }

    /// Takes a bounded batch of answers.
    public func readable(now: UInt64) {
        for socket in sockets {
            for _ in 0..<Limits.datagramsPerTurn {
                var span = buffer.mutableSpan
                guard let datagram = (try? socket.receive(into: &span)) ?? nil else { break }
                take(datagram, now: now)
            }
        }
    }

    private func take(_ datagram: Datagram, now: UInt64) {
        for entry in entries {
            guard let question = entry.question, datagram.peer == question.server,
                let answer = NameQuery.answer(
                    buffer.span.extracting(0..<datagram.count), to: entry.name, id: question.id, question.family)
            else { continue }
            switch answer {
            case .failure: send(entry, now: now)
            case .addresses(let found):
                if found.isEmpty, question.family == .ipv4 {
                    entry.question?.family = .ipv6
                    entry.question?.tries = 0
                    send(entry, now: now)
                } else {
                    finish(entry, found.isEmpty ? nil : found, "it has no address", now: now)
                }
            }
            return
        }
    }

    private func finish(_ entry: Entry, _ found: [Address]?, _ reason: Sentence?, now: UInt64) {
        log.debug(log.debugging.names, "\(entry.name) has \(found?.count ?? 0) addresses")
        entry.question = nil
        if let found {
            // Servers turn the order: as long as the first one is there, it stays the first.
            if let first = entry.addresses.first, found.contains(first) {
                entry.addresses = [first] + found.filter { $0 != first }
            } else {
                entry.addresses = found
            }
        }
        entry.again = now + (entry.addresses.isEmpty ? Self.soon : Self.later)
        // Another port the next time: who forges answers has to guess it.
        if !entries.contains(where: { $0.question != nil }) { sockets = [] }
        results.append((entry.name, found == nil ? reason : nil))
    }

    // MARK: Files

    /// Lines of a file as words, without remarks.
    private static func lines(_ path: Path) -> [[Name]] {
        var lines: [[Name]] = []
        for line in ((try? Files.read(path, limit: 65_536)) ?? []).split(separator: UInt8(ascii: "\n")) {
            var words: [Name] = []
            for word in line.prefix(while: { $0 != UInt8(ascii: "#") }).split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }) {
                words.append(Name(Array(word)))
            }
            lines.append(words)
        }
        return lines
    }

    private static func hosts(_ name: Name) -> [Address] {
        var found: [Address] = []
        let wanted = name.lowercased
        for words in lines("/etc/hosts") where words.dropFirst().contains(where: { $0.lowercased == wanted }) {
            if let address = Address(words[0].bytes) { found.append(address) }
        }
        return found
    }

    private static func nameServers() -> [Address] {
        var servers: [Address] = []
        for words in lines("/etc/resolv.conf") where words.count > 1 && words[0] == "nameserver" && servers.count < Self.servers {
            if let address = Address(words[1].bytes) { servers.append(address) }
        }
        return servers.isEmpty ? [Address(ipv4: 0x7f00_0001)] : servers
    }
}
