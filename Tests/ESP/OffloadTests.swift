import CountingMalloc
import TestSupport
import Testing
import Wire

@testable import ESP

/// A TCP segment with right checksums, as an end system would make it.
struct SampleSegment {
    var family = Address.Family.ipv4
    var source: [UInt8] = []
    var ports: [UInt8] = [4, 0, 0, 80]
    var identification = 7
    var dontFragment = true
    var hopLimit: UInt8 = 64
    var trafficClass: UInt8 = 0
    var sequence: UInt32 = 1000
    var acknowledgement: UInt32 = 77
    var flags: UInt8 = 0x10
    var window = 500
    var options: [UInt8] = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
    var payload: [UInt8] = []

    var octets: [UInt8] {
        let (from, to) = hosts(family)
        let source = self.source.isEmpty ? from.octets : self.source
        var tcp = ByteWriter()
        tcp.append(ports)
        tcp.uint32(sequence)
        tcp.uint32(acknowledgement)
        tcp.append([UInt8((20 + options.count) / 4) << 4, flags])
        tcp.uint16(UInt16(window))
        tcp.uint32(0)
        tcp.append(options + payload)
        tcp.patch16(checksum(source + to.octets + [0, 6, UInt8(tcp.count >> 8), UInt8(tcp.count & 255)] + tcp.bytes), at: 16)
        var writer = ByteWriter()
        if family == .ipv4 {
            writer.append([0x45, trafficClass])
            writer.uint16(UInt16(20 + tcp.count))
            writer.uint16(UInt16(truncatingIfNeeded: identification))
            writer.append([dontFragment ? 0x40 : 0, 0, hopLimit, 6, 0, 0])
            writer.append(source + to.octets)
            writer.patch16(checksum(writer.bytes), at: 10)
        } else {
            writer.uint32(0x6000_0000 | UInt32(trafficClass) << 20)
            writer.uint16(UInt16(tcp.count))
            writer.append([6, hopLimit])
            writer.append(source + to.octets)
        }
        return writer.bytes + tcp.bytes
    }

    var transport: Int { family == .ipv4 ? 20 : 40 }

    /// The kernel's description of a large packet with this one's headers.
    func offload(_ segmentLength: Int) -> OffloadHeader {
        var offload = OffloadHeader()
        offload.kind = family == .ipv4 ? .tcp4 : .tcp6
        offload.needsChecksum = true
        offload.segmentLength = segmentLength
        offload.checksumStart = transport
        offload.checksumOffset = 16
        return offload
    }

    /// The segments of this large packet, cut by simple code.
    func segments(_ length: Int) -> [[UInt8]] {
        var all: [[UInt8]] = []
        for start in stride(from: 0, to: max(1, payload.count), by: length) {
            var one = self
            one.payload = Array(payload[start..<min(start + length, payload.count)])
            one.sequence = sequence &+ UInt32(start)
            one.identification = identification + all.count
            if start > 0 { one.flags &= 0x7f }
            if start + length < payload.count { one.flags &= ~0x09 }
            all.append(one.octets)
        }
        return all
    }
}

func octets(_ count: Int, from first: Int = 0) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: ($0 + first) &* 7) } }

/// All segments of a large packet.
func segments(_ offload: OffloadHeader, _ packet: [UInt8]) throws -> [[UInt8]] {
    var segmenter = try Segmenter(offload, packet.span)
    var all: [[UInt8]] = []
    while !segmenter.isAtEnd {
        var out = [UInt8](repeating: 0xaa, count: segmenter.longest + 10)
        var span = out.mutableSpan
        let length = segmenter.makeNext(of: packet.span, into: &span, at: 10)
        #expect(length <= segmenter.longest)
        all.append(Array(out[10..<10 + length]))
    }
    #expect(all.count == segmenter.count)
    return all
}

/// The buffers that a device would receive for these packets, in order: each joined one with its header.
func joined(_ packets: [[UInt8]]) -> [(OffloadHeader, [UInt8])] {
    var buffer: [UInt8] = []
    var ranges: [Range<Int>] = []
    for packet in packets {
        // As they lie after decryption: something before and behind each.
        buffer += [0xee, 0xee, 0xee]
        ranges.append(buffer.count..<buffer.count + packet.count)
        buffer += packet
    }
    var coalescer = Coalescer()
    var all: [(OffloadHeader, [UInt8])] = []
    func take() {
        let count = coalescer.count
        guard count > 0 else { return }
        var span = buffer.mutableSpan
        let offload = coalescer.finish(&span)
        var packet: [UInt8] = []
        for index in 0..<count { packet += buffer[coalescer.pieces[index]] }
        all.append((offload, packet))
    }
    for range in ranges where !coalescer.join(buffer.span, range) {
        take()
        if !coalescer.begin(buffer.span, range) { all.append((OffloadHeader(), Array(buffer[range]))) }
    }
    take()
    return all
}

