import Crypto
import Testing
import Wire

@testable import DataPlane

private func eroute(
    _ near: String, _ far: String, id: UInt32, protocol ipProtocol: UInt8 = 0, port: UInt16 = 0, mode: SecurityAssociation.Mode = .tunnel
) -> TunnelEroute {
    func selector(_ text: String, _ port: UInt16) -> Selector {
        let parts = text.split(separator: "/")
        return Selector(Subnet(Address(String(parts[0]))!, prefix: Int(parts[1])!), ipProtocol: ipProtocol, port: port)
    }
    return TunnelEroute(
        Eroute(
            name: "test", local: Address("192.0.2.1")!, remote: nil, localSelector: selector(near, 0),
            remoteSelector: selector(far, port), mode: mode, requestID: id, nextHop: nil, sourceAddress: nil))
}

private func packet(_ from: String, _ to: String, _ ipProtocol: UInt8 = 17, port: UInt16 = 53) -> IPHeader {
    let source = Address(from)!
    let payload: [UInt8] = [4, 0, UInt8(port >> 8), UInt8(port & 255), 0, 8, 0, 0]
    var octets: [UInt8]
    if source.family == .ipv4 {
        octets = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, ipProtocol, 0, 0] + source.octets + Address(to)!.octets
    } else {
        octets = [0x60, 0, 0, 0, 0, 8, ipProtocol, 64] + source.octets + Address(to)!.octets
    }
    octets += payload
    return try! IPHeader(octets.span)
}

@Suite struct ErouteTables {
    /// Whatever the order they were added in.
    @Test func theMostSpecificWins() {
        let eroutes = [
            eroute("10.0.0.0/8", "0.0.0.0/0", id: 1), eroute("10.0.0.0/8", "192.168.0.0/16", id: 2),
            eroute("10.0.0.0/8", "192.168.1.0/24", id: 3), eroute("10.1.0.0/16", "192.168.1.0/24", id: 4),
            eroute("10.1.0.0/16", "192.168.1.0/24", id: 5, protocol: 17),
            eroute("10.1.0.0/16", "192.168.1.0/24", id: 6, protocol: 17, port: 53),
            eroute("::/0", "2001:db8::/32", id: 7), eroute("::/0", "2001:db8:1::/48", id: 8),
        ]
        let expected: [(IPHeader, UInt32?)] = [
            (packet("10.9.9.9", "8.8.8.8"), 1), (packet("10.9.9.9", "192.168.7.7"), 2),
            (packet("10.9.9.9", "192.168.1.7"), 3), (packet("10.1.9.9", "192.168.1.7", 6), 4),
            (packet("10.1.9.9", "192.168.1.7", port: 54), 5), (packet("10.1.9.9", "192.168.1.7"), 6),
            (packet("10.1.9.9", "192.168.2.7"), 2), (packet("11.1.9.9", "192.168.1.7"), nil),
            (packet("fd00::1", "2001:db8:2::1"), 7), (packet("fd00::1", "2001:db8:1::1"), 8),
            (packet("fd00::1", "2001:db9::1"), nil),
        ]
        for shift in 0..<eroutes.count {
            let table = ErouteTable(flows: 8)
            for index in eroutes.indices { table.insert(eroutes[(index + shift) % eroutes.count]) }
            for _ in 0..<2 {
                for (header, id) in expected { #expect(table.find(header)?.eroute.requestID == id) }
            }
        }
    }

    /// Traffic of others with a host that has transport mode with this gateway goes as it went, unless a tunnel leads there.
    @Test func transportModeLeavesOthersAlone() {
        let table = ErouteTable(flows: 4)
        table.insert(eroute("192.0.2.1/32", "203.0.113.5/32", id: 1, protocol: 17, port: 1701, mode: .transport))
        #expect(
            table.isOutsideNarrowEroute(packet("10.1.1.1", "203.0.113.5"))
                && table.isOutsideNarrowEroute(packet("192.0.2.1", "203.0.113.5")))
        #expect(!table.isOutsideNarrowEroute(packet("10.1.1.1", "203.0.113.6")))
        table.insert(eroute("172.16.0.0/16", "203.0.113.0/24", id: 2))
        #expect(
            !table.isOutsideNarrowEroute(packet("10.1.1.1", "203.0.113.5"))
                && !table.isOutsideNarrowEroute(packet("10.1.1.1", "203.0.113.6")))
        #expect(table.isOutsideNarrowEroute(packet("192.0.2.1", "203.0.113.5")))
    }

    @Test func aChangeIsSeenAtOnce() {
        let table = ErouteTable(flows: 4)
        let header = packet("10.1.1.1", "192.168.1.1")
        #expect(table.find(header) == nil)
        table.insert(eroute("10.0.0.0/8", "192.168.0.0/16", id: 1))
        #expect(table.find(header)?.eroute.requestID == 1)
        table.insert(eroute("10.0.0.0/8", "192.168.1.0/24", id: 2))
        #expect(table.find(header)?.eroute.requestID == 2)
        table.remove(requestID: 2)
        #expect(table.find(header)?.eroute.requestID == 1)
        table.remove(requestID: 1)
        #expect(table.find(header) == nil)
        #expect(table.remove(requestID: 1) == nil)
    }

    /// The remembered flows never say other than the search does.
    @Test func agreesWithTheSearch() {
        let table = ErouteTable(flows: 16)
        for id in 0..<200 as Range<UInt32> {
            table.insert(eroute("10.0.0.0/8", "172.16.\(id).0/\(id % 3 == 0 ? 20 : 24)", id: id))
        }
        for round in 0..<3000 {
            let header = packet("10.0.0.\(round % 7)", "172.16.\(round * 31 % 256).\(round % 5)", port: UInt16(round % 3))
            let plain = table.all.first { $0.covers(header) }
            #expect(table.find(header)?.eroute.requestID == plain?.eroute.requestID)
        }
    }
}

