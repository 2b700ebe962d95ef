import Crypto
import ESP
import Linux
import Wire

/// `vectors speed`: what one core can encapsulate and decapsulate in memory, packets of 1,400 octets, in Mbit/s of inner packets. No
/// tunnel is faster than that. One line a suite: its words, out, in.
enum Speed {
    static func print() {
        let suites: [(Sentence, ESPSuite)] = [
            ("aes128gcm16", ESPSuite(.aesGCM128)), ("aes256gcm16", ESPSuite(.aesGCM256)),
            ("aes128-sha1", ESPSuite(.aesCBC128, .hmacSHA1_96)), ("aes128-sha256", ESPSuite(.aesCBC128, .hmacSHA256_128)),
            ("3des-sha1", ESPSuite(.tripleDESCBC, .hmacSHA1_96)),
        ]
        for (words, suite) in suites {
            guard let (out, `in`) = try? measure(suite) else { continue }
            StandardStream.output.write("\(words) \(out) \(`in`)\n")
        }
    }

    private static let packetLength = 1_400
    private static let packets = 64
    /// Of processor time for each direction, nanoseconds.
    private static let enough: UInt64 = 300_000_000

    private static func measure(_ suite: ESPSuite) throws(CryptoError) -> (out: Int, in: Int) {
        let (from, to) = (Address(ipv4: 0x0a01_0001), Address(ipv4: 0x0a02_0001))
        let sa = SecurityAssociation(
            spi: 0x1000, source: from, destination: to, mode: .tunnel, suite: suite,
            encryptionKey: Secret([UInt8](repeating: 1, count: suite.cipher.keyLength)),
            salt: Secret([UInt8](repeating: 2, count: suite.cipher.saltLength)),
            integrityKey: Secret([UInt8](repeating: 3, count: suite.integrity?.keyLength ?? 0)), encapsulation: nil,
            sourceSelector: Selector(.everything(.ipv4)), destinationSelector: Selector(.everything(.ipv4)), requestID: 1,
            replayWindow: 64)
        let outbound = try OutboundSA(sa, random: SystemRandom())
        let inbound = try InboundSA(sa)
        var packet: [UInt8] = [0x45, 0, UInt8(packetLength >> 8), UInt8(packetLength & 255), 0, 0, 0, 0, 64, 99, 0, 0]
        packet += [10, 1, 0, 1, 10, 2, 0, 1]
        guard let header = try? IPHeader((packet + [UInt8](repeating: 7, count: packetLength - packet.count)).span) else {
            return (0, 0)
        }
        let slot = 2_048
        var buffer = [UInt8](repeating: 7, count: slot * packets)
        var span = buffer.mutableSpan
        var sealed = [Range<Int>](repeating: 0..<0, count: packets)
        var (out, `in`): (UInt64, UInt64) = (0, 0)
        var count = 0
        while out < enough || `in` < enough {
            for index in 0..<packets {
                let at = index * slot + Layout.headroom
                for place in packet.indices { span[at + place] = packet[place] }
            }
            var began = Clock.processor()
            for index in 0..<packets {
                let at = index * slot + Layout.headroom
                let range = (try? outbound.encapsulate(&span, packet: at..<at + packetLength, header: header))?.range
                sealed[index] = range ?? 0..<0
            }
            out += Clock.processor() - began
            began = Clock.processor()
            for range in sealed {
                guard (try? inbound.decapsulate(&span, packet: range, outer: OuterHeader(from, to))) != nil else { return (0, 0) }
            }
            `in` += Clock.processor() - began
            count += packets
        }
        return (rate(count, out), rate(count, `in`))
    }

    private static func rate(_ count: Int, _ nanoseconds: UInt64) -> Int {
        Int(UInt64(count) * UInt64(packetLength) * 8_000 / max(1, nanoseconds))
    }
}
