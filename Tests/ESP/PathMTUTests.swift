import Crypto
import ESP
import Testing
import Wire

@Suite struct PathMTU {
    @Test func knownSizes() {
        func largest(_ suite: ESPSuite, _ mtu: Int, _ outer: Address.Family, udp: Bool) -> Int {
            Layout(suite, .tunnel).largestPacket(mtu: mtu, outer: outer, encapsulated: udp)
        }
        // 1500 - 20 - 8 - 16 - 12 = 1444, whole blocks 1440, trailer 2.
        #expect(largest(.init(.aesCBC128, .hmacSHA1_96), 1500, .ipv4, udp: false) == 1438)
        #expect(largest(.init(.aesCBC128, .hmacSHA1_96), 1500, .ipv4, udp: true) == 1422)
        #expect(largest(.init(.aesGCM128), 1500, .ipv4, udp: false) == 1446)
        #expect(largest(.init(.aesGCM128), 1500, .ipv4, udp: true) == 1438)
        #expect(largest(.init(.aesGCM128), 1500, .ipv6, udp: true) == 1418)
        #expect(largest(.init(.tripleDESCBC, .hmacMD5_96), 1500, .ipv4, udp: false) == 1446)
        #expect(largest(.init(.aesGCM128), 40, .ipv4, udp: false) == 0)
    }

    /// The largest fits, and one octet more does not: found by making them.
    @Test(arguments: suites) func theLargestFitsExactly(_ suite: ESPSuite) throws {
        for mode in [SecurityAssociation.Mode.tunnel, .transport] {
            for family in families {
                for mtu in 1400..<1420 {
                    let sa = association(suite, mode, outer: family, inner: family)
                    let pair = try Pair(sa, pathMTU: mtu)
                    let (from, to) = mode == .tunnel ? hosts(family) : gateways(family)
                    let header = family == .ipv4 ? 20 : 40
                    let largest = pair.sender.largestPacket
                    let packet = udpPacket(from, to, count: largest - header - 8, dontFragment: true)
                    let (esp, sealed) = try pair.sealed(packet)
                    #expect(header + esp.count <= mtu && header + esp.count > mtu - 16 && sealed.dontFragment)
                    let more = udpPacket(from, to, count: largest - header - 7, dontFragment: true)
                    #expect(throws: PacketRefusal.tooBig) { _ = try pair.seal(more) }
                }
            }
        }
    }

    @Test func withoutDFTheOuterPacketIsFragmented() throws {
        let (sunset, sunrise) = hosts(.ipv4)
        let pair = try Pair(association(), pathMTU: 1000)
        let packet = udpPacket(sunset, sunrise, count: 1200)
        let (esp, sealed) = try pair.sealed(packet)
        #expect(!sealed.dontFragment)
        #expect(try pair.open(esp) == packet)
        #expect(try pair.sealed(udpPacket(sunset, sunrise, count: 10)).sealed.dontFragment == false)
    }

    /// `pmtudisc=`
    @Test func theOuterDFIsAsTheSASays() throws {
        let (sunset, sunrise) = hosts(.ipv4)
        let wanted: [(SecurityAssociation.OuterDF, [Bool])] = [
            (.copy, [true, false, false]), (.clear, [false, false, false]), (.set, [true, true, false]),
        ]
        for (outerDF, expected) in wanted {
            var sa = association()
            sa.outerDF = outerDF
            let pair = try Pair(sa, pathMTU: 1000)
            let packets = [
                udpPacket(sunset, sunrise, count: 500, dontFragment: true), udpPacket(sunset, sunrise, count: 500),
                // Known not to fit, and may be fragmented: in outer fragments.
                udpPacket(sunset, sunrise, count: 1200),
            ]
            #expect(try packets.map { try pair.sealed($0).sealed.dontFragment } == expected)
            // A packet with DF that does not fit is answered, whatever the outer packet's DF.
            #expect(throws: PacketRefusal.tooBig) { _ = try pair.seal(udpPacket(sunset, sunrise, count: 1200, dontFragment: true)) }
        }
    }

    @Test func ipv6AlwaysCarriesItsMinimum() throws {
        let (sunset, sunrise) = hosts(.ipv6)
        let pair = try Pair(association(inner: .ipv6), pathMTU: 1280)
        #expect(pair.sender.largestPacket < 1280)
        #expect(try !pair.sealed(udpPacket(sunset, sunrise, count: 1280 - 48)).sealed.dontFragment)
        #expect(throws: PacketRefusal.tooBig) { _ = try pair.seal(udpPacket(sunset, sunrise, count: 1233)) }
    }

