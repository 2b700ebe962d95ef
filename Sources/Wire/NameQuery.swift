/// Questions to the DNS for a host's addresses, and its answers (RFC 1035 §4, RFC 3596 §2).
public enum NameQuery {
    /// Addresses taken of one answer.
    static let mostAddresses = 16
    /// Octets of the largest answer over UDP that need be taken (RFC 1035 §4.2.1).
    public static let longestAnswer = 512

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
        writer.uint16(0x0100)                          // recursion desired
        writer.uint16(1)
        writer.zeros(6)
        writer.append(wire(name))
        writer.uint16(type(family))
        writer.uint16(1)                               // IN
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
            if code == 3 { return .addresses([]) }     // no such name
            if code != 0 { return .failure }
            // What was cut off is left out.
            var addresses: [Address] = []
            for _ in 0..<count {
                guard let address = try? record(&reader, family) else { break }
                if let address = address.found, addresses.count < mostAddresses { addresses.append(address) }
            }
            return .addresses(addresses)
        } catch { return nil }
    }

    private struct Record { var found: Address? }

    /// One record of the answer. Aliases lead to others, which follow; whose they are the server has seen to.
    private static func record(_ reader: inout ByteReader, _ family: Address.Family) throws(WireError) -> Record {
        while true {
            let length = try reader.uint8()
            if length == 0 { break }
            if length >= 0xc0 {                        // the rest stands elsewhere
                try reader.skip(1)
                break
            }
            try reader.skip(Int(length))
        }
        let type = try reader.uint16(), kind = try reader.uint16()
        try reader.skip(4)
        let data = try reader.array(Int(try reader.uint16()))
        guard kind == 1, type == Self.type(family), let address = Address(data.span), address.family == family else {
            return Record(found: nil)
        }
        return Record(found: address)
    }

    /// Whether two names differ by case alone.
    private static func same(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where one[index] != other[index] {
            guard one[index] ^ other[index] == 0x20, (0x41...0x5A).contains(one[index] & 0xDF) else { return false }
        }
        return true
    }
}
