/// A shell's wildcards in file names: `*`, `?` and `[a-z]`. None of them matches a `/` or a leading dot.
public enum Wildcards {
    /// Whether a path contains wildcards.
    public static func isPattern(_ path: Path) -> Bool {
        path.bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    /// The files that match a pattern, in the order of their octets; none is no error. A directory that cannot be read has no files. A path
    /// without wildcards matches itself if it exists.
    public static func files(_ pattern: Path) -> [Path] {
        var found: [Path] = [pattern.isAbsolute ? "/" : ""]
        for component in pattern.bytes.split(separator: UInt8(ascii: "/")) {
            let part = Path(Array(component))
            var next: [Path] = []
            for directory in found {
                guard isPattern(part) else {
                    if Files.exists(directory / part) { next.append(directory / part) }
                    continue
                }
                let names = (try? Files.list(directory.bytes.isEmpty ? "." : directory)) ?? []
                for name in names where matches(name.bytes, part.bytes) { next.append(directory / name) }
            }
            found = next
        }
        return found.filter { !$0.bytes.isEmpty }
    }

    /// Whether the name of one component matches the pattern of one component.
    public static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        var at = 0
        var place = 0
        // Where to continue if the text after the last star does not match: the star takes one octet more.
        var star: (at: Int, place: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (at, place)
                place += 1
            } else if let width = matchesOne(name[at], pattern, at: place) {
                at += 1
                place += width
            } else if let last = star {
                star = (last.at + 1, last.place)
                at = last.at + 1
                place = last.place + 1
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
        return place == pattern.count
    }

    /// How many octets of the pattern match this octet; `nil` if they do not.
    private static func matchesOne(_ octet: UInt8, _ pattern: [UInt8], at place: Int) -> Int? {
        guard place < pattern.count else { return nil }
        if pattern[place] == UInt8(ascii: "?") { return 1 }
        guard pattern[place] == UInt8(ascii: "["), let (inside, width) = set(octet, pattern, at: place) else {
            return pattern[place] == octet ? 1 : nil
        }
        return inside ? width : nil
    }

    /// A set such as `[a-z0-9]` or `[!ab]`; `nil` if it has no `]`: the `[` then stands for itself.
    private static func set(_ octet: UInt8, _ pattern: [UInt8], at place: Int) -> (Bool, Int)? {
        var index = place + 1
        var negated = false
        if index < pattern.count, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
            negated = true
            index += 1
        }
        let first = index
        var inside = false
        while index < pattern.count, pattern[index] != UInt8(ascii: "]") || index == first {
            if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-"), pattern[index + 2] != UInt8(ascii: "]") {
                if pattern[index] <= octet, octet <= pattern[index + 2] { inside = true }
                index += 3
            } else {
                if pattern[index] == octet { inside = true }
                index += 1
            }
        }
        return index < pattern.count ? (inside != negated, index + 1 - place) : nil
    }
}
