import Wire

/// Parses numbers, times, words and lists of ipsec.conf. A `Complaint` says what was expected.
enum Values {
    static func flag(_ bytes: [UInt8]) throws(Complaint) -> UInt32 {
        guard let index = Words("no=false=off yes=true=on").index(of: bytes) else { throw Complaint("expected yes or no") }
        return UInt32(index)
    }

    static func number(_ bytes: [UInt8], from least: UInt32, to most: UInt32) throws(Complaint) -> UInt32 {
        guard let value = Text.decimal(bytes), value >= UInt64(least), value <= UInt64(most) else {
            throw Complaint("expected a whole number from \(least) to \(most)")
        }
        return UInt32(value)
    }

    /// `28800`, `28800s`, `480m`, `8.0h`, `1d`: digits with a fraction only before m, h and d.
    static func seconds(_ bytes: [UInt8], atMost most: UInt32) throws(Complaint) -> UInt32 {
        var digits = bytes[...]
        var unit: UInt64 = 1
        switch bytes.last.map({ $0 | 0x20 }) {
        case UInt8(ascii: "s"): digits.removeLast()
        case UInt8(ascii: "m"): (unit, digits) = (60, digits.dropLast())
        case UInt8(ascii: "h"): (unit, digits) = (3600, digits.dropLast())
        case UInt8(ascii: "d"): (unit, digits) = (86_400, digits.dropLast())
        default: break
        }
        guard let thousandths = decimal(Array(digits)), unit > 1 || !digits.contains(UInt8(ascii: ".")) else {
            throw Complaint("expected a time such as 3600, 3600s, 60m, 1.5h or 1d")
        }
        let seconds = thousandths * unit / 1000
        guard seconds <= UInt64(most) else { throw Complaint("at most \(most / 3600)h are allowed") }
        return UInt32(seconds)
    }

    /// A decimal number in thousandths, further digits cut off; `nil` above a million and for other text.
    private static func decimal(_ digits: [UInt8]) -> UInt64? {
        let parts = split(digits, at: ".")
        guard parts.count <= 2, let whole = Text.decimal(parts[0], limit: 1_000_000) else { return nil }
        guard parts.count == 2 else { return whole * 1000 }
        guard Text.decimal(parts[1], limit: 999_999_999) != nil, parts[1].count <= 9 else { return nil }
        var thousandths: UInt64 = 0
        for place in 0..<3 { thousandths = thousandths * 10 + (place < parts[1].count ? UInt64(parts[1][place] - 0x30) : 0) }
        return whole * 1000 + thousandths
    }

    static func percentage(_ bytes: [UInt8]) throws(Complaint) -> UInt32 {
        guard bytes.last == UInt8(ascii: "%"), let value = Text.decimal(bytes.dropLast(), limit: 1000) else {
            throw Complaint("expected a percentage such as 100%")
        }
        return UInt32(value)
    }

    static func tries(_ bytes: [UInt8]) throws(Complaint) -> UInt32 {
        if isWord(bytes[...], "%forever") { return 0 }
        guard let value = Text.decimal(bytes) else { throw Complaint("expected a whole number, or %forever") }
        return UInt32(value)
    }

    static func choice(_ bytes: [UInt8], of text: StaticString) throws(Complaint) -> UInt32 {
        let words = Words(text)
        if let index = words.index(of: bytes) ?? words.index(of: Vocabulary.normal(Name(bytes)).bytes) { return UInt32(index) }
        throw Complaint("expected \(words.list())\(Nearest.hint(to: bytes, among: words.names))")
    }

    // MARK: Lists

    /// One bit for each word of `kinds` in the list, in the order of `kinds`; all bits for `all`.
    static func kinds(_ text: Slice, of kinds: StaticString) throws(Complaint) -> UInt32 {
        let known = Words(kinds)
        var bits: UInt32 = 0
        for word in try words(text, separator: UInt8(ascii: ",")) {
            if word.equalsIgnoringCase("none") { continue }
            if word.equalsIgnoringCase("all") {
                bits = .max
            } else if let index = known.index(of: word.bytes) {
                bits |= 1 << UInt32(index)
            } else {
                throw Complaint("\(shown(word)) is not known; expected none, all, or some of \(known.list())")
            }
        }
        return bits
    }

