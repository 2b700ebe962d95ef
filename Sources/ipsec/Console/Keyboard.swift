import Linux
import Wire

/// Input from a terminal, octet by octet, or from a script, line by line. Type-ahead waits here and in the kernel.
final class Keyboard {
    enum Input {
        case octet(UInt8)
        /// The deadline passed.
        case none
        /// The terminal hung up, or the script ended.
        case over
    }

    private var octets = [UInt8](repeating: 0, count: Limits.keys)
    private var start = 0
    private var end = 0
    private var isOver = false
    /// `nil` for a file, which epoll cannot wait for.
    private let epoll: Epoll?

    init(isTerminal: Bool) {
        epoll = isTerminal ? try? Epoll(capacity: 2) : nil
        try? epoll?.add(StandardInput.number, .read, token: 0)
    }

    /// Whether more input can be read without waiting.
    var hasMore: Bool { start < end }

    /// The next octet, which is wiped here. `deadline` (monotonic nanoseconds) holds for terminals only.
    func next(until deadline: UInt64? = nil) -> Input {
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

    /// Waits until another descriptor is readable or a new key is typed; `nil` when the deadline passed. Type-ahead does not count: it
    /// is for the next command.
    func wait(for other: Int32, until deadline: UInt64) -> Wake? {
        guard let epoll, !isOver else { return nil }
        // Where the buffer is full, keys stay in the kernel.
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

    /// Whether control C was typed; it and the keys before it are discarded.
    func takeInterrupt() -> Bool {
        guard let index = octets[start..<end].lastIndex(of: 0x03) else { return isOver }
        start = index + 1
        return true
    }

    /// Discards type-ahead.
    func forget() { start = end }

    /// A line of a script; `nil` at the end. A line that is too long is cut.
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
