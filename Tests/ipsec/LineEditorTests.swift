import Testing
import Wire

@testable import ipsec

/// A terminal that understands only backspace, carriage return, line feed and bell: the text on its screen.
private struct Paper {
    var lines: [[UInt8]] = [[]]
    var column = 0
    var bells = 0
    var widest = 0

    mutating func print(_ octets: [UInt8]) {
        for octet in octets {
            switch octet {
            case 0x07: bells += 1
            case 0x08: column = max(0, column - 1)
            case 0x0D: column = 0
            case 0x0A:
                lines.append([])
                column = 0
            case 0x20..<0x7F:
                while lines[lines.count - 1].count <= column { lines[lines.count - 1].append(0x20) }
                lines[lines.count - 1][column] = octet
                column += 1
                widest = max(widest, column)
            default: Issue.record("octet \(octet) is none for a dumb terminal")
            }
        }
    }

    var line: String {
        var octets = lines[lines.count - 1]
        while octets.last == 0x20 { octets.removeLast() }
        return String(decoding: octets, as: UTF8.self)
    }
}

private struct Typist {
    var editor = LineEditor()
    var paper = Paper()

    init(_ prompt: Sentence = "> ", columns: Int = 80) {
        editor.columns = columns
        editor.begin(prompt)
        show()
    }

    mutating func show() {
        paper.print(editor.output)
        editor.output = []
    }

    @discardableResult
    mutating func type(_ text: String) -> LineEditor.KeyResult {
        var last = LineEditor.KeyResult.nothing
        for octet in text.utf8 {
            last = editor.press(octet)
            show()
        }
        return last
    }

    /// The line that was entered; a new line begins.
    mutating func enter(_ text: String) -> String {
        #expect(type(text + "\r") == .entered)
        let line = editor.take()
        editor.begin("> ")
        show()
        return String(decoding: line, as: UTF8.self)
    }

    var line: String { String(decoding: editor.line, as: UTF8.self) }
}

@Suite struct LineEditorTests {
    static let keys: [(String, String, Int)] = [
        ("abc", "abc", 3), ("abc\u{08}", "ab", 2), ("abc\u{7F}\u{7F}", "a", 1), ("abc\u{01}x", "xabc", 1),
        ("abc\u{1B}[D\u{1B}[Dx", "axbc", 2), ("abc\u{1B}[H\u{1B}[Cx", "axbc", 2), ("abc\u{1B}OH\u{1B}[3~", "bc", 0),
        ("abc\u{1B}[1~x\u{1B}[4~y", "xabcy", 5), ("abc\u{02}\u{0B}", "ab", 2), ("abc\u{02}\u{15}", "c", 0),
        ("one two  \u{17}x", "one x", 5), ("abc\u{01}\u{06}\u{04}", "ac", 1), ("abc\u{01}\u{05}d", "abcd", 4),
        ("\u{08}\u{1B}[Dabc", "abc", 3), ("ab\u{16}\u{09}c", "ab\tc", 4), ("a\u{1B}[200~b", "ab", 2), ("a\u{1B}Zb", "ab", 2),
    ]

    @Test(arguments: keys) func keysDoWhatTheyDo(_ typed: String, _ line: String, _ cursor: Int) {
        var typist = Typist()
        typist.type(typed)
        #expect(typist.line == line)
        #expect(typist.editor.cursor == cursor)
        #expect(typist.paper.line == "> " + line.map { $0 == "\t" ? " " : String($0) }.joined())
        #expect(typist.paper.column == 2 + cursor)
    }

    /// After any keys, the terminal shows the line within its columns.
    @Test(arguments: [80, 40, 20]) func theTerminalShowsTheLine(_ columns: Int) {
        var seed: UInt64 = 42
        func random(_ below: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % below
        }
        let keys = ["\u{08}", "\u{01}", "\u{05}", "\u{1B}[D", "\u{1B}[C", "\u{04}", "\u{17}", "\u{0B}", "\u{1B}[D", "\u{1B}[A", "\u{0C}"]
        var typist = Typist("ipsec> ", columns: columns)
        for step in 0..<4000 {
            if random(9) > 1 || typist.editor.line.isEmpty {
                typist.type("\("abcdefgh ijkl=".dropFirst(random(14)).prefix(1))")
            } else {
                typist.type(keys[random(keys.count)])
            }
            let room = columns - 8
            #expect(typist.paper.widest < columns, "step \(step)")
            if typist.editor.line.count <= room {
                var shown = "ipsec> " + typist.line
                while shown.last == " " { shown.removeLast() }
                #expect(typist.paper.line == shown, "step \(step)")
                #expect(typist.paper.column == 7 + typist.editor.cursor, "step \(step)")
            }
            if step % 97 == 0 {
                typist.type("\r")
                _ = typist.editor.take()
                typist.editor.begin("ipsec> ")
                typist.show()
            }
        }
    }

