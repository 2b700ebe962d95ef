import Crypto
import Wire

/// Reads one value in the form its rule asks for. What throws says what was expected.
struct ValueReader {
    /// About the value just read: it is used, but perhaps not as its author thinks.
    var warning: Sentence?

    mutating func read(_ text: Slice, as rule: Rule) throws(Complaint) -> Value {
        warning = nil
        if text.isEmpty {
            // The one parameter whose emptiness means something of its own.
            if case .interfaces = rule.form { return .interfaces([]) }
            return .unset
        }
        switch rule.form {
        case .key:
            try Keys.check(text)
            return .accepted
        case .rsaKey:
            if Self.isOne(text, of: ["%none", "%cert", "%dns", "%dnsonload", "%dnsondemand"]) { return .accepted }
            try Keys.check(text)
            return .accepted
        default: break
        }
        let bytes = text.bytes
        switch rule.form {
        case .flag: return .flag(try Self.flag(bytes))
        case .number(let range): return .number(try Self.number(bytes, in: range))
        case .time(let most): return .number(try Self.seconds(bytes, atMost: most))
        case .percentage: return .number(try Self.percentage(bytes))
        case .oneOf(let words): return .choice(try Self.choice(bytes, of: words))
        case .kinds(let kinds): return .names(try Self.kinds(text, kinds))
        case .conns: return .names(try Self.conns(text))
        case .text: return .name(Name(bytes))
        case .host: return .host(try Hosts.host(bytes))
        case .subnet: return try subnet(bytes)
        case .nextHop: return .nextHop(try Hosts.nextHop(bytes))
        case .identity: return try Identities.value(bytes)
        case .address: return .address(try Hosts.address(bytes))
        case .protocolPort: return try Self.protocolPort(bytes)
        case .interfaces: return .interfaces(try interfaces(text))
        case .ike:
            let read = try SuiteReader.ike(bytes)
            return .ikeProposals(read)
        case .esp:
            let read = try SuiteReader.esp(bytes)
            return .espProposals(read.suites, read.group)
        case .group: return .group(try SuiteReader.group(bytes))
        case .tries: return .number(try Self.tries(bytes))
        case .debugLog:
            try Self.checkLogPlace(bytes)
            return .accepted
        case .virtualPrivate:
            try Hosts.checkVirtualPrivate(text)
            return .accepted
        case .spi:
            try Keys.checkSPI(bytes)
            return .accepted
        case .spiBase:
            try Keys.checkSPI(bytes)
            guard bytes.last == UInt8(ascii: "0") else {
                throw Complaint("expected a number that ends in 0, such as 0x200")
            }
            return .accepted
        case .authority: return .name(Name(bytes))
        case .key, .rsaKey: return .accepted
        }
    }

    private mutating func subnet(_ bytes: [UInt8]) throws(Complaint) -> Value {
        let read = try Hosts.subnet(bytes)
        if read.hadHostBits { warning = "bits beyond the mask are set; \(read.subnet) is meant" }
        return .subnet(read.subnet)
    }

    // MARK: Plain forms

    static func isOne(_ text: Slice, of words: [String]) -> Bool { words.contains { text.equals($0) } }

    static func flag(_ bytes: [UInt8]) throws(Complaint) -> Bool {
        let word = Name(bytes)
        if word == "yes" { return true }
        if word == "no" { return false }
        throw Complaint("expected yes or no")
    }

    static func number(_ bytes: [UInt8], in range: ClosedRange<UInt32>) throws(Complaint) -> UInt32 {
        guard let value = Text.decimal(bytes), range.contains(UInt32(value)) else {
            throw Complaint("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return UInt32(value)
    }

    /// `28800`, `28800s`, `480m`, `8.0h`, `1d`: digits with a fraction only before m, h and d.
    static func seconds(_ bytes: [UInt8], atMost most: UInt32) throws(Complaint) -> UInt32 {
        var digits = bytes[...]
        var unit: UInt64 = 1
        switch bytes.last {
        case UInt8(ascii: "s"): digits.removeLast()
        case UInt8(ascii: "m"): (unit, digits) = (60, digits.dropLast())
        case UInt8(ascii: "h"): (unit, digits) = (3600, digits.dropLast())
        case UInt8(ascii: "d"): (unit, digits) = (86_400, digits.dropLast())
        default: break
        }
        guard let thousandths = decimal(digits), unit > 1 || !digits.contains(UInt8(ascii: ".")) else {
            throw Complaint("expected a time such as 3600, 3600s, 60m, 1.5h or 1d")
        }
        let seconds = thousandths * unit / 1000
        guard seconds <= UInt64(most) else { throw Complaint("at most \(most / 3600)h are allowed") }
        return UInt32(seconds)
    }

    /// A decimal number in thousandths; what is finer is cut off. `nil` above a million and for anything else.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Text.decimal(parts[0], limit: 1_000_000) else { return nil }
        guard parts.count == 2 else { return whole * 1000 }
        guard Text.decimal(parts[1].prefix(9), limit: 999_999_999) != nil, parts[1].count <= 9 else { return nil }
        let places = Array(parts[1].prefix(3)) + [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 3 - parts[1].count))
        return whole * 1000 + (Text.decimal(places) ?? 0)
    }

    static func percentage(_ bytes: [UInt8]) throws(Complaint) -> UInt32 {
        guard bytes.last == UInt8(ascii: "%"), let value = Text.decimal(bytes.dropLast(), limit: 1000) else {
            throw Complaint("expected a percentage such as 100%")
        }
        return UInt32(value)
    }

    static func tries(_ bytes: [UInt8]) throws(Complaint) -> UInt32 {
        if Name(bytes) == "%forever" { return 0 }
        guard let value = Text.decimal(bytes) else { throw Complaint("expected a whole number, or %forever") }
        return UInt32(value)
    }