/// The packets that the kernel cuts from them.
func cutAgain(_ all: [(OffloadHeader, [UInt8])]) throws -> [[UInt8]] {
    try all.flatMap { offload, packet in offload.kind == .single ? [packet] : try segments(offload, packet) }
}

@Suite struct SegmenterTests {
    @Test(arguments: families) func segmentsOfTCP(_ family: Address.Family) throws {
        for (count, length) in [(3000, 1000), (3001, 1000), (2999, 1000), (1, 1000), (0, 10), (50, 1), (60_000, 1347)] {
            for flags in [0x10, 0x18, 0x19, 0xd9] as [UInt8] {
                let large = SampleSegment(
                    family: family, identification: 0xfffe, trafficClass: 2, sequence: 0xffff_fc00, flags: flags,
                    payload: octets(count))
                #expect(try segments(large.offload(length), large.octets) == large.segments(length))
            }
        }
    }

    @Test(arguments: families) func datagramsOfUDP(_ family: Address.Family) throws {
        let (from, to) = hosts(family)
        var offload = OffloadHeader()
        offload.kind = .udp
        offload.segmentLength = 500
        let all = try segments(offload, udpPacket(from, to, count: 1201))
        #expect(all.count == 3)
        for (index, segment) in all.enumerated() {
            let payload = (0..<1201).map { UInt8(truncatingIfNeeded: $0 &* 3) }
            var writer = ByteWriter()
            writer.append([4, 0, 0, 7])
            let part = payload[index * 500..<min(1201, index * 500 + 500)]
            writer.uint16(UInt16(part.count + 8))
            writer.uint16(0)
            writer.append(Array(part))
            let sum = checksum(from.octets + to.octets + [0, 17, UInt8(writer.count >> 8), UInt8(writer.count & 255)] + writer.bytes)
            writer.patch16(sum, at: 6)
            var expected = ipPacket(from, to, 17, writer.bytes)
            if family == .ipv4 {
                expected.replaceSubrange(4..<6, with: [0, UInt8(index)])
                expected.replaceSubrange(10..<12, with: [0, 0])
                let header = checksum(Array(expected[0..<20]))
                expected.replaceSubrange(10..<12, with: [UInt8(header >> 8), UInt8(header & 255)])
            }
            #expect(segment == expected)
        }
    }

    /// A single packet whose checksum is left to us.
    @Test(arguments: families) func checksums(_ family: Address.Family) {
        for count in [0, 1, 2, 3, 7, 8, 9, 1000, 1001] {
            let whole = SampleSegment(family: family, payload: octets(count))
            var packet = whole.octets
            let (from, to) = hosts(family)
            let length = packet.count - whole.transport
            let pseudo = ~checksum(from.octets + to.octets + [0, 6, UInt8(length >> 8), UInt8(length & 255)])
            let field = whole.transport + 16
            packet.replaceSubrange(field..<field + 2, with: [UInt8(pseudo >> 8), UInt8(pseudo & 255)])
            var buffer = [1, 2, 3] + packet + [9, 9]
            var span = buffer.mutableSpan
            var offload = whole.offload(1)
            offload.kind = .single
            let range = 3..<3 + packet.count
            #expect(offload.completeChecksum(&span, range))
            #expect(Array(buffer[range]) == whole.octets && buffer.suffix(2) == [9, 9])
        }
        // UDP's sum of zero is written as its other form.
        var offload = OffloadHeader()
        offload.needsChecksum = true
        offload.checksumOffset = 6
        var zero: [UInt8] = [0, 0, 0, 0, 0xff, 0xff, 0, 0]
        var span = zero.mutableSpan
        #expect(offload.completeChecksum(&span, 0..<8))
        #expect(zero[6...] == [0xff, 0xff])
        offload.checksumStart = 1
        #expect(!completes(offload, 8))
        offload.checksumStart = 65_535
        offload.checksumOffset = 65_535
        #expect(!completes(offload, 8))
    }

    private func completes(_ offload: OffloadHeader, _ count: Int) -> Bool {
        var octets = [UInt8](repeating: 0, count: count)
        var span = octets.mutableSpan
        return offload.completeChecksum(&span, 0..<count)
    }

