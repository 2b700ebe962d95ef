import Wire

/// The latest lines of the log, kept for `ipsec barf`: a router often keeps no other log.
///
/// Older lines make room for newer ones. Lines that strangers cause have a share of the room, and make room for each other: a
/// flood leaves what was said of the gateway's own tunnels where it was.
public struct RecentLog {
    private struct Line {
        let octets: [UInt8]
        let isStrangers: Bool
        /// What it takes, the array's own fields included.
        var cost: Int { octets.count + 48 }
    }

    /// The latest one last.
    private var lines: [Line] = []
    private var taken = 0
    private var strangers = 0

    /// The lines, the oldest first.
    public var all: [Sentence] { lines.map { Sentence(octets: $0.octets) } }

    mutating func append(_ text: __owned Sentence, isStrangers: Bool) {
        let line = Line(octets: Array(text.octets.prefix(Limits.logLine)), isStrangers: isStrangers)
        lines.append(line)
        taken += line.cost
        if isStrangers { strangers += line.cost }
        while strangers > Limits.recentLog / Limits.strangersShare { drop(lines.firstIndex { $0.isStrangers } ?? 0) }
        while taken > Limits.recentLog { drop(0) }
    }

    private mutating func drop(_ index: Int) {
        let line = lines.remove(at: index)
        taken -= line.cost
        if line.isStrangers { strangers -= line.cost }
    }
}
