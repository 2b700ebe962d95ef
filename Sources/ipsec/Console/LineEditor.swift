import Wire

/// A line editor: takes the octets that are typed, and returns the octets that make the terminal show the line.
///
/// It uses backspace, carriage return and line feed only, which every terminal has.
struct LineEditor {
    /// The result of a key.
    enum KeyResult {
        case nothing
        /// The line is complete: see `take`.
        case entered
        /// Tab, `?`, control C, and control D on an empty line.
        case complete, help, interrupted, ended
    }

    private(set) var line: [UInt8] = []
    /// The index in the line where the next octet is inserted.
    private(set) var cursor = 0
    /// Octets for the terminal. The caller removes them.
    var output: [UInt8] = []
    /// The terminal's width in characters.
    var columns = 80
    /// The terminal echoes by itself: typed octets are not sent back.
    var isEchoedByTerminal = false

    private var prompt: [UInt8] = []
    /// What the terminal shows after the prompt, its cursor's column there, and the part of the line that is visible.
    private var shown: [UInt8] = []
    private var place = 0
    private var first = 0
    private var history: [[UInt8]] = []
    /// The index of the line of the history that is shown; `history.count` for the line being typed, which `draft` keeps.
    private var looked = 0
    private var draft: [UInt8] = []
    private var sequence = Sequence.none
    private var number = 0
    private var lastWasReturn = false

    private enum Sequence { case none, escape, control, literal }

    /// Begins a new line after a prompt.
    mutating func begin(_ prompt: __owned Sentence) {
        self.prompt = prompt.octets
        line = []
        cursor = 0
        looked = history.count
        redraw()
    }

    /// Shows prompt and line again after other output.
    mutating func redraw() {
        output += prompt
        shown = []
        place = 0
        if isEchoedByTerminal { output += masked } else { refresh() }
    }

    /// The line that was entered. It goes into the history, unless it holds a secret: then it is wiped.
    mutating func take() -> [UInt8] {
        let taken = line
        let isSecret = Grammar.secretStart(line) != nil
        for index in line.indices { line[index] = 0 }
        for index in shown.indices { shown[index] = 0 }
        line = []
        cursor = 0
        if !isSecret, taken.contains(where: { $0 != 0x20 && $0 != 0x09 }), taken != history.last, taken.count <= Limits.historyLine {
            if history.count == Limits.history { history.removeFirst() }
            history.append(taken)
        }
        return taken
    }

    // MARK: Keys

    mutating func press(_ octet: UInt8) -> KeyResult {
        // CR LF is one end of line.
        let isSecondHalf = octet == 0x0A && lastWasReturn
        lastWasReturn = octet == 0x0D
        if isSecondHalf { return .nothing }
        switch sequence {
        case .none: return pressAlone(octet)
        case .literal:
            sequence = .none
            insert([octet])
        case .escape:
            sequence = octet == UInt8(ascii: "[") || octet == UInt8(ascii: "O") ? .control : .none
            number = 0
        case .control:
            if octet >= 0x30, octet <= 0x39 {
                number = min(number * 10 + Int(octet - 0x30), 999)
            } else if octet >= 0x40 {
                sequence = .none
                follow(octet)
            }
        }
        return .nothing
    }

    /// A key that belongs to no sequence.
    private mutating func pressAlone(_ octet: UInt8) -> KeyResult {
        switch octet {
        case 0x0D, 0x0A:
            output.append(0x0A)
            return .entered
        case 0x09:
            if cursor > 0, !isProse { return .complete }
            insert([octet])
        case UInt8(ascii: "?"):
            if !isProse { return .help }
            insert([octet])
        case 0x01: move(to: 0)
        case 0x02: move(to: cursor - 1)
        case 0x03: return .interrupted
        case 0x04:
            if line.isEmpty { return .ended }
            remove(cursor..<min(cursor + 1, line.count))
        case 0x05: move(to: line.count)
        case 0x06: move(to: cursor + 1)
        case 0x08, 0x7F: remove(max(0, cursor - 1)..<cursor)
        case 0x0B: remove(cursor..<line.count)
        case 0x0C:
            output.append(0x0A)
            redraw()
        case 0x0E: look(at: looked + 1)
        case 0x10: look(at: looked - 1)
        case 0x15: remove(0..<cursor)
        case 0x16: sequence = .literal
        case 0x17: removeWord()
        case 0x1B: sequence = .escape
        case 0..<0x20: ring()
        default: insert([octet])
        }
        return .nothing
    }

