import Wire

/// Finds the most similar known word for a misspelt one.
public enum Nearest {
    /// The candidate at the smallest edit distance; `nil` when none is close.
    static func word(to word: [UInt8], among candidates: [Name]) -> Name? {
        guard (2...40).contains(word.count) else { return nil }
        var best: Name?
        // At most two edits, for very short words one.
        var bound = min(2, max(1, word.count / 3)) + 1
        for candidate in candidates where abs(candidate.bytes.count - word.count) < bound {
            let slips = distance(word, candidate.bytes)
            if slips < bound {
                bound = slips
                best = candidate
            }
        }
        return best
    }

    /// `; did you mean X?` or nothing.
    static func hint(to word: [UInt8], among candidates: [Name]) -> Sentence {
        Self.word(to: word, among: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    /// Letters to insert, delete, change, or swap with a neighbour (optimal string alignment); case does not count.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        let a = Name(a).lowercased.bytes
        let b = Name(b).lowercased.bytes
        var before = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
