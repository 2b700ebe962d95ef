/// Questions to the DNS for a host's addresses, and its answers (RFC 1035 §4, RFC 3596 §2).
public enum NameQuery {
    /// Addresses taken of one answer, and aliases followed.
    static let mostAddresses = 16
    static let mostAliases = 8
    /// Octets of the largest answer over UDP that need be taken (RFC 1035 §4.2.1).
    public static let longestAnswer = 512

    /// What one server says to a question.
    public enum Answer: Equatable, Sendable {
        /// Perhaps none: there is no such name, or it has none of this family.
        case addresses([Address])
        /// This server does not know: another one may.
        case failure
    }

    /// A or AAAA.
    private static func type(_ family: Address.Family) -> UInt16 { family == .ipv4 ? 1 : 28 }

    /// - Parameter id: by which the answer is known, to be random.
    public static func question(_ name: Name, id: UInt16, _ family: Address.Family) -> [UInt8] {
        var writer = ByteWriter()
        writer.uint16(id)
        writer.uint16(0x0100) // recursion desired
        writer.uint16(1)
        writer.zeros(6)
        writer.append(wire(name))
        writer.uint16(type(family))
        writer.uint16(1) // IN
        return writer.bytes
    }

    /// A name as labels, each behind its length.
    private static func wire(_ name: Name) -> [UInt8] {
        var octets: [UInt8] = []
        for label in name.bytes.split(separator: UInt8(ascii: ".")) where label.count < 64 {
            octets.append(UInt8(label.count))
            octets += label
        }
        return octets + [0]
    }

    /// What a datagram answers to `question`; `nil` when it is no answer to that: another's, or forged.
    public static func answer(_ datagram: Span<UInt8>, to name: Name, id: UInt16, _ family: Address.Family) -> Answer? {
        do throws(WireError) {
            var reader = ByteReader(datagram)
            guard try reader.uint16() == id else { return nil }
            let flags = try reader.uint16()
            guard flags & 0xf800 == 0x8000, try reader.uint16() == 1 else { return nil }
            let count = try reader.uint16()
            try reader.skip(4)
            let asked = wire(name)
            guard same(try reader.array(asked.count), asked), try reader.uint16() == type(family), try reader.uint16() == 1 else {
                return nil
            }
            let code = flags & 15
            if code == 3 { return .addresses([]) } // no such name
            if code != 0 { return .failure }
            // What was cut off is left out, and so is what belongs to a name that was not asked for.
            var addresses: [Address] = []
            var names = [asked.map(lower)]
            for _ in 0..<count {
                guard let record = try? Record(&reader, datagram) else { break }
                guard names.contains(record.owner) else { continue }
                if let alias = record.alias, names.count <= mostAliases { names.append(alias) }
                if record.type == type(family), let address = record.address, address.family == family,
                    addresses.count < mostAddresses
                {
                    addresses.append(address)
                }
            }
            return .addresses(addresses)
        } catch { return nil }
    }

    /// One record of an answer.
    private struct Record {
        let owner: [UInt8]
        let type: UInt16
        let address: Address?
        /// Of which name the owner is another one (CNAME).
        let alias: [UInt8]?

        init(_ reader: inout ByteReader, _ datagram: Span<UInt8>) throws(WireError) {
            let name = try NameQuery.name(datagram, at: reader.offset)
            owner = name.octets
            try reader.skip(name.end - reader.offset)
            type = try reader.uint16()
            let isInternet = try reader.uint16() == 1
            try reader.skip(4)
            let count = Int(try reader.uint16())
            let start = reader.offset
            let data = try reader.array(count)
            address = isInternet ? Address(data.span) : nil
            alias = isInternet && type == 5 ? try NameQuery.name(datagram, at: start).octets : nil
        }
    }

    /// The name at `start` in lower-case labels, each behind its length, and where it ends there. The rest of one may stand
    /// earlier (RFC 1035 §4.1.4): always earlier than what led there, so that it comes to an end.
    private static func name(_ datagram: Span<UInt8>, at start: Int) throws(WireError) -> (octets: [UInt8], end: Int) {
        var octets: [UInt8] = []
        var index = start
        var first = start
        var end: Int?
        while index < datagram.count {
            let length = Int(datagram[index])
            if length == 0 { return (octets + [0], end ?? index + 1) }
            if length >= 0xc0 {
                guard index + 1 < datagram.count else { throw .truncated(at: index) }
                end = end ?? index + 2
                index = (length & 0x3f) << 8 | Int(datagram[index + 1])
                guard index < first else { throw .malformed(at: index) }
                first = index
                continue
            }
            guard length < 64, octets.count + length < 255 else { throw .malformed(at: index) }
            guard index + length < datagram.count else { throw .truncated(at: index) }
            octets.append(UInt8(length))
            for place in index + 1...index + length { octets.append(lower(datagram[place])) }
            index += 1 + length
        }
        throw .truncated(at: index)
    }

    private static func lower(_ octet: UInt8) -> UInt8 { (0x41...0x5A).contains(octet) ? octet | 0x20 : octet }

    /// Whether two names differ by case alone.
    private static func same(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where one[index] != other[index] {
            guard one[index] ^ other[index] == 0x20, (0x41...0x5A).contains(one[index] & 0xDF) else { return false }
        }
        return true
    }
}