    @Test func aNewPathMTUCounts() throws {
        let (sunset, sunrise) = hosts(.ipv4)
        let pair = try Pair(association())
        let packet = udpPacket(sunset, sunrise, count: 1300, dontFragment: true)
        _ = try pair.seal(packet)
        pair.sender.pathMTU = 1200
        #expect(throws: PacketRefusal.tooBig) { _ = try pair.seal(packet) }
    }
}

@Suite struct TooBigAnswers {
    private func answer(_ packet: [UInt8], mtu: Int) throws -> [UInt8]? {
        var out = [UInt8](repeating: 0xee, count: PacketTooBig.limit)
        var span = out.mutableSpan
        let header = try IPHeader(packet.span)
        guard let count = PacketTooBig.answer(to: packet.span, header: header, mtu: mtu, into: &span) else { return nil }
        return Array(out[0..<count])
    }

    @Test func ipv4() throws {
        let (sunset, sunrise) = hosts(.ipv4)
        for count in [1, 200, 519, 520, 1400] {
            let packet = udpPacket(sunset, sunrise, count: count, dontFragment: true)
            let answer = try #require(try answer(packet, mtu: 1422))
            let header = try IPHeader(answer.span)
            #expect(header.source == sunrise && header.destination == sunset && header.ipProtocol == 1)
            #expect(header.totalLength == answer.count && answer.count <= 576)
            #expect(checksum(Array(answer[0..<20])) == 0 && checksum(Array(answer[20...])) == 0)
            #expect(Array(answer[20..<22]) == [3, 4] && Array(answer[24..<28]) == [0, 0, 0x05, 0x8e])
            #expect(Array(answer[28...]) == Array(packet.prefix(548)))
        }
    }

    @Test func ipv6() throws {
        let (sunset, sunrise) = hosts(.ipv6)
        for count in [1, 1190, 1400] {
            let packet = udpPacket(sunset, sunrise, count: count)
            let answer = try #require(try answer(packet, mtu: 1300))
            let header = try IPHeader(answer.span)
            #expect(header.source == sunrise && header.destination == sunset && header.ipProtocol == 58)
            #expect(header.totalLength == answer.count && answer.count <= 1280)
            let pseudo =
                sunrise.octets + sunset.octets
                + [0, 0, UInt8((answer.count - 40) >> 8), UInt8((answer.count - 40) & 255), 0, 0, 0, 58]
            #expect(checksum(pseudo + answer[40...]) == 0)
            #expect(Array(answer[40..<42]) == [2, 0] && Array(answer[44..<48]) == [0, 0, 0x05, 0x14])
            #expect(Array(answer[48...]) == Array(packet.prefix(1232)))
        }
    }

    @Test func neverBelowWhatALinkMustCarry() throws {
        let (sunset, sunrise) = hosts(.ipv6)
        let answer6 = try #require(try answer(udpPacket(sunset, sunrise, count: 1), mtu: 100))
        #expect(Array(answer6[44..<48]) == [0, 0, 5, 0])
        let answer4 = try #require(
            try answer(udpPacket(hosts(.ipv4).sunset, hosts(.ipv4).sunrise, count: 1), mtu: 0))
        #expect(Array(answer4[26..<28]) == [0, 68])
    }

    @Test func notToEverything() throws {
        let (sunset, sunrise) = hosts(.ipv4)
        for type: UInt8 in [3, 4, 5, 11, 12] {
            #expect(try answer(ipPacket(sunset, sunrise, 1, [type, 0, 0, 0, 0, 0, 0, 0]), mtu: 500) == nil)
        }
        for type: UInt8 in [0, 8, 13] {
            #expect(try answer(ipPacket(sunset, sunrise, 1, [type, 0, 0, 0, 0, 0, 0, 0]), mtu: 500) != nil)
        }
        var fragment = udpPacket(sunset, sunrise, count: 100)
        fragment[6] = 0x20 // the first: may be answered
        #expect(try answer(fragment, mtu: 500) != nil)
        fragment[7] = 1
        #expect(try answer(fragment, mtu: 500) == nil)
        for bad in ["224.0.0.1", "255.255.255.255", "127.0.0.1", "0.0.0.0"] {
            #expect(try answer(udpPacket(address(bad), sunrise, count: 9), mtu: 500) == nil)
            #expect(try answer(udpPacket(sunset, address(bad), count: 9), mtu: 500) == nil)
        }
        let (sunset6, sunrise6) = hosts(.ipv6)
        for bad in ["ff02::1", "::", "::1"] {
            #expect(try answer(udpPacket(address(bad), sunrise6, count: 9), mtu: 1300) == nil)
        }
        #expect(try answer(ipPacket(sunset6, sunrise6, 58, [2, 0, 0, 0, 0, 0, 0, 0]), mtu: 1300) == nil)
        #expect(try answer(ipPacket(sunset6, sunrise6, 58, [128, 0, 0, 0, 0, 0, 0, 0]), mtu: 1300) != nil)
    }
}
