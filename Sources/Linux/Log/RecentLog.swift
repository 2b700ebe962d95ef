import Wire

/// The latest lines of the log, kept for `ipsec barf`: a router often keeps no other log.
///
/// New lines replace the oldest. Lines that unauthenticated peers cause have a share of the room and replace only each other, so that
/// a flood does not replace messages about the gateway's own tunnels.
public struct RecentLog {
    private struct KeptLine {
        let octets: [UInt8]
        let isStrangers: Bool
        /// Octets that it takes, including the array's own fields.
        var cost: Int { octets.count + 48 }
    }

    /// The oldest first.
    private var lines: [KeptLine] = []
    private var taken = 0
    private var strangers = 0

    /// The lines, the oldest first.
    public var all: [Sentence] { lines.map { Sentence(octets: $0.octets) } }

    mutating func append(_ text: __owned Sentence, isStrangers: Bool) {
        let line = KeptLine(octets: Array(text.octets.prefix(Limits.logLine)), isStrangers: isStrangers)
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