    @Test func headersBothWays() {
        var offload = SampleSegment().offload(1400)
        offload.hasCWR = true
        offload.headerLength = 52
        var octets = [UInt8](repeating: 0xff, count: OffloadHeader.length)
        var span = octets.mutableSpan
        offload.write(to: &span)
        #expect(octets == [1, 0x81, 52, 0, 0x78, 5, 20, 0, 16, 0])
        #expect(OffloadHeader(octets.span) == offload)
        // Cut short; UFO, which was not requested; segments of length 0.
        #expect(OffloadHeader(octets.span.extracting(0..<9)) == nil)
        #expect(OffloadHeader(([0, 3, 0, 0, 1, 0, 0, 0, 0, 0] as [UInt8]).span) == nil)
        #expect(OffloadHeader(([0, 1, 0, 0, 0, 0, 0, 0, 0, 0] as [UInt8]).span) == nil)
    }

    /// A packet that is not of the kind in its header is not cut.
    @Test func mistakes() {
        let four = SampleSegment(payload: octets(100))
        let six = SampleSegment(family: .ipv6, payload: octets(100))
        func fails(_ offload: OffloadHeader, _ packet: [UInt8]) -> Bool { (try? Segmenter(offload, packet.span)) == nil }
        #expect(fails(six.offload(10), four.octets) && fails(four.offload(10), six.octets))
        #expect(!fails(four.offload(10), four.octets) && fails(four.offload(0), four.octets))
        var udp = four.offload(10)
        udp.kind = .udp
        #expect(fails(udp, four.octets))
        for change in [(32, 0x40), (32, 0xf0), (6, 0x20), (7, 1), (0, 0x4f), (9, 17)] as [(Int, UInt8)] {
            var packet = four.octets
            packet.removeLast(80)
            packet[3] = UInt8(packet.count)
            #expect(!fails(four.offload(10), packet))
            packet[change.0] = change.1
            #expect(fails(four.offload(10), packet), "\(change)")
        }
        #expect(fails(four.offload(10), Array(four.octets.dropLast())))
    }
}

@Suite struct CoalescerTests {
    @Test(arguments: families) func joinsAStream(_ family: Address.Family) throws {
        for (count, length) in [(3000, 1000), (3001, 1000), (2999, 1000), (40_000, 1347)] {
            for flags in [0x10, 0x18] as [UInt8] {
                let large = SampleSegment(
                    family: family, identification: 0xfffe, dontFragment: false, trafficClass: 2, sequence: 0xffff_fc00,
                    flags: flags, payload: octets(count))
                let all = joined(large.segments(length))
                #expect(all.count == 1)
                #expect(all[0].0.segmentLength == length && all[0].0.headerLength == large.transport + 32)
                // The same packet except for the checksum, which covers only the pseudo-header.
                var packet = all[0].1
                let field = large.transport + 16
                packet.replaceSubrange(field..<field + 2, with: large.octets[field..<field + 2])
                #expect(packet == large.octets)
                #expect(try cutAgain(all) == large.segments(length))
            }
        }
    }

    @Test func limits() throws {
        let many = SampleSegment(payload: octets(200)).segments(1)
        #expect(joined(many).map { $0.1.count - 52 } == [64, 64, 64, 8])
        #expect(try cutAgain(joined(many)) == many)
        let two =
            SampleSegment(payload: octets(40_000)).segments(10_000)
            + SampleSegment(
                sequence: 41_000, payload: octets(40_000)
            ).segments(10_000)
        #expect(joined(two).map { $0.1.count - 52 } == [60_000, 20_000])
    }

    /// A packet that differs in any field, even in one bit, is not joined and arrives unchanged.
    @Test(arguments: families) func staysApart(_ family: Address.Family) throws {
        let first = SampleSegment(family: family, identification: 7, dontFragment: false, payload: octets(100))
        var second = first
        second.sequence += 100
        second.identification += 1
        #expect(joined([first.octets, second.octets]).count == 1)
        var others: [SampleSegment] = []
        func other(_ change: (inout SampleSegment) -> Void) {
            var copy = second
            change(&copy)
            others.append(copy)
        }
        for flags in [0x00, 0x08, 0x11, 0x12, 0x14, 0x30, 0x50, 0x90] as [UInt8] { other { $0.flags = flags } }
        other { $0.sequence += 1 }
        other { $0.sequence -= 100 }
        other { $0.acknowledgement += 1 }
        other { $0.window += 1 }
        other { $0.ports[1] += 1 }
        other { $0.ports[3] += 1 }
        other { $0.options[7] += 1 }
        other { $0.options = [] }
        other { $0.options += [1, 1, 1, 1] }
        other { $0.hopLimit -= 1 }
        other { $0.trafficClass = 3 }
        other { $0.trafficClass = 0x20 }
        other { $0.payload = [] }
        other { $0.payload.append(1) }
        other { $0.source = hosts(family).sunset.octets.dropLast() + [99] }
        if family == .ipv4 {
            other { $0.identification += 1 }
            other { $0.dontFragment = true }
        }
        for other in others {
            let all = joined([first.octets, other.octets])
            #expect(all.map { $0.1 } == [first.octets, other.octets], "\(other)")
            #expect(all.allSatisfy { $0.0 == OffloadHeader() })
        }
        // A flipped bit anywhere: the checksums are wrong, and stay wrong.
        for place in second.octets.indices {
            for broken in [0, 1] {
                var packets = [first.octets, second.octets]
                packets[broken][place] ^= 4
                #expect(joined(packets).map { $0.1 } == packets, "octet \(place) of \(broken)")
            }
        }
    }

