import Crypto
import Wire

/// Joins consecutive segments of one TCP stream, which lie somewhere in one buffer, into a packet that stands for them all: the
/// reverse of `Segmenter`. It allocates nothing and copies nothing.
///
/// Only what the kernel would cut into the same segments again is joined: the next sequence number, the same addresses, ports, TTL,
/// DSCP, ECN, DF, acknowledgement, window and options, no flag but ACK, no IP option, a payload as long as the first one's, and right
/// checksums, for the joined packet gets a new one. PSH, or a shorter payload, is the last one's. The IPv4 identification must count
/// on where DF is clear; with DF it means nothing (RFC 6864 §4.1).
public struct Coalescer: Sendable {
    /// Segments that are joined at most.
    public static let limit = 64

    /// Where the parts of the packet lie: the first segment as a whole, then the others' payloads. The first `count` count.
    public private(set) var pieces = InlineArray<64, Range<Int>>(repeating: 0..<0)
    /// How many segments are joined; 0 when none waits.
    public private(set) var count = 0
    /// Nothing more can be joined.
    public private(set) var isComplete = false

    private var first = Segment()
    private var nextSequence: UInt32 = 0
    private var nextIdentification: UInt16 = 0
    private var total = 0
    private var endsInPush = false
    /// The first segment's checksums are looked at when there is a second.
    private var isChecked = false

    /// What of a segment decides.
    private struct Segment {
        var packet = 0..<0
        var isIPv4 = true
        /// Octets of the IP header, and of both headers.
        var transport = 0
        var headers = 0
        var flags: UInt8 = 0
        var sequence: UInt32 = 0

        var start: Int { packet.lowerBound }
        var tcp: Int { packet.lowerBound + transport }
        var payload: Range<Int> { packet.lowerBound + headers..<packet.upperBound }
    }

    /// Nothing waits.
    public init() {}

    /// Begins with the segment `buffer[packet]`; false when nothing could ever be joined to it. What waited is forgotten.
    public mutating func begin(_ buffer: Span<UInt8>, _ packet: Range<Int>) -> Bool {
        count = 0
        guard let segment = Self.segment(buffer, packet), segment.flags == Segmenter.ack else { return false }
        first = segment
        pieces[0] = packet
        count = 1
        total = packet.count
        nextSequence = segment.sequence &+ UInt32(segment.payload.count)
        if segment.isIPv4 { nextIdentification = Self.half(buffer, segment.start + 4) &+ 1 }
        isComplete = false
        endsInPush = false
        isChecked = false
        return true
    }

    /// Joins the segment `buffer[packet]` to what waits; false when it does not belong there.
    public mutating func join(_ buffer: Span<UInt8>, _ packet: Range<Int>) -> Bool {
        guard count > 0, !isComplete, count < Self.limit, let segment = Self.segment(buffer, packet), follows(segment, buffer)
        else { return false }
        if !isChecked {
            guard Self.isRight(first, buffer) else { return false }
            isChecked = true
        }
        guard Self.isRight(segment, buffer) else { return false }
        pieces[count] = segment.payload
        count += 1
        total += segment.payload.count
        nextSequence = nextSequence &+ UInt32(segment.payload.count)
        nextIdentification &+= 1
        endsInPush = segment.flags & Segmenter.psh != 0
        isComplete = endsInPush || segment.payload.count < first.payload.count
        return true
    }

    /// Takes out what waits. Of several segments, the first one's headers become those of the joined packet.
    public mutating func finish(_ buffer: inout MutableSpan<UInt8>) -> OffloadHeader {
        defer { count = 0 }
        var offload = OffloadHeader()
        guard count > 1 else { return offload }
        let start = first.start
        if first.isIPv4 {
            BigEndian.put(UInt16(total), &buffer, at: start + 2)
            BigEndian.put(UInt16(0), &buffer, at: start + 10)
            BigEndian.put(Checksum.folded(Checksum.sum(buffer, start..<first.tcp)), &buffer, at: start + 10)
        } else {
            BigEndian.put(UInt16(total - first.transport), &buffer, at: start + 4)
        }
        if endsInPush { buffer[first.tcp + 13] |= Segmenter.psh }
        let pseudo = Self.pseudoHeader(first, buffer.span, length: total - first.transport)
        BigEndian.put(~Checksum.folded(pseudo), &buffer, at: first.tcp + Segmenter.tcpChecksum)
        offload.kind = first.isIPv4 ? .tcp4 : .tcp6
        offload.needsChecksum = true
        offload.headerLength = first.headers
        offload.segmentLength = first.payload.count
        offload.checksumStart = first.transport
        offload.checksumOffset = Segmenter.tcpChecksum
        return offload
    }

