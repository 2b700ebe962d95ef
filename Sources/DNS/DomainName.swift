import Wire

/// A domain name (RFC 1035 §3.1), absolute. Two names that differ by case alone are equal.
public struct DomainName: Hashable, Sendable, Worded {
    /// Octets of the longest name, including the lengths of its labels and the root.
    static let longest = 255
    /// Octets of the longest label.
    static let longestLabel = 63

    /// Labels in lower case, each after its length octet; the last one is the root, which is empty.
    let octets: [UInt8]

    /// From labels, each after its length octet, in any case. They must be well formed.
    init(wire: [UInt8]) { octets = wire.map(Self.lower) }

    /// A name as text, with or without the final dot; `nil` for an empty label, one of more than 63 octets, or a name of more than 255.
    /// There are no escapes: a label may have any octet except a dot.
    public init?(_ text: Name) {
        var text = text.bytes[...]
        if text.last == UInt8(ascii: "."), text.count > 1 { text.removeLast() }
        guard !text.isEmpty else { return nil }
        var wire: [UInt8] = []
        for label in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard !label.isEmpty, label.count <= Self.longestLabel else { return nil }
            wire.append(UInt8(label.count))
            wire += label
        }
        guard wire.count < Self.longest else { return nil }
        self.init(wire: wire + [0])
    }

    /// The name of an address in the reverse map: `d.c.b.a.in-addr.arpa` (RFC 1035 §3.5), or 32 nibbles under `ip6.arpa`
    /// (RFC 3596 §2.5).
    public init(reverseOf address: Address) {
        var wire: [UInt8] = []
        func label(_ text: [UInt8]) { wire += [UInt8(text.count)] + text }
        for octet in address.octets.reversed() {
            if address.family == .ipv4 {
                label(("\(octet)" as Sentence).octets)
            } else {
                for nibble in [octet & 15, octet >> 4] { label(Text.hex(UInt64(nibble)).octets) }
            }
        }
        label((address.family == .ipv4 ? "in-addr" : "ip6" as StaticString).octets)
        label(("arpa" as StaticString).octets)
        self.init(wire: wire + [0])
    }

    /// Reads the name at the reader's position, which may end in a pointer to an earlier name (RFC 1035 §4.1.4). Each pointer must lead to
    /// before the position that the previous one led to, so that every name ends.
    init(_ reader: inout ByteReader) throws(WireError) {
        let message = reader.bytes
        var wire: [UInt8] = []
        var index = reader.offset
        var first = index
        var end: Int?
        while true {
            guard index < message.count else { throw .truncated(at: index) }
            let length = Int(message[index])
            if length >= 0xc0 {
                guard index + 1 < message.count else { throw .truncated(at: index) }
                end = end ?? index + 2
                index = (length & 0x3f) << 8 | Int(message[index + 1])
                guard index < first else { throw .malformed(at: index) }
                first = index
                continue
            }
            guard length <= Self.longestLabel, wire.count + length + 1 < Self.longest || length == 0 else { throw .malformed(at: index) }
            guard index + length < message.count else { throw .truncated(at: index) }
            for place in index...index + length { wire.append(message[place]) }
            index += 1 + length
            if length == 0 { break }
        }
        try reader.skip((end ?? index) - reader.offset)
        self.init(wire: wire)
    }

    /// This name with the suffix `owner` replaced by `target` (DNAME, RFC 6672 §2.2); `nil` if it does not end in `owner`, equals `owner`,
    /// or would become too long.
    func substituting(_ owner: DomainName, by target: DomainName) -> DomainName? {
        var start = 0
        while start < octets.count, octets[start] != 0 {
            start += 1 + Int(octets[start])
            guard octets.count - start == owner.octets.count, octets[start...].elementsEqual(owner.octets) else { continue }
            guard start + target.octets.count <= Self.longest else { return nil }
            return DomainName(wire: Array(octets[..<start]) + target.octets)
        }
        return nil
    }

    /// The labels with the case of each letter chosen by a random bit (draft-vixie-dnsext-dns0x20): only a sender that has seen the
    /// question can repeat it.
    func withCases(_ bits: [UInt8]) -> [UInt8] {
        var wire = octets
        var letters = 0
        for index in wire.indices where (0x61...0x7a).contains(wire[index]) {
            // No length octet is a letter: it is at most 63.
            if bits[(letters / 8) % max(bits.count, 1)] >> UInt8(letters % 8) & 1 == 1 { wire[index] ^= 0x20 }
            letters += 1
        }
        return wire
    }

    static func lower(_ octet: UInt8) -> UInt8 { (0x41...0x5A).contains(octet) ? octet | 0x20 : octet }

    /// Whether it belongs to the reverse map.
    public var isReverse: Bool { octets.suffix(6).elementsEqual(("\u{04}arpa\0" as StaticString).octets) }

    /// Text without the final dot, for comparisons with names of the configuration.
    public var name: Name { Name(text(isEscaped: false)) }

    /// Text as in a zone file, with the final dot. Octets that are not printable are written `\ddd` (RFC 1035 §5.1).
    public var sentence: Sentence {
        Sentence(octets: octets.count == 1 ? [UInt8(ascii: ".")] : text(isEscaped: true) + [UInt8(ascii: ".")])
    }

    private func text(isEscaped: Bool) -> [UInt8] {
        var text: [UInt8] = []
        var start = 0
        while start < octets.count, octets[start] != 0 {
            if start > 0 { text.append(UInt8(ascii: ".")) }
            for octet in octets[start + 1...start + Int(octets[start])] {
                if isEscaped, octet <= 0x20 || octet >= 0x7f {
                    text += [0x5c, 0x30 + octet / 100, 0x30 + octet / 10 % 10, 0x30 + octet % 10]
                } else {
                    if isEscaped, [0x22, 0x2e, 0x3b, 0x5c].contains(octet) { text.append(0x5c) }
                    text.append(octet)
                }
            }
            start += 1 + Int(octets[start])
        }
        return text
    }
}
