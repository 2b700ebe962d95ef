import Crypto
import Wire

/// The last message of a peer within an exchange and what we answered: a message that comes again is answered again,
/// unread.
struct LastExchange {
    /// Of the last message that was acted upon; a SHA-256 hash stands for it.
    private var fingerprint: [UInt8] = []
    private(set) var answer: [UInt8]?
    private var answered: UInt64 = 0

    mutating func accepted(_ datagram: Span<UInt8>) {
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
    mutating func repeatedAnswer(now: UInt64) -> [UInt8]? {
        guard let answer, now >= answered + Limits.answerAgain else { return nil }
        answered = now
        return answer
    }
}