    /// A TCP segment that may take part: no options of IP, no fragment, some payload, no flag but ACK and PSH.
    private static func segment(_ buffer: Span<UInt8>, _ packet: Range<Int>) -> Segment? {
        guard packet.lowerBound >= 0, packet.upperBound <= buffer.count, packet.count > 40 else { return nil }
        let at = packet.lowerBound
        var segment = Segment()
        segment.packet = packet
        switch buffer[at] {
        case 0x45:
            guard buffer[at + 9] == NextHeader.tcp, half(buffer, at + 6) & 0xbfff == 0, half(buffer, at + 2) == packet.count
            else { return nil }
            segment.transport = 20
        case 0x60...0x6f:
            guard packet.count > 60, buffer[at + 6] == NextHeader.tcp, half(buffer, at + 4) == packet.count - 40 else { return nil }
            segment.isIPv4 = false
            segment.transport = 40
        default: return nil
        }
        let tcp = segment.tcp
        segment.headers = segment.transport + Int(buffer[tcp + 12] >> 4) * 4
        segment.flags = buffer[tcp + 13]
        guard segment.headers >= segment.transport + Segmenter.tcpLength, segment.headers < packet.count,
            buffer[tcp + 12] & 0x0f == 0, segment.flags & ~Segmenter.psh == Segmenter.ack, half(buffer, tcp + 18) == 0,
            let sequence = BigEndian.word(buffer, at: tcp + 4)
        else { return nil }
        segment.sequence = sequence
        return segment
    }

    /// Whether a segment comes right behind those that wait, and says the same as they do.
    private func follows(_ segment: Segment, _ buffer: Span<UInt8>) -> Bool {
        guard segment.sequence == nextSequence, segment.isIPv4 == first.isIPv4, segment.headers == first.headers,
            segment.payload.count <= first.payload.count, total + segment.payload.count <= 65_535
        else { return false }
        let at = segment.start
        if segment.isIPv4 {
            // Version, header length and TOS; flags and offset; TTL and protocol; addresses.
            guard same(buffer, at, 0..<2), same(buffer, at, 6..<10), same(buffer, at, 12..<20) else { return false }
            guard buffer[at + 6] & 0x40 != 0 || Self.half(buffer, at + 4) == nextIdentification else { return false }
        } else {
            // Version, Traffic Class and flow label; next header and hop limit; addresses.
            guard same(buffer, at, 0..<4), same(buffer, at, 6..<40) else { return false }
        }
        // Ports; acknowledgement and data offset; window; options.
        let tcp = segment.transport
        return same(buffer, at, tcp..<tcp + 4) && same(buffer, at, tcp + 8..<tcp + 13) && same(buffer, at, tcp + 14..<tcp + 16)
            && same(buffer, at, tcp + 20..<segment.headers)
    }

    /// Whether `range` of the packet at `start` holds what the first segment's does.
    private func same(_ buffer: Span<UInt8>, _ start: Int, _ range: Range<Int>) -> Bool {
        for offset in range where buffer[start + offset] != buffer[first.start + offset] { return false }
        return true
    }

    /// Whether its checksums are right: a wrong one must reach its receiver as it came.
    private static func isRight(_ segment: Segment, _ buffer: Span<UInt8>) -> Bool {
        if segment.isIPv4, InternetChecksum.sum(buffer, segment.start..<segment.tcp) != 0xffff { return false }
        let length = segment.packet.count - segment.transport
        let sum = UInt64(InternetChecksum.sum(buffer, segment.tcp..<segment.packet.upperBound))
        return Checksum.folded(sum + pseudoHeader(segment, buffer, length: length)) == 0
    }

    private static func pseudoHeader(_ segment: Segment, _ buffer: Span<UInt8>, length: Int) -> UInt64 {
        let addresses = segment.isIPv4 ? segment.start + 12..<segment.start + 20 : segment.start + 8..<segment.start + 40
        return UInt64(InternetChecksum.sum(buffer, addresses)) + UInt64(NextHeader.tcp) + UInt64(length)
    }

    private static func half(_ bytes: Span<UInt8>, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }
}