    static func choice(_ bytes: [UInt8], of words: [String]) throws(Complaint) -> Int {
        for (index, word) in words.enumerated() where bytes.elementsEqual(word.utf8) { return index }
        throw Complaint("expected \(list(words))\(Nearest.hint(to: bytes, among: words.map { Name($0) }))")
    }

    /// `a, b or c`
    static func list(_ words: [String]) -> Sentence {
        var text: Sentence = ""
        for (index, word) in words.enumerated() {
            if index > 0 { text += index == words.count - 1 ? " or " : ", " }
            text += Sentence(word)
        }
        return text
    }

    // MARK: Lists

    private static func kinds(_ text: Slice, _ kinds: [String]) throws(Complaint) -> [Name] {
        var names: [Name] = []
        for word in try words(text, separator: UInt8(ascii: ",")) {
            if word.equals("none") { continue }
            guard word.equals("all") || isOne(word, of: kinds) else {
                throw Complaint("\(shown(word)) is not known; expected none, all, or some of \(list(kinds))")
            }
            names.append(word.name)
        }
        return names
    }

    private static func conns(_ text: Slice) throws(Complaint) -> [Name] {
        if text.equals("%search") { return [] }
        var names: [Name] = []
        for word in try words(text, separator: nil) {
            guard isName(word.bytes) else { throw Complaint("\(shown(word)) is no name of a conn") }
            names.append(word.name)
        }
        return names
    }

    static func words(_ text: Slice, separator: UInt8?) throws(Complaint) -> [Slice] {
        let words = text.words(separator: separator)
        guard words.count <= Limits.words else { throw Complaint("more than \(Limits.words) words") }
        return words
    }

    private mutating func interfaces(_ text: Slice) throws(Complaint) -> [Setup.Interface] {
        if text.equals("%none") { return [] }
        var interfaces: [Setup.Interface] = []
        for word in try Self.words(text, separator: nil) {
            let parts = word.bytes.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
            let virtual = parts.count == 2 ? Name(Array(parts[0])) : "ipsec0"
            let device = Name(Array(parts[parts.count - 1]))
            guard parts.count == 2 || device == "%defaultroute" else {
                throw Complaint("expected words such as ipsec0=eth0, or %defaultroute, or %none alone")
            }
            guard virtual.bytes.count == 6, virtual.hasPrefix("ipsec"), (0x30...0x33).contains(virtual.bytes[5]) else {
                throw Complaint("\(shown(virtual.bytes)) is none of ipsec0, ipsec1, ipsec2 and ipsec3")
            }
            guard device == "%defaultroute" || Self.isDevice(device) else {
                throw Complaint("\(shown(device.bytes)) is no name of an interface: 1 to 15 characters, without / or space")
            }
            guard !interfaces.contains(where: { $0.virtual == virtual }) else {
                throw Complaint("\(virtual) is there twice")
            }
            if device.lowercased.hasPrefix("pppoe") {
                warning = "\(device) looks like the wire under PPPoE; tunnels stand on the ppp interface, such as ppp0"
            }
            interfaces.append(Setup.Interface(virtual, device == "%defaultroute" ? .defaultRoute : .named(device)))
        }
        return interfaces
    }

    private static func isDevice(_ name: Name) -> Bool {
        (1...15).contains(name.bytes.count)
            && name.bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") }
    }

    private static func checkLogPlace(_ bytes: [UInt8]) throws(Complaint) {
        let facilities: [String] = [
            "auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp", "local0",
            "local1", "local2", "local3", "local4", "local5", "local6", "local7",
        ]
        let priorities: [String] = ["emerg", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug"]
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, facilities.contains(where: { parts[0].elementsEqual($0.utf8) }),
            priorities.contains(where: { parts[1].elementsEqual($0.utf8) })
        else { throw Complaint("expected facility.priority, such as daemon.error") }
    }

    // MARK: Protocol and port

    private static func protocolPort(_ bytes: [UInt8]) throws(Complaint) -> Value {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw Complaint("expected protocol/port, such as tcp/22, 17/1701 or 17/%any") }
        let known: [(String, UInt8)] = [
            ("icmp", 1), ("ipip", 4), ("tcp", 6), ("udp", 17), ("ipv6", 41), ("gre", 47), ("esp", 50), ("ah", 51),
            ("ipv6-icmp", 58), ("icmpv6", 58), ("ospf", 89), ("l2tp", 115), ("sctp", 132),
        ]
        var number: UInt8?
        if let value = Text.decimal(parts[0], limit: 255) { number = UInt8(value) }
        for (word, value) in known where parts[0].elementsEqual(word.utf8) { number = value }
        guard let number else {
            throw Complaint("\(shown(Array(parts[0]))) is no protocol known here; expected tcp, udp, icmp or another's number")
        }
        guard parts.count == 2, Name(Array(parts[1])) != "%any" else { return .protocolPort(number, 0) }
        guard let port = Text.decimal(parts[1], limit: 65_535) else {
            throw Complaint("\(shown(Array(parts[1]))) is no port; expected a number from 0 to 65535, or %any")
        }
        guard port == 0 || [6, 17, 33, 132, 136].contains(number) else {
            throw Complaint("protocol \(number) has no ports; leave out /\(port)")
        }
        return .protocolPort(number, UInt16(port))
    }
}

/// A letter, then letters, digits, `.`, `_` and `-`.
func isName(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, isLetter(first), bytes.count <= 255 else { return false }
    return bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
}

func isLetter(_ octet: UInt8) -> Bool { (0x41...0x5A).contains(octet & 0xDF) }
func isDigit(_ octet: UInt8) -> Bool { (0x30...0x39).contains(octet) }
