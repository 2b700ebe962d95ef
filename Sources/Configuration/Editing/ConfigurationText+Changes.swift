import Crypto
import Wire

extension ConfigurationText {
    /// The lines of the text, or of one section, for a terminal. Keys are not shown.
    public func lines(of section: Name? = nil) -> [Sentence] {
        var shown: [Sentence] = []
        guard let section else {
            for line in allLines { shown.append(sentence(line)) }
            return shown
        }
        guard let part = part(section), let last = part.lines.last else { return [] }
        let range = wholeLines(part.lines[0].range).lowerBound..<wholeLines(last.range).upperBound
        for line in allLines where range.contains(line.lowerBound) { shown.append(sentence(line)) }
        return shown
    }

    /// Whether both texts are identical.
    public func equals(_ other: ConfigurationText) -> Bool { text.equals(other.text) }

    /// The difference from `old`: removed lines after `-`, new lines after `+`, each group below the head of its section. Keys are
    /// not shown.
    public func changes(from old: ConfigurationText) -> [Sentence] {
        let before = old.allLines
        let after = allLines
        var told: [Sentence] = []
        var headline: Sentence = ""
        var head: Sentence = ""
        func tell(_ sign: StaticString, _ line: __owned Sentence) {
            if headline != head {
                headline = head
                if !head.isEmpty { told.append("  \(head)") }
            }
            told.append("\(sign) \(line)")
        }
        func pass(_ line: __owned Sentence) { if let first = line.octets.first, isLetter(first) { head = line } }
        var i = 0
        var j = 0
        while i < before.count || j < after.count {
            if i < before.count, j < after.count, Self.same(old, before[i], self, after[j]) {
                pass(sentence(after[j]))
                i += 1
                j += 1
                continue
            }
            let (gone, new) = Self.nearestMatch(old, before, i, self, after, j)
            for line in before[i..<(i + gone)] { tell("-", old.sentence(line)) }
            for line in after[j..<(j + new)] {
                let line = sentence(line)
                if let first = line.octets.first, isLetter(first) { (head, headline) = (line, line) }
                tell("+", line)
            }
            i += gone
            j += new
        }
        return told
    }

    /// Number of lines to skip in both texts until they agree again: few, but not always the minimum.
    private static func nearestMatch(
        _ a: ConfigurationText, _ before: [Range<Int>], _ i: Int, _ b: ConfigurationText, _ after: [Range<Int>], _ j: Int
    ) -> (Int, Int) {
        let most = before.count - i + after.count - j
        for distance in 1..<max(2, min(most, Limits.changedLines)) {
            for gone in 0...distance {
                let new = distance - gone
                guard i + gone < before.count, j + new < after.count else { continue }
                // An empty line by itself does not count as equal text.
                guard !before[i + gone].isEmpty, same(a, before[i + gone], b, after[j + new]) else { continue }
                // Nor did an empty line before what agrees change.
                var surplus = 0
                while surplus < min(gone, new), same(a, before[i + gone - surplus - 1], b, after[j + new - surplus - 1]) { surplus += 1 }
                return (gone - surplus, new - surplus)
            }
        }
        return (before.count - i, after.count - j)
    }

    private static func same(_ a: ConfigurationText, _ x: Range<Int>, _ b: ConfigurationText, _ y: Range<Int>) -> Bool {
        guard x.count == y.count else { return false }
        for index in 0..<x.count where a.file[x.lowerBound + index] != b.file[y.lowerBound + index] { return false }
        return true
    }

    /// Every line, without its line feed.
    private var allLines: [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, file[end] != 0x0A { end += 1 }
            lines.append(start..<end)
            start = end + 1
        }
        return lines
    }

    private func sentence(_ range: Range<Int>) -> Sentence {
        var line = Slice(file: file, range: range, line: 0)
        let content = line.trimmed
        var tail: StaticString = ""
        if Self.isKey(content), let value = Self.valueRange(content) {
            line = line[0..<(content.range.lowerBound - range.lowerBound + value.lowerBound)]
            tail = "(not shown)"
        }
        // The file may hold terminal control sequences.
        let octets = line.bytes.map { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 ? $0 : UInt8(ascii: "?") }
        return "\(Sentence(octets: octets))\(tail)"
    }
}
