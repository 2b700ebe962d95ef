import Wire

/// One line of the daemon's answer.
///
/// Whatever a text holds, it is one line: nothing in it ends the line or the answer, or is obeyed by the terminal that shows it.
public enum Reply: Equatable, Sendable {
    /// `NNN text`: what happened. The numbers, 0 to 999, are whack's: see `IKE.Progress.code`.
    case progress(Int, Sentence)
    /// `>text`: a line of a report, which is shown unchanged.
    case plain(Sentence)
    /// `=text`: a value that was asked for, for a program.
    case value(Sentence)
    /// `exit N`: the command's exit code, 0 to 255; nothing follows.
    case exit(Int)

    /// The line with its newline.
    public var line: [UInt8] {
        switch self {
        case .progress, .plain: (mark + text.printable + "\n").octets
        case .value(let text): ("=\(text.printable)\n" as Sentence).octets
        case .exit(let code): ("exit \(code)\n" as Sentence).octets
        }
    }

    private var mark: Sentence {
        if case .plain = self { return ">" }
        return ""
    }

    /// The text that a person is shown; empty if nothing is shown.
    public var text: Sentence {
        switch self {
        case .progress(let code, let text): "\(code < 10 ? "00" : code < 100 ? "0" : "" as StaticString)\(code) \(text)"
        case .plain(let text): text
        case .value, .exit: ""
        }
    }

    /// Decodes a line without its newline; `nil` when it is none.
    public init?(line: ArraySlice<UInt8>) {
        let exit = ("exit " as StaticString).octets
        if line.first == UInt8(ascii: ">") {
            self = .plain(Sentence(octets: Array(line.dropFirst())))
        } else if line.first == UInt8(ascii: "=") {
            self = .value(Sentence(octets: Array(line.dropFirst())))
        } else if line.starts(with: exit) {
            guard let code = Text.decimal(line.dropFirst(exit.count), limit: 255) else { return nil }
            self = .exit(Int(code))
        } else {
            guard line.count > 3, line[line.startIndex + 3] == UInt8(ascii: " "), let code = Text.decimal(line.prefix(3)) else {
                return nil
            }
            self = .progress(Int(code), Sentence(octets: Array(line.dropFirst(4))))
        }
    }
}

/// Makes replies of octets as they come.
public struct ReplyReader {
    private var octets: [UInt8] = []

    /// Nothing has come.
    public init() {}

    /// Adds received octets.
    public mutating func append(_ more: ArraySlice<UInt8>) { octets += more }

    /// The next whole line; `nil` when none has come yet.
    /// - Throws: `.notUnderstood` for a line that is no reply, which is then gone.
    public mutating func next() throws(ReplyError) -> Reply? {
        guard let end = octets.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { octets.removeFirst(end + 1) }
        guard let reply = Reply(line: octets[..<end]) else { throw .notUnderstood(Sentence(octets: Array(octets[..<end])).printable) }
        return reply
    }
}

/// A received line is not a reply.
public enum ReplyError: Error, Equatable, Sendable {
    case notUnderstood(Sentence)
}
