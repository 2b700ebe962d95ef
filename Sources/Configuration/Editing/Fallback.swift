import Crypto
import Wire

/// The ipsec.conf that an unconfirmed `commit confirm` restores, as stored beside the new one: a line with the deadline, then the
/// old text.
public struct Fallback {
    /// When to restore it, in seconds since the machine's start.
    public let deadline: UInt64
    /// The kernel's boot ID. After a restart it differs, and the deadline counts as passed.
    public let boot: Name
    /// The whole ipsec.conf to go back to.
    public let text: Secret

    private static let word: StaticString = "# ipsec.conf as it was; put back unless confirmed"

    /// A fallback that begins now.
    /// - Parameter deadline: seconds since the machine's start.
    public init(deadline: UInt64, boot: Name, text: Secret) {
        self.deadline = deadline
        self.boot = boot
        self.text = text
    }

    /// Reads the file's contents; `nil` when they have another form.
    public init?(file: Secret) {
        var head: [UInt8] = []
        var index = 0
        let bytes = file.bytes
        while index < min(bytes.count, 200), bytes[index] != 0x0A {
            head.append(bytes[index])
            index += 1
        }
        let words = split(head, at: " ")
        let count = split(Self.word.octets, at: " ").count
        guard head.starts(with: Self.word.octets), index < file.count, words.count == count + 4,
            let deadline = Text.decimal(words[count + 1], limit: .max)
        else { return nil }
        self.init(deadline: deadline, boot: Name(words[count + 3]), text: file.slice((index + 1)..<file.count))
    }

    /// The file's contents, which `init(file:)` reads.
    public var file: Secret {
        let head: Sentence = "\(Self.word) by \(deadline) of \(boot)\n"
        let text = text
        return Secret(head.octets.span, text.bytes, [UInt8]().span)
    }

    /// Seconds left to confirm; 0 when the former file is to be restored.
    public func remaining(now: UInt64, boot: Name) -> UInt64 { boot == self.boot && deadline > now ? deadline - now : 0 }
}