    static func conns(_ text: Slice) throws(Complaint) -> [Name] {
        if text.equalsIgnoringCase("%search") { return [] }
        if Words("yes no").index(of: text.bytes) != nil { throw Complaint("expected names of conns, or %search") }
        var names: [Name] = []
        for word in try words(text) {
            guard isName(word.bytes) else { throw Complaint("\(shown(word)) is no name of a conn") }
            names.append(word.name)
        }
        return names
    }

    /// A command, split into words at blanks. There is no shell.
    static func command(_ text: Slice) throws(Complaint) -> [Name] {
        let words = try words(text).map { $0.name }
        guard words[0].hasPrefix("/") || words[0] == "ipsec" else {
            throw Complaint("expected a command that begins with / and its arguments; there is no shell to look for it")
        }
        return words
    }

    static func words(_ text: Slice, separator: UInt8? = nil) throws(Complaint) -> [Slice] {
        let words = text.words(separator: separator)
        guard words.count <= Limits.words else { throw Complaint("more than \(Limits.words) words") }
        return words
    }

    // MARK: Interfaces

    static func interfaces(
        _ text: Slice, warning: inout Sentence?
    ) throws(Complaint) -> [Setup.Interface] {
        if text.equalsIgnoringCase("%none") { return [] }
        var interfaces: [Setup.Interface] = []
        for word in try words(text) {
            let parts = split(word.bytes, at: "=")
            let virtual = parts.count == 2 ? Name(parts[0]) : "ipsec0"
            let device = Name(parts[parts.count - 1])
            let isDefaultRoute = isWord(device.bytes[...], "%defaultroute")
            guard parts.count == 2 || isDefaultRoute else {
                throw Complaint("expected words such as ipsec0=eth0, or %defaultroute, or only %none")
            }
            guard virtual.bytes.count == 6, virtual.hasPrefix("ipsec"), (0x30...0x33).contains(virtual.bytes[5]) else {
                throw Complaint("\(shown(virtual.bytes)) is none of ipsec0, ipsec1, ipsec2 and ipsec3")
            }
            guard isDefaultRoute || isDevice(device.bytes) else {
                throw Complaint("\(shown(device.bytes)) is no name of an interface: 1 to 15 characters, without / or space")
            }
            for other in interfaces where other.virtual == virtual { throw Complaint("\(virtual) is there twice") }
            if device.lowercased.hasPrefix("pppoe") {
                warning = "\(device) looks like the wire under PPPoE; tunnels stand on the ppp interface, such as ppp0"
            }
            interfaces.append(Setup.Interface(virtual, isDefaultRoute ? .defaultRoute : .named(device)))
        }
        return interfaces
    }

    private static func isDevice(_ name: [UInt8]) -> Bool {
        (1...15).contains(name.count)
            && name.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") }
    }

    // MARK: Syslog

    /// `facility.priority` in syslog's numbers (RFC 3164 §4.1.1).
    static func syslogPriority(_ bytes: [UInt8]) throws(Complaint) -> UInt8 {
        let parts = split(bytes, at: ".")
        guard parts.count == 2, let facility = Words(facilities).index(of: parts[0]),
            let priority = Words(priorities).index(of: parts[1])
        else { throw Complaint("expected facility.priority, such as daemon.error") }
        // Two words for one priority: `error` and `err`, `warning` and `warn`.
        return UInt8(facility << 3 | (priority < 8 ? priority : priority - 5))
    }

    private static let facilities: StaticString =
        "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp - - - - local0 local1 local2 local3 local4 local5 local6 local7"
    private static let priorities: StaticString = "emerg alert crit error warning notice info debug err warn"
}