    @Test func oneKeyAtTheEndSendsOneOctet() {
        var editor = LineEditor()
        editor.begin("> ")
        editor.output = []
        _ = editor.press(UInt8(ascii: "a"))
        #expect(editor.output == [UInt8(ascii: "a")])
    }

    @Test func historyGoesBackAndForth() {
        var typist = Typist()
        #expect(typist.enter("first") == "first")
        #expect(typist.enter("second") == "second")
        #expect(typist.enter("second") == "second")
        #expect(typist.enter("  ") == "  ")
        typist.type("dra\u{1B}[A")
        #expect(typist.line == "second")
        typist.type("\u{10}")
        #expect(typist.line == "first")
        typist.type("\u{1B}[A")
        #expect(typist.paper.bells == 1)
        typist.type("\u{1B}[B\u{0E}")
        #expect(typist.line == "dra")
        for number in 0..<200 { _ = typist.enter("line \(number)") }
        for _ in 0..<300 { typist.type("\u{10}") }
        #expect(typist.line == "line \(200 - Limits.history)")
    }

    @Test(arguments: [
        ("set leftespenckey=0x0011", "set leftespenckey=******"), ("\tespauthkey = 0x0011", " espauthkey ********"),
        ("@a @b : PSK \"abc\"", "@a @b : PSK *****"), ("set leftid=@psk", "set leftid=@psk"),
    ])
    func secretsAreNeitherShownNorKept(_ typed: String, _ shown: String) {
        var typist = Typist()
        _ = typist.enter("before")
        typist.type(typed)
        #expect(typist.paper.line == "> " + shown)
        #expect(typist.enter("") == typed)
        typist.type("\u{10}")
        #expect(typist.line == (shown.contains("*") ? "before" : typed))
    }

    @Test func tabsInAPastedBlockAreWhiteSpace() {
        var typist = Typist()
        for line in ["\tleft=192.0.2.1\t# us?", "    auto=add\t", "conn home\t# which?", "# why?\tthis", "config setup\t"] {
            #expect(typist.enter(line) == line)
        }
        #expect(typist.type("sh\t") == .complete)
        #expect(typist.type("ow ?") == .help)
        #expect(typist.type("\u{15}?") == .help)
        #expect(typist.type("set leftid=\"what?\t") == .nothing)
    }

    @Test func bothEndsOfLineAreOne() {
        var typist = Typist()
        #expect(typist.type("a\r") == .entered)
        _ = typist.editor.take()
        #expect(typist.type("\n") == .nothing)
        #expect(typist.type("\n") == .entered)
        #expect(typist.type("\n") == .entered)
    }

    @Test func endAndInterruptAreTold() {
        var typist = Typist()
        #expect(typist.type("\u{04}") == .ended)
        #expect(typist.type("a\u{03}") == .interrupted)
        #expect(typist.type("a\u{04}") == .nothing)
    }

    @Test func nothingIsSentBackWhereTheTerminalEchoes() {
        var editor = LineEditor()
        editor.isEchoedByTerminal = true
        editor.begin("> ")
        editor.output = []
        for octet in "show\u{08}w status".utf8 { _ = editor.press(octet) }
        #expect(editor.output.isEmpty)
        #expect(String(decoding: editor.line, as: UTF8.self) == "show status")
    }

    @Test func aLineHasAnEnd() {
        var typist = Typist()
        for _ in 0..<(Limits.lineLength + 5) { _ = typist.editor.press(UInt8(ascii: "a")) }
        #expect(typist.editor.line.count == Limits.lineLength)
    }
}
