import Crypto
import ESP
import Wire

/// Packets of 1,400 octets that pass from an outbound SA to an inbound one, in memory.
struct Packets {
    /// The suites that are measured, and their words in ipsec.conf.
    static let suites: [(words: Name, ESPSuite)] = [
        ("aes128gcm16", ESPSuite(.aesGCM128)), ("aes256gcm16", ESPSuite(.aesGCM256)),
        ("aes128-sha1", ESPSuite(.aesCBC128, .hmacSHA1_96)), ("aes128-sha256", ESPSuite(.aesCBC128, .hmacSHA256_128)),
        ("3des-sha1", ESPSuite(.tripleDESCBC, .hmacSHA1_96)),
    ]
    static let length = 1_400
    private static let slot = 2_048

    private let from = Address(ipv4: 0x0a01_0001)
    private let to = Address(ipv4: 0x0a02_0001)
    private let outbound: OutboundSA
    private let inbound: InboundSA
    private let header: IPHeader
    private let packet: [UInt8]
    private var buffer: [UInt8]
    private var sealed: [Range<Int>]

    init?(_ suite: ESPSuite, count: Int) {
        let sa = SecurityAssociation(
            spi: 0x1000, source: from, destination: to, mode: .tunnel, suite: suite,
            encryptionKey: Secret([UInt8](repeating: 1, count: suite.cipher.keyLength)),
            salt: Secret([UInt8](repeating: 2, count: suite.cipher.saltLength)),
            integrityKey: Secret([UInt8](repeating: 3, count: suite.integrity?.keyLength ?? 0)), encapsulation: nil,
            sourceSelector: Selector(.everything(.ipv4)), destinationSelector: Selector(.everything(.ipv4)), requestID: 1,
            replayWindow: 64)
        var packet: [UInt8] = [0x45, 0, UInt8(Self.length >> 8), UInt8(Self.length & 255), 0, 0, 0, 0, 64, 99, 0, 0]
        packet += [10, 1, 0, 1, 10, 2, 0, 1]
        packet += [UInt8](repeating: 7, count: Self.length - packet.count)
        guard let outbound = try? OutboundSA(sa, random: SystemRandom()), let inbound = try? InboundSA(sa),
            let header = try? IPHeader(packet.span)
        else { return nil }
        (self.outbound, self.inbound, self.header, self.packet) = (outbound, inbound, header, packet)
        buffer = [UInt8](repeating: 7, count: Self.slot * count)
        sealed = [Range<Int>](repeating: 0..<0, count: count)
    }

    /// Writes the header of every packet again, which encryption changed.
    mutating func prepare() {
        for index in sealed.indices {
            let at = index * Self.slot + Layout.headroom
            for place in 0..<20 { buffer[at + place] = packet[place] }
        }
    }

    mutating func encapsulate() {
        let (outbound, header) = (self.outbound, self.header)
        var ranges = sealed
        var span = buffer.mutableSpan
        for index in ranges.indices {
            let at = index * Self.slot + Layout.headroom
            let range = (try? outbound.encapsulate(&span, packet: at..<at + Self.length, header: header))?.range
            ranges[index] = range ?? 0..<0
        }
        sealed = ranges
    }

    /// Returns whether all packets were accepted.
    mutating func decapsulate() -> Bool {
        let (inbound, ranges, outer) = (self.inbound, sealed, OuterHeader(from, to))
        var span = buffer.mutableSpan
        for range in ranges {
            guard (try? inbound.decapsulate(&span, packet: range, outer: outer)) != nil else { return false }
        }
        return true
    }
}
