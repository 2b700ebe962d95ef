import ESP
import Testing
import Wire

/// RFC 6040: ECN of the outer packet and after decapsulation; and DSCP, copied or not.
@Suite struct TrafficClassTests {
    @Test func outwards() throws {
        for family in families {
            for copies in [false, true] {
                let pair = try Pair(association(inner: family), copiesDSCP: copies)
                for value in 0...255 {
                    let inner = hosts(family)
                    let packet = udpPacket(inner.sunset, inner.sunrise, count: 3, trafficClass: UInt8(value))
                    let (esp, sealed) = try pair.sealed(packet)
                    #expect(sealed.trafficClass == UInt8(copies ? value : value & 3))
                    // The packet inside keeps its own, whatever becomes of the outer DSCP on the way.
                    #expect(try pair.open(esp, trafficClass: sealed.trafficClass | 0xb8) == packet)
                }
            }
        }
    }

    @Test func inwards() throws {
        // Rows are the inner field, columns the outer: Not-ECT 0, ECT(1) 1, ECT(0) 2, CE 3. Nil drops.
        let table: [[UInt8?]] = [[0, 0, 0, nil], [1, 1, 1, 3], [2, 1, 2, 3], [3, 3, 3, 3]]
        for family in families {
            let (sunset, sunrise) = hosts(family)
            for (inner, row) in table.enumerated() {
                for (outer, expected) in row.enumerated() {
                    let pair = try Pair(association(inner: family))
                    let packet = udpPacket(sunset, sunrise, count: 3, trafficClass: 0xb8 | UInt8(inner))
                    let esp = try pair.seal(packet)
                    guard let expected else {
                        #expect(throws: PacketRefusal.congestion) {
                            _ = try pair.open(esp, trafficClass: UInt8(outer))
                        }
                        continue
                    }
                    let wanted = udpPacket(sunset, sunrise, count: 3, trafficClass: 0xb8 | expected)
                    #expect(try pair.open(esp, trafficClass: UInt8(outer)) == wanted) // IPv4's checksum included
                }
            }
        }
    }

    @Test func transportKeepsIts() throws {
        let (west, east) = gateways(.ipv4)
        let pair = try Pair(association(.init(.aesGCM128), .transport))
        let (esp, sealed) = try pair.sealed(udpPacket(west, east, count: 3, trafficClass: 0xb9))
        #expect(sealed.trafficClass == 0xb9)
        #expect(try pair.open(esp, trafficClass: 0xbb) == udpPacket(west, east, count: 3, trafficClass: 0xbb))
    }
}
