import Crypto
import DNS
import Linux
import Wire

/// Asks the servers in /etc/resolv.conf, several questions at once, without blocking.
///
/// Each question has a port, an ID and a random mixture of upper and lower case of its own, and goes to one server at a time. If an answer
/// does not fit into a datagram, the question is repeated over TCP.
public final class Resolver {
    /// Identifies a question under way.
    public struct QuestionID: Hashable, Sendable { let number: UInt32 }

    /// How a question ended.
    public enum Outcome: Sendable {
        /// An answer, perhaps without records: the name does not exist, or has no records of this type.
        case answer(Lookup.Answer)
        /// All servers refused; this is the last refusal.
        case refused(ResponseCode)
        /// No server could be asked, or none answered; the text says which.
        case silence(Sentence)

        /// Why there is no answer, for people.
        public var reason: Sentence? {
            switch self {
            case .answer: nil
            case .refused(let code): "the server of /etc/resolv.conf says \(code.word)"
            case .silence(let reason): reason
            }
        }
    }

    private final class Entry {
        let id: QuestionID
        var lookup: Lookup
        let servers: [Endpoint]
        /// The message that was sent last.
        var query: Query?
        /// Number of messages sent for `lookup.current`, to the servers in turn.
        var tries = 0
        var due: UInt64 = 0
        let end: UInt64
        /// Whether the current server is assumed to know EDNS.
        var usesEDNS = true
        var socket: UDPSocket?
        var stream: TCPStream?
        /// The part of the message to `stream` that has not been sent yet.
        var unsent: [UInt8] = []
        /// What `stream` has received.
        var received: [UInt8] = []
        /// The outcome if no server is left to ask.
        var failure = Outcome.silence("no server of /etc/resolv.conf answers")
        var outcome: Outcome?

        init(_ id: QuestionID, _ question: Question, _ servers: [Endpoint], end: UInt64) {
            self.id = id
            lookup = Lookup(question)
            self.servers = servers
            self.end = end
        }

        /// The current server. Answers from other addresses are not accepted.
        var server: Endpoint { servers[(max(tries, 1) - 1) % servers.count] }
    }

    private let random: RandomSource
    private let log: Log
    private let fixedServers: [Endpoint]
    private let poll: Epoll
    private var entries: [Entry] = []
    private var lastNumber: UInt32 = 0
    /// For one datagram, or one piece of a stream, at a time.
    private var buffer = [UInt8](repeating: 0, count: 4_096)

    /// - Parameters:
    ///   - random: makes IDs, and upper and lower case.
    ///   - servers: used instead of those in resolv.conf; for tests.
    public init(random: RandomSource, log: Log, servers: [Endpoint] = []) throws(SystemError) {
        self.random = random
        self.log = log
        fixedServers = servers
        poll = try Epoll()
    }

    /// For epoll: call `readable` if it is readable.
    public var number: Int32 { poll.number }

    /// Whether there are random numbers for a question. Without them, early at boot, `ask` would block.
    public var canAsk: Bool { random.canFill() }

    /// Asks a question. `nil` if `Limits.questions` are under way. Every question ends within `Limits.questionTime`; the caller then takes
    /// its `outcome`.
    public func ask(_ question: Question, now: UInt64) -> QuestionID? {
        guard entries.count < Limits.questions else { return nil }
        lastNumber &+= 1
        var servers = fixedServers
        var failure: Sentence?
        do throws(SystemError) {
            if servers.isEmpty { servers = try SystemNames.servers() }
        } catch { failure = "\(error)" }
        let entry = Entry(QuestionID(number: lastNumber), question, servers, end: now + Limits.questionTime)
        entries.append(entry)
        if let failure {
            // `advance` ends it, as it does without a server that is left.
            entry.failure = .silence(failure)
            entry.due = now
        } else {
            send(entry, now: now)
        }
        return entry.id
    }

    /// Returns how a question ended, and forgets it; `nil` while it is under way.
    public func outcome(of id: QuestionID) -> Outcome? {
        guard let index = entries.firstIndex(where: { $0.id == id }), let outcome = entries[index].outcome else { return nil }
        entries.remove(at: index)
        return outcome
    }

    /// Number of questions under way.
    public var count: Int { entries.count }

    /// When `advance` has something to do next, monotonic nanoseconds.
    public var nextDeadline: UInt64? {
        var nearest: UInt64?
        for entry in entries where entry.outcome == nil { nearest = min(nearest ?? .max, entry.due) }
        return nearest
    }

    /// Asks the next server where one has not answered in time.
    public func advance(now: UInt64) {
        for entry in entries where entry.outcome == nil && entry.due <= now { send(entry, now: now) }
    }

    /// Reads a bounded number of answers.
    public func readable(now: UInt64) {
        guard let count = try? poll.wait(until: 0) else { return }
        for index in 0..<count {
            let event = poll.event(index)
            guard let entry = entries.first(where: { UInt64($0.id.number) == event.token }) else { continue }
            if let stream = entry.stream {
                serve(entry, stream, now: now)
            } else if let socket = entry.socket {
                receive(entry, socket, now: now)
            }
        }
    }

    // MARK: Asking

