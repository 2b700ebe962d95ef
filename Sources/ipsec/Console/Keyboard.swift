import Linux
import Wire

/// What is typed at the terminal, octet by octet; or a script's lines. What is typed ahead waits here and in the kernel.
final class Keyboard {
    enum Key {
        case octet(UInt8)
        /// The time was up.
        case none
        /// The line dropped, or the script is at its end.
        case over
    }

    private var octets = [UInt8](repeating: 0, count: Limits.keys)
    private var start = 0
    private var end = 0
    private var isOver = false
    /// `nil` where nothing can be waited for: a file.
    private let epoll: Epoll?

    init(isTerminal: Bool) {
        epoll = isTerminal ? try? Epoll(capacity: 2) : nil
        try? epoll?.add(StandardInput.number, .read, token: 0)
    }

    /// Whether more is there at once.
    var hasMore: Bool { start < end }

    /// The next octet; it is not kept here. `deadline` (monotonic nanoseconds) is for terminals.
    func next(until deadline: UInt64? = nil) -> Key {
        if start == end {
            if isOver { return .over }
            if let epoll, deadline != nil {
                while (try? epoll.wait(until: deadline)) ?? 0 == 0 { if Clock.monotonic() >= deadline ?? 0 { return .none } }
            }
            fill()
            if start == end { return .over }
        }
        defer {
            octets[start] = 0
            start += 1
        }
        return .octet(octets[start])
    }

    private func fill() {
        if start == end { (start, end) = (0, 0) }
        guard end < octets.count else { return }
        var chunk = [UInt8](repeating: 0, count: octets.count - end)
        var span = chunk.mutableSpan
        let count = StandardInput.read(into: &span)
        if count == 0 { isOver = true }
        for index in 0..<count {
            octets[end + index] = chunk[index]
            chunk[index] = 0
        }
        end += count
    }

    enum Wake {
        case other
        /// Something was typed.
        case key
    }

    /// Waits until another descriptor can be read, or something new is typed; `nil` when the time was up. Keys that are there already
    /// do not count: they were meant for what comes afterwards.
    func wait(for other: Int32, until deadline: UInt64) -> Wake? {
        guard let epoll, !isOver else { return nil }
        // With no room for more keys they are left to the kernel.
        let isFull = end == octets.count
        if isFull { epoll.remove(StandardInput.number) }
        defer {
            epoll.remove(other)
            if isFull { try? epoll.add(StandardInput.number, .read, token: 0) }
        }
        guard (try? epoll.add(other, .read, token: 1)) != nil else { return nil }
        while true {
            let count = (try? epoll.wait(until: deadline)) ?? 0
            for index in 0..<count where epoll.event(index).token == 1 { return .other }
            if count > 0 {
                fill()
                return .key
            }
            if Clock.monotonic() >= deadline { return nil }
        }
    }

    /// Whether control C is among what was typed: what came before it is forgotten with it.
    func takeInterrupt() -> Bool {
        guard let index = octets[start..<end].lastIndex(of: 0x03) else { return isOver }
        start = index + 1
        return true
    }

    /// Forgets what was typed ahead.
    func forget() { start = end }

    /// A line of a script; `nil` at the end. Longer ones are cut.
    func line() -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            switch next() {
            case .octet(0x0A): return line
            case .octet(let octet): if line.count < Limits.lineLength { line.append(octet) }
            case .none, .over: return line.isEmpty ? nil : line
            }
        }
    }
}
