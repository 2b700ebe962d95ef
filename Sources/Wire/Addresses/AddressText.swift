extension Address {
    /// Reads `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1`; `nil` for anything else (no names, no octal).
    public init?(_ text: [UInt8]) {
        if text.contains(UInt8(ascii: ":")) {
            guard let groups = Self.ipv6Groups(text) else { return nil }
            self.init(
                ipv6High: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
                low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
        } else {
            guard let value = Self.ipv4Value(text[...]) else { return nil }
            self.init(ipv4: value)
        }
    }

    /// The same from a `String`. Only tests use it.
    public init?(_ text: String) { self.init(Array(text.utf8)) }

    private static func ipv4Value(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard part.count <= 3, part.count == 1 || part.first != UInt8(ascii: "0"),
                let octet = Text.decimal(part, limit: 255)
            else { return nil }
            value = value << 8 | UInt32(octet)
        }
        return value
    }

    private static func ipv6Groups(_ text: [UInt8]) -> [UInt16]? {
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.starts(with: [0x3A, 0x3A]) {
            gap = 0
            index = 2
        }
        while index < text.count {
            var end = index
            while end < text.count, text[end] != UInt8(ascii: ":") { end += 1 }
            let part = text[index..<end]
            if part.contains(UInt8(ascii: ".")) {
                guard end == text.count, let value = ipv4Value(part) else { return nil }
                groups += [UInt16(value >> 16), UInt16(value & 0xffff)]
                index = end
                break
            }
            guard !part.isEmpty, part.count <= 4 else { return nil }
            var group: UInt16 = 0
            for digit in part {
                guard let value = Text.hexValue(digit) else { return nil }
                group = group << 4 | UInt16(value)
            }
            groups.append(group)
            index = end
            guard index < text.count else { break }
            index += 1 // past the colon
            guard index < text.count else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
        }
        return groups.count == 8 ? groups : nil
    }
}
