import Crypto
import Wire

/// The peer's last message within an exchange, and our answer. A repeated message gets the same answer without being parsed.
struct LastExchange {
    /// The SHA-256 hash of the last message that was processed.
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

    /// The peer no longer needs the answer.
    mutating func forgetAnswer() { answer = nil }

    func isSame(_ datagram: Span<UInt8>) -> Bool { !fingerprint.isEmpty && fingerprint == Hash.sha256(datagram) }

    /// The answer, if enough time has passed since it was last sent.
    mutating func repeatedAnswer(now: UInt64) -> [UInt8]? {
        guard let answer, now >= answered + Limits.answerAgain else { return nil }
        answered = now
        return answer
    }
}
