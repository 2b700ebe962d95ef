import Wire

/// File names with the shell's wildcards: `*`, `?` and `[a-z]`, none of which match a leading dot or a slash.
enum PathPattern {
    static func hasWildcard(_ path: [UInt8]) -> Bool {
        path.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    /// Whether one component of a path matches.
    static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        var p = 0
        var n = 0
        // Where to go on when a `*` should have taken one more: no recursion, so no blow-up.
        var retry: (p: Int, n: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p + 1, n)
                p += 1
                continue
            }
            if p < pattern.count, let next = step(pattern, p, name[n]) {
                p = next
                n += 1
                continue
            }
            guard let (back, taken) = retry else { return false }
            retry = (back, taken + 1)
            p = back
            n = taken + 1
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// Where the pattern goes on when its item at `at` takes `octet`; `nil` when it does not.
    private static func step(_ pattern: [UInt8], _ at: Int, _ octet: UInt8) -> Int? {
        switch pattern[at] {
        case UInt8(ascii: "?"): return at + 1
        case UInt8(ascii: "["):
            var index = at + 1
            var isNegated = false
            if index < pattern.count, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
                isNegated = true
                index += 1
            }
            var found = false
            let first = index
            while index < pattern.count, pattern[index] != UInt8(ascii: "]") || index == first {
                if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-"),
                    pattern[index + 2] != UInt8(ascii: "]")
                {
                    if pattern[index] <= octet, octet <= pattern[index + 2] { found = true }
                    index += 3
                } else {
                    if pattern[index] == octet { found = true }
                    index += 1
                }
            }
            // An unclosed bracket stands for itself.
            guard index < pattern.count else { return octet == pattern[at] ? at + 1 : nil }
            return found != isNegated ? index + 1 : nil
        default: return pattern[at] == octet ? at + 1 : nil
        }
    }
}
