import CountingMalloc
import Crypto
import ESP
import TestSupport
import Testing
import Vectors
import Wire

/// House rule: the data path allocates nothing once an SA is made. Embedded Swift traps when memory runs out, so what a
/// packet can reach must never ask for any.
@Suite(.serialized) struct Allocations {
    @Test func theCounterCounts() {
        guard counting_malloc_works() else { return }
        counting_malloc_begin()
        let array = [UInt8](repeating: 1, count: 1000)
        #expect(counting_malloc_end() > 0)
        #expect(array.count == 1000)
    }

    @Test(arguments: suitesAndESN) func none(_ suite: ESPSuite) throws {
        guard counting_malloc_works() else { return }
        for isWarm in isWarmInPass { try expectNoAllocations(suite, isWarm) }
    }

    private func expectNoAllocations(_ suite: ESPSuite, _ isWarm: Bool) throws {
        for mode in [SecurityAssociation.Mode.tunnel, .transport] {
            for family in families {
                let pair = try Pair(association(suite, mode, outer: family, inner: family, window: 4096))
                let (from, to) = mode == .tunnel ? hosts(family) : gateways(family)
                let packet = udpPacket(from, to, count: 1000, dontFragment: true)
                let large = udpPacket(from, to, count: 1500, dontFragment: true)
                let header = try IPHeader(packet.span)
                let largeHeader = try IPHeader(large.span)
                let at = Layout.inboundHeadroom..<Layout.inboundHeadroom + packet.count
                var buffer =
                    [UInt8](repeating: 0, count: Layout.inboundHeadroom) + packet
                    + [UInt8](repeating: 0, count: 600)
                var answer = [UInt8](repeating: 0, count: PacketTooBig.limit)
                var span = buffer.mutableSpan
                var out = answer.mutableSpan
                var carried = 0
                var refused = 0
                counting_malloc_begin()
                for round in 0..<100 {
                    do throws(PacketRefusal) {
                        let sealed = try pair.sender.encapsulate(&span, packet: at, header: header)
                        if round % 10 == 3 { span[sealed.range.lowerBound + 30] ^= 1 }
                        if round % 10 == 4 { span[sealed.range.lowerBound] ^= 1 }
                        if round % 10 == 5 { span[sealed.range.lowerBound + 7] &-= 3 }
                        let opened = try pair.receiver.decapsulate(&span, packet: sealed.range, outer: pair.outer)
                        if case .packet(let range) = opened, range.count == packet.count { carried += 1 }
                    } catch {
                        refused += 1
                        // Refused packets leave the buffer in ruins.
                        for index in packet.indices { span[at.lowerBound + index] = packet[index] }
                    }
                    do throws(PacketRefusal) {
                        _ = try pair.sender.encapsulate(&span, packet: 40..<40 + large.count, header: largeHeader)
                    } catch {
                        _ = PacketTooBig.answer(to: large.span, header: largeHeader, mtu: 1400, into: &out)
                    }
                }
                let allocations = counting_malloc_end()
                #expect(allocations == 0 || !isWarm)
                #expect(carried == 70 && refused == 30)
            }
        }
    }
}
