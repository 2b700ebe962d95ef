import Crypto
import ESP
import Testing
import Vectors
import Wire

@Test func publishedPackets() { check(espVectors) }
@Test func packetsOfTheKernel() { check(kernelESPVectors) }

@Suite struct RoundTrip {
    @Test(arguments: suites) func everySuiteEveryLength(_ suite: ESPSuite) throws {
        for outer in families {
            for inner in families {
                let pair = try Pair(association(suite, outer: outer, inner: inner))
                let (sunset, sunrise) = hosts(inner)
                for count in 0...40 {
                    let packet = udpPacket(sunset, sunrise, count: count)
                    let esp = try pair.seal(packet)
                    #expect((esp.count - pair.sender.layout.ivLength - pair.sender.layout.icvLength) % 4 == 0)
                    #expect(try pair.open(esp) == packet)
                }
                #expect(pair.sender.usage.packets == 41 && pair.receiver.usage.packets == 41)
                #expect(pair.sender.usage.octets == pair.receiver.usage.octets)
            }
        }
    }

    @Test(arguments: suites) func transportMode(_ suite: ESPSuite) throws {
        for family in families {
            let pair = try Pair(association(suite, .transport, outer: family))
            let (west, east) = gateways(family)
            for count in 0...33 {
                let packet = udpPacket(west, east, count: count)
                #expect(try pair.open(pair.seal(packet)) == packet)
            }
        }
    }

    @Test func headerAndTrailerAreAsRFC4303Says() throws {
        let pair = try Pair(association(spi: 0x0a0b_0c0d))
        let packet = udpPacket(hosts(.ipv4).sunset, hosts(.ipv4).sunrise, count: 1)
        let first = try pair.seal(packet)
        let second = try pair.seal(packet)
        #expect(Array(first[0..<8]) == [0x0a, 0x0b, 0x0c, 0x0d, 0, 0, 0, 1])
        #expect(Array(second[0..<8]) == [0x0a, 0x0b, 0x0c, 0x0d, 0, 0, 0, 2])
        // 29 octets, padding 1, pad length, next header: two blocks.
        #expect(first.count == 8 + 16 + 32 + 12)
        var text = Array(first[8..<56])
        var span = text.mutableSpan
        try CBC(.aesCBC128, key: pair.sender.sa.encryptionKey, .decrypt).apply(&span, range: 16..<48, ivAt: 0)
        #expect(Array(text[16...]) == packet + [1, 1, 4])
    }

    @Test func ivsDiffer() throws {
        let packet = udpPacket(hosts(.ipv4).sunset, hosts(.ipv4).sunrise, count: 9)
        for suite in suites {
            let pair = try Pair(association(suite))
            var seen: Set<[UInt8]> = []
            for _ in 0..<100 { seen.insert(Array(try pair.seal(packet)[8..<8 + pair.sender.layout.ivLength])) }
            #expect(seen.count == 100)
        }
        // Another seed, other IVs; the same seed, the same packet: the room is deterministic.
        func made(_ seed: [UInt8]) throws -> [UInt8] {
            try Pair(association(), random: ReplayedRandom(seed)).seal(packet)
        }
        #expect(try made([0]) == made([0]))
        #expect(try made([0]) != made([1]))
    }

    @Test func octetsBehindThePacketAreLeftOut() throws {
        let pair = try Pair(association())
        let packet = udpPacket(hosts(.ipv4).sunset, hosts(.ipv4).sunrise, count: 10)
        #expect(try pair.open(pair.seal(packet + [9, 9, 9])) == packet)
    }

    @Test func trafficFlowPaddingIsTakenOff() throws {
        for (suite, family) in [(ESPSuite(.aesCBC128, .hmacSHA1_96), Address.Family.ipv4), (ESPSuite(.aesGCM128), .ipv6)] {
            let sa = association(suite, inner: family)
            let packet = udpPacket(hosts(family).sunset, hosts(family).sunrise, count: 10)
            let next: UInt8 = family == .ipv4 ? 4 : 41
            var text = packet + [UInt8](repeating: 0, count: 50)
            while text.count % 16 != 14 { text.append(0) }
            let esp = try forged(sa, sequence: 1, text: text + [0, next])
            #expect(try Pair(sa).open(esp) == packet)
        }
    }

    @Test func transportBehindNATGetsANewChecksum() throws {
        let sa = association(
            .init(.aesGCM128), .transport, encapsulation: .init(sourcePort: 4500, destinationPort: 4500),
            from: Selector(.everything(.ipv4)))
        let pair = try Pair(sa)
        for ipProtocol: UInt8 in [6, 17] {
            let (west, east) = gateways(.ipv4)
            var segment = [UInt8](repeating: 7, count: 41)
            let field = ipProtocol == 6 ? 16 : 6
            segment[field] = 0
            segment[field + 1] = 0
            let sum = checksum(west.octets + east.octets + [0, ipProtocol, 0, 41] + segment)
            segment[field] = UInt8(sum >> 8)
            segment[field + 1] = UInt8(sum & 255)
            let esp = try pair.seal(ipPacket(west, east, ipProtocol, segment))
            var buffer = [UInt8](repeating: 0, count: 40) + esp
            var span = buffer.mutableSpan
            // The NAT wrote another source address.
            let natted = address("203.0.113.9")
            guard
                case .packet(let range) = try pair.receiver.decapsulate(
                    &span, packet: 40..<40 + esp.count, outer: .init(natted, east))
            else { return #expect(Bool(false)) }
            let packet = Array(buffer[range])
            #expect(Array(packet[12..<16]) == natted.octets)
            #expect(checksum(Array(packet[12..<20]) + [0, ipProtocol, 0, 41] + packet[20...]) == 0)
        }
    }
}