    /// Asks the next server.
    private func send(_ entry: Entry, now: UInt64) {
        close(entry)
        guard entry.tries < Limits.questionRounds * entry.servers.count, now < entry.end else { return finish(entry, entry.failure) }
        entry.tries += 1
        entry.due = min(now + Limits.serverTime, entry.end)
        let query = Query(entry.lookup.current, random: random, usesEDNS: entry.usesEDNS)
        entry.query = query
        do throws(SystemError) {
            let socket = try UDPSocket(entry.server.address.family)
            try socket.bind(Endpoint(.any(socket.family), 0))
            try poll.add(socket.number, .read, token: UInt64(entry.id.number))
            entry.socket = socket
            try socket.send(query.octets.span, to: entry.server)
        } catch {
            // The link may not be up yet; the next server is asked after the usual interval.
            fail(entry, .silence("no server of /etc/resolv.conf can be asked: \(error)"))
        }
    }

    /// Asks the same server by TCP.
    private func sendByTCP(_ entry: Entry, now: UInt64) {
        close(entry)
        guard let query = entry.query, entries.count(where: { $0.stream != nil }) < Limits.longQuestions else {
            return send(entry, now: now)
        }
        entry.due = min(now + Limits.serverTime, entry.end)
        let octets = query.octets
        entry.unsent = [UInt8(octets.count >> 8), UInt8(octets.count & 255)] + octets
        do throws(SystemError) {
            let stream = try TCPStream(connectingTo: entry.server)
            try poll.add(stream.number, .write, token: UInt64(entry.id.number))
            entry.stream = stream
        } catch {
            fail(entry, .silence("\(entry.server) answers by TCP only, and cannot be asked by it: \(error)"))
            send(entry, now: now)
        }
    }

    private func close(_ entry: Entry) {
        if let socket = entry.socket { poll.remove(socket.number) }
        if let stream = entry.stream { poll.remove(stream.number) }
        (entry.socket, entry.stream, entry.unsent, entry.received) = (nil, nil, [], [])
    }

    private func fail(_ entry: Entry, _ failure: Outcome) {
        entry.failure = failure
        log.debug(log.debugging.names, "\(entry.lookup.question) from \(entry.server): \(failure.reason ?? "")")
    }

    private func finish(_ entry: Entry, _ outcome: Outcome) {
        close(entry)
        entry.outcome = outcome
    }

    // MARK: Answers

    private func receive(_ entry: Entry, _ socket: UDPSocket, now: UInt64) {
        for _ in 0..<Limits.datagramsPerTurn {
            var span = buffer.mutableSpan
            guard let datagram = (try? socket.receive(into: &span)) ?? nil else { return }
            guard datagram.peer == entry.server, !datagram.isTruncated, let query = entry.query else { continue }
            switch query.read(buffer.span.extracting(0..<datagram.count)) {
            case .foreign: continue
            case .wrongCase: return sendByTCP(entry, now: now)
            case .response(let response) where response.isTruncated: return sendByTCP(entry, now: now)
            case .response(let response): return take(response, entry, now: now)
            }
        }
    }

    private func serve(_ entry: Entry, _ stream: TCPStream, now: UInt64) {
        do throws(SystemError) {
            if !entry.unsent.isEmpty {
                guard let sent = try stream.write(entry.unsent.span) else { return }
                entry.unsent.removeFirst(sent)
                if entry.unsent.isEmpty { try poll.modify(stream.number, .read, token: UInt64(entry.id.number)) }
                return
            }
            var span = buffer.mutableSpan
            guard let count = try stream.read(into: &span) else { return }
            entry.received += buffer[..<count]
            guard entry.received.count >= 2 else {
                if count == 0 { send(entry, now: now) }
                return
            }
            let length = Int(entry.received[0]) << 8 | Int(entry.received[1])
            if entry.received.count >= 2 + length { return takeLong(entry, length, now: now) }
            guard count > 0, length <= Limits.longAnswer else {
                fail(entry, .silence("\(entry.server) sent a part of an answer, or too long a one"))
                return send(entry, now: now)
            }
        } catch {
            fail(entry, .silence("\(entry.server) answers by TCP only, and cannot be asked by it: \(error)"))
            send(entry, now: now)
        }
    }

    private func takeLong(_ entry: Entry, _ length: Int, now: UInt64) {
        guard let query = entry.query else { return }
        switch query.read(entry.received.span.extracting(2..<2 + length)) {
        case .foreign: send(entry, now: now)
        case .wrongCase(let response), .response(let response): take(response, entry, now: now)
        }
    }

    private func take(_ response: Response, _ entry: Entry, now: UInt64) {
        switch response.code {
        case .noError, .noSuchName:
            if let answer = entry.lookup.take(response) { return finish(entry, .answer(answer)) }
            entry.tries = 0
        case .formatError where entry.usesEDNS, .notImplemented where entry.usesEDNS:
            // A server that does not know EDNS: ask again without it.
            entry.usesEDNS = false
            entry.tries -= 1
        default: fail(entry, .refused(response.code))
        }
        send(entry, now: now)
    }
}

extension Limits {
    /// Time limit of one server for one message.
    static let serverTime: UInt64 = 2_000_000_000
    /// Time limit of a question, whatever the number of servers and aliases.
    public static let questionTime: UInt64 = 8_000_000_000
    /// How often each server is asked.
    static let questionRounds = 2
}