    /// With DF the identification means nothing.
    @Test func identificationsWithDF() {
        let first = SampleSegment(identification: 7, payload: octets(100))
        var second = first
        second.sequence += 100
        second.identification = 0
        #expect(joined([first.octets, second.octets]).count == 1)
    }

    /// Streams through loss, reordering, duplicates and damage: what is cut again is, octet for octet and in order, what came.
    @Test func whatArrivesIsWhatWasSent() throws {
        var random: UInt64 = 42
        func below(_ limit: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % limit
        }
        var joins = 0
        for round in 0..<400 {
            var packets: [[UInt8]] = []
            var streams = (0..<3).map { number in
                SampleSegment(
                    family: number == 1 ? .ipv6 : .ipv4, ports: [4, UInt8(number), 0, 80], identification: below(65_536),
                    dontFragment: below(2) == 0, sequence: UInt32(truncatingIfNeeded: random >> 20))
            }
            for _ in 0..<8 {
                let number = below(3)
                let length = 1 + below(300)
                streams[number].payload = octets(below(4000), from: round)
                streams[number].flags = below(4) == 0 ? 0x18 : 0x10
                let cut = try segments(streams[number].offload(length), streams[number].octets)
                #expect(cut == streams[number].segments(length))
                packets += cut
                streams[number].sequence &+= UInt32(streams[number].payload.count)
                streams[number].identification += cut.count
                if below(5) == 0 { streams[number].acknowledgement += 1 }
            }
            for _ in 0..<below(6) where packets.count > 3 {
                let place = below(packets.count)
                switch below(4) {
                case 0: packets.remove(at: place)
                case 1: packets.swapAt(place, below(packets.count))
                case 2: packets.insert(packets[place], at: below(packets.count))
                default: packets[place][below(packets[place].count)] ^= 1 << UInt8(below(8))
                }
            }
            let all = joined(packets)
            joins += packets.count - all.count
            let came = try cutAgain(all)
            #expect(came.map(withoutIdentification) == packets.map(withoutIdentification))
        }
        #expect(joins > 10_000)
    }

    /// An IPv4 packet with DF, its identification and header checksum set to nothing where the checksum was right.
    private func withoutIdentification(_ packet: [UInt8]) -> [UInt8] {
        guard packet[0] == 0x45, packet[6] == 0x40, checksum(Array(packet[0..<20])) == 0 else { return packet }
        var copy = packet
        for place in [4, 5, 10, 11] { copy[place] = 0 }
        return copy
    }

    @Test func nothingIsAllocated() {
        guard counting_malloc_works() else { return }
        for isWarm in isWarmInPass { expectNoAllocations(isWarm) }
    }

    private func expectNoAllocations(_ isWarm: Bool) {
        for family in families {
            let large = SampleSegment(family: family, payload: octets(60_000))
            let packet = large.octets
            let offload = large.offload(1347)
            var buffer = [UInt8](repeating: 0, count: 64 * 1500)
            var span = buffer.mutableSpan
            var coalescer = Coalescer()
            var count = 0
            counting_malloc_begin()
            for _ in 0..<10 {
                guard var segmenter = try? Segmenter(offload, packet.span) else { continue }
                var index = 0
                while !segmenter.isAtEnd {
                    let at = index * 1500
                    let length = segmenter.makeNext(of: packet.span, into: &span, at: at)
                    if !coalescer.join(span.span, at..<at + length) { _ = coalescer.begin(span.span, at..<at + length) }
                    index += 1
                }
                count += coalescer.count
                _ = coalescer.finish(&span)
            }
            let allocations = counting_malloc_end()
            #expect(count == 450 && (allocations == 0 || !isWarm))
        }
    }
}