    /// Escape sequences: arrow keys, Home, End, Delete.
    private mutating func follow(_ octet: UInt8) {
        switch (octet, number) {
        case (UInt8(ascii: "A"), _): look(at: looked - 1)
        case (UInt8(ascii: "B"), _): look(at: looked + 1)
        case (UInt8(ascii: "C"), _): move(to: cursor + 1)
        case (UInt8(ascii: "D"), _): move(to: cursor - 1)
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), 1), (UInt8(ascii: "~"), 7): move(to: 0)
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), 4), (UInt8(ascii: "~"), 8): move(to: line.count)
        case (UInt8(ascii: "~"), 3): remove(cursor..<min(cursor + 1, line.count))
        default: break
        }
    }

    /// Whether the text before the cursor is text of ipsec.conf, a value or a comment, where Tab and `?` are ordinary characters: so a
    /// block of ipsec.conf can be pasted.
    private var isProse: Bool { Grammar.isProse(line[..<cursor]) }

    mutating func ring() { output.append(0x07) }

    // MARK: Changes

    mutating func insert(_ octets: [UInt8]) {
        guard line.count + octets.count <= Limits.lineLength else { return ring() }
        line.insert(contentsOf: octets, at: cursor)
        cursor += octets.count
        refresh()
    }

    private mutating func remove(_ range: Range<Int>) {
        line.removeSubrange(range)
        cursor = range.lowerBound
        refresh()
    }

    /// Removes the word before the cursor.
    private mutating func removeWord() {
        var start = cursor
        while start > 0, line[start - 1] == 0x20 { start -= 1 }
        while start > 0, line[start - 1] != 0x20 { start -= 1 }
        remove(start..<cursor)
    }

    private mutating func move(to position: Int) {
        cursor = min(max(0, position), line.count)
        refresh()
    }

    private mutating func look(at index: Int) {
        guard index >= 0, index <= history.count, index != looked else { return ring() }
        if looked == history.count { draft = line }
        looked = index
        line = index == history.count ? draft : history[index]
        cursor = line.count
        refresh()
    }

    // MARK: The terminal

    /// The line as it is shown, one column for each octet.
    private var masked: [UInt8] {
        let secret = Grammar.secretStart(line) ?? line.count
        var seen: [UInt8] = []
        seen.reserveCapacity(line.count)
        for index in line.indices {
            let octet = line[index]
            let isPlain = octet >= 0x20 && octet < 0x7F
            seen.append(index >= secret ? UInt8(ascii: "*") : isPlain ? octet : octet == 0x09 ? 0x20 : UInt8(ascii: "?"))
        }
        return seen
    }

    /// Updates the terminal: moves the cursor back and overwrites what differs.
    private mutating func refresh() {
        if isEchoedByTerminal { return }
        // The last column stays empty: some terminals wrap after it.
        let room = max(8, columns - prompt.count - 1)
        if cursor < first || cursor > first + room { first = max(0, cursor - room / 2) }
        if line.count <= room { first = 0 }
        var wanted = Array(masked[first..<min(line.count, first + room)])
        if first > 0, !wanted.isEmpty { wanted[0] = UInt8(ascii: "<") }
        var same = 0
        while same < wanted.count, same < shown.count, wanted[same] == shown[same] { same += 1 }
        if same < wanted.count || same < shown.count {
            walk(to: same, over: shown)
            output += wanted[same...]
            place = wanted.count
            if shown.count > place {
                let surplus = shown.count - place
                output += [UInt8](repeating: 0x20, count: surplus)
                output += [UInt8](repeating: 0x08, count: surplus)
            }
        }
        shown = wanted
        walk(to: cursor - first, over: wanted)
    }

    /// Moves the terminal's cursor; forwards by writing the characters again.
    private mutating func walk(to target: Int, over text: [UInt8]) {
        while place > target {
            output.append(0x08)
            place -= 1
        }
        if place < target {
            output += text[place..<target]
            place = target
        }
    }
}
