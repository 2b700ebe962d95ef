import Testing
import Vectors
import Wire

/// Packets as Linux sent them over its loopback, and two that draft-mcgrew-gcm-test-01 has as plaintext.
private enum Packet {
    /// TCP, DF, 192.168.1.2:2718 to 147.137.21.94:139; four octets of ESP's padding follow.
    static let tcp = octets("4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000020405b40101040201020201")
    /// An echo request of 60 octets from 64.103.147.24 to 1.1.1.1, four of padding behind.
    static let ping = octets(
        "4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768696a6b6c6d6e6f707172737475767761626364656667"
            + "686901020201")
    /// UDP 33334 to 4500, the router alert option, DSCP EF with ECN 1.
    static let options = octets("46b9002591290000401155df7f0000017f0000019404000082361194000dfe2068656c6c6f")
    /// The first fragment of a UDP datagram, and the second; their data are zeros.
    static let first = octets("45b904fc912820004011c60d7f0000017f0000018236119405806321") + [UInt8](repeating: 0, count: 1248)
    static let second = octets("45b900ac9128009d4011e9c07f0000017f000001") + [UInt8](repeating: 0, count: 152)

    static let udp6 = octets(
        "6b87a8de000d1140000000000000000000000000000000010000000000000000000000000000000182351194000d002068656c6c6f")
    static let hopByHop6 = octets(
        "6b87a8de001500400000000000000000000000000000000100000000000000000000000000000001110005020000010082351194000d2837"
            + "68656c6c6f")
    static let destinationOptions6 = octets(
        "6b87a8de00250040000000000000000000000000000000010000000000000000000000000000000"
            + "13c000502000001001101010c00000000000000000000000082351194000d283768656c6c6f")
    static let first6 =
        octets(
            "6b87a8de04d83c4000000000000000000000000000000001000000000000000000000000000000012c01010c000000000000000000000000"
                + "11000001ab85f6828235119405806123") + [UInt8](repeating: 0, count: 1208)
    static let second6 =
        octets(
            "6b87a8de00d83c4000000000000000000000000000000001000000000000000000000000000000012c01010c000000000000000000000000"
                + "110004c0ab85f682") + [UInt8](repeating: 0, count: 192)
    static let ping6 = octets(
        "600e0432000c3a40000000000000000000000000000000010000000000000000000000000000000180009fe30102000170696e67")

    static let all = [
        tcp, ping, options, first, second, udp6, hopByHop6, destinationOptions6, first6, second6, ping6,
    ]
}

@Suite struct IPHeaders {
    @Test func tcp() throws {
        let header = try IPHeader(Packet.tcp.span)
        #expect(header.source == Address("192.168.1.2"))
        #expect(header.destination == Address("147.137.21.94"))
        #expect(header.ipProtocol == 6)
        #expect(header.sourcePort == 2718)
        #expect(header.destinationPort == 139)
        #expect(header.totalLength == 48)
        #expect(header.headerLength == 20)
        #expect(header.trafficClass == 0)
        #expect(header.dontFragment)
        #expect(!header.isFragment)
    }

    @Test func ping() throws {
        let header = try IPHeader(Packet.ping.span)
        #expect(header.ipProtocol == 1)
        #expect(header.sourcePort == 8, "ICMP's type")
        #expect(header.destinationPort == 0, "and its code")
        #expect(header.totalLength == 60)
        #expect(!header.dontFragment)
    }

    @Test func options() throws {
        let header = try IPHeader(Packet.options.span)
        #expect(header.headerLength == 24)
        #expect(header.totalLength == 37)
        #expect(header.trafficClass == 0xb9)
        #expect(header.ipProtocol == 17)
        #expect(header.sourcePort == 33334)
        #expect(header.destinationPort == 4500)
    }

    @Test func fragments() throws {
        let first = try IPHeader(Packet.first.span)
        #expect(first.isFragment)
        #expect(first.destinationPort == 4500)
        let second = try IPHeader(Packet.second.span)
        #expect(second.isFragment)
        #expect(second.ipProtocol == 17)
        #expect(second.sourcePort == 0 && second.destinationPort == 0)
        #expect(second.totalLength == 172)
    }

    @Test func udp6() throws {
        let header = try IPHeader(Packet.udp6.span)
        #expect(header.source == Address("::1"))
        #expect(header.destination == Address("::1"))
        #expect(header.trafficClass == 0xb8)
        #expect(header.ipProtocol == 17)
        #expect(header.sourcePort == 33333)
        #expect(header.destinationPort == 4500)
        #expect(header.totalLength == 53)
        #expect(header.headerLength == 40)
        #expect(header.dontFragment)
        #expect(!header.isFragment)
    }

    @Test func extensionHeaders() throws {
        for (packet, length) in [(Packet.hopByHop6, 48), (Packet.destinationOptions6, 64)] {
            let header = try IPHeader(packet.span)
            #expect(header.headerLength == length)
            #expect(header.ipProtocol == 17)
            #expect(header.destinationPort == 4500)
            #expect(!header.isFragment)
        }
    }

    @Test func fragments6() throws {
        let first = try IPHeader(Packet.first6.span)
        #expect(first.isFragment)
        #expect(first.headerLength == 64)
        #expect(first.sourcePort == 33333)
        let second = try IPHeader(Packet.second6.span)
        #expect(second.isFragment)
        #expect(second.ipProtocol == 17)
        #expect(second.headerLength == 64)
        #expect(second.sourcePort == 0 && second.destinationPort == 0)
    }

    @Test func ping6() throws {
        let header = try IPHeader(Packet.ping6.span)
        #expect(header.ipProtocol == 58)
        #expect(header.sourcePort == 128)
        #expect(header.destinationPort == 0)
    }

    /// The header's own length counts: octets after it do not belong to the packet.
    @Test func cutShort() {
        for packet in Packet.all {
            let length = (try? IPHeader(packet.span))?.totalLength ?? 0
            for count in 0..<length {
                #expect(throws: WireError.self) { try IPHeader(packet.span.extracting(first: count)) }
            }
            #expect(throws: Never.self) { try IPHeader(packet.span.extracting(first: length)) }
        }
    }

    /// Ports are read only from inside the packet that the header announces.
    @Test func portsPastTheEnd() throws {
        var packet = Packet.tcp
        packet[3] = 23
        #expect(try IPHeader(packet.span).sourcePort == 0)
        packet = Packet.udp6
        packet[5] = 3
        #expect(try IPHeader(packet.span).sourcePort == 0)
    }

    @Test func malformed() {
        for (index, value) in [(0, 0x55), (0, 0x05), (0, 0x44), (0, 0x40), (3, 19)] as [(Int, UInt8)] {
            var packet = Packet.tcp
            packet[index] = value
            #expect(throws: WireError.malformed(at: 0)) { try IPHeader(packet.span) }
        }
        var packet = Packet.hopByHop6
        packet[41] = 255 // an extension header past the end
        #expect(throws: WireError.self) { try IPHeader(packet.span) }
        packet[41] = 1 // one that ends in the packet's bytes but not in its length
        packet[5] = 8
        #expect(throws: WireError.self) { try IPHeader(packet.span) }
    }

    /// No octet of a header, whatever it becomes, makes the reader leave the packet or lie about lengths.
    @Test func anyOctet() {
        for packet in Packet.all {
            for index in 0..<min(packet.count, 72) {
                for value in [UInt8](0...255) {
                    var changed = packet
                    changed[index] = value
                    guard let header = try? IPHeader(changed.span) else { continue }
                    #expect(header.totalLength <= changed.count)
                    #expect(header.headerLength <= header.totalLength)
                }
            }
        }
    }
}
