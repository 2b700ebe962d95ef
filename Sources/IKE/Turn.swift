import Crypto
import Wire

/// One call into the state machine: what it is given, and the actions it gathers.
struct Turn {
    let now: UInt64
    let random: RandomSource
    var actions: [Action] = []

    init(now: UInt64, random: RandomSource) {
        self.now = now
        self.random = random
    }

    // Called from everywhere and not copied there: an action is large, and so is its making.

    mutating func say(
        _ connection: ConnectionID?, _ serial: UInt64?, _ code: Int, _ level: Progress.Level = .info, _ text: Sentence
    ) {
        actions.append(.say(Progress(connection: connection, serial: serial, code: code, level: level, text)))
    }

    /// Sends a message by the ends that the SA has now.
    mutating func send(_ message: [UInt8], _ sa: ISAKMPSA) { actions.append(.send(message, from: sa.local, to: sa.peer)) }

    mutating func needSPI(_ exchange: QuickMode) { actions.append(.needSPI(exchange.spiRequest)) }

    mutating func remove(_ spi: UInt32, of destination: Address, _ connection: ConnectionID) {
        actions.append(.remove(spi: spi, destination: destination, connection))
    }

    /// At random, from 0 to just below `whole`.
    func fraction(_ whole: UInt64) -> UInt64 { (whole >> 8) * UInt64(random.uint32() >> 24) }

    /// Eight random octets, never 0.
    func cookie() -> UInt64 {
        var value: UInt64 = 0
        while value == 0 { value = random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
        return value
    }
}

/// Why a message is not acted upon.
struct Refusal: Error {
    enum Kind {
        /// Its form is wrong.
        case malformed
        /// Its sender could not have been our peer, or nobody can know.
        case unauthenticated
        /// Well formed, perhaps authenticated, and not what we agree to.
        case disagreed
        /// It would pass a limit.
        case overLimit
    }

    var kind: Kind
    /// A sentence without full stop.
    var reason: Sentence
    /// What to tell the sender.
    var notify: NotifyType?

    init(_ kind: Kind, _ notify: NotifyType?, _ reason: Sentence) {
        self.kind = kind
        self.reason = reason
        self.notify = notify
    }

    init(_ error: WireError) {
        switch error {
        case .truncated(let at): self.init(.malformed, .payloadMalformed, "its field at octet \(at) is cut off")
        case .malformed(let at): self.init(.malformed, .payloadMalformed, "its field at octet \(at) is malformed")
        }
    }
}

/// A message that is sent again until it is answered or has been sent often enough.
struct Retransmission {
    let message: [UInt8]
    private(set) var due: UInt64
    /// How often it was sent again.
    private(set) var count = 0
    private let times: [UInt64]

    init(_ message: [UInt8], times: [UInt64] = Limits.retransmission, now: UInt64) {
        self.message = message
        self.times = times
        due = now + times[0]
    }

    enum Step {
        /// Send it again, and wait so many seconds.
        case again(seconds: UInt64)
        case exhausted
    }

    /// What to do at `due`.
    mutating func step(now: UInt64) -> Step {
        count += 1
        guard count < times.count else { return .exhausted }
        due = now + times[count]
        return .again(seconds: times[count] / Limits.second)
    }
}

/// The last message of a peer within an exchange and what we answered: a message that comes again is answered again,
/// unread.
struct LastExchange {
    /// Of the last message that was acted upon; a SHA-256 hash stands for it.
    private var fingerprint: [UInt8] = []
    private(set) var answer: [UInt8]?
    private var answered: UInt64 = 0

    mutating func took(_ datagram: Span<UInt8>) {
        fingerprint = Hash.sha256(datagram)
        answer = nil
    }

    mutating func sent(_ answer: [UInt8], now: UInt64) {
        self.answer = answer
        answered = now
    }

    /// The peer is past it.
    mutating func forgetAnswer() { answer = nil }

    func isSame(_ datagram: Span<UInt8>) -> Bool { !fingerprint.isEmpty && fingerprint == Hash.sha256(datagram) }

    /// The answer, if it is time to give it again.
    mutating func again(now: UInt64) -> [UInt8]? {
        guard let answer, now >= answered + Limits.answerAgain else { return nil }
        answered = now
        return answer
    }
}