@Suite struct HeldPacketTests {
    private func take(_ held: HeldPackets, _ id: UInt32, now: UInt64 = 0) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 2000)
        var span = buffer.mutableSpan
        guard let count = held.take(requestID: id, now: now, into: &span, at: 3) else { return nil }
        return Array(buffer[3..<3 + count])
    }

    private func keep(_ held: HeldPackets, _ packet: [UInt8], _ id: UInt32, now: UInt64) -> Bool {
        held.keep(packet.span, requestID: id, now: now)
    }

    @Test func inOrderAndByEroute() {
        let held = HeldPackets()
        for value in 0..<3 as Range<UInt8> {
            let packet = [UInt8](repeating: value, count: 20 + Int(value))
            #expect(keep(held, packet, UInt32(value % 2), now: 0))
        }
        #expect(take(held, 0) == [UInt8](repeating: 0, count: 20))
        #expect(take(held, 0) == [UInt8](repeating: 2, count: 22))
        #expect(take(held, 0) == nil)
        #expect(take(held, 1) == [UInt8](repeating: 1, count: 21))
        #expect(take(held, 1) == nil)
    }

    @Test func bounded() {
        let held = HeldPackets()
        let packet: [UInt8] = [1, 2, 3]
        for count in 0..<10 { #expect(keep(held, packet, 1, now: 0) == (count < Limits.heldPacketsPerEroute)) }
        var kept = Limits.heldPacketsPerEroute
        for id in 2..<100 as Range<UInt32> where keep(held, packet, id, now: 0) { kept += 1 }
        #expect(kept == Limits.heldPackets)
        let long = [UInt8](repeating: 0, count: Limits.heldPacketSize + 1)
        held.drop(requestID: 1)
        #expect(!keep(held, long, 1, now: 0))
        #expect(keep(held, packet, 1, now: 0))
    }

    @Test func oldOnesMakeRoom() {
        let held = HeldPackets()
        let packet: [UInt8] = [1, 2, 3]
        for id in 0..<UInt32(Limits.heldPackets) { #expect(keep(held, packet, id, now: 5)) }
        #expect(!keep(held, packet, 99, now: 6))
        let later = 6 + Limits.heldPacketAge
        #expect(take(held, 0, now: later) == nil)
        #expect(keep(held, packet, 99, now: later))
    }
}
