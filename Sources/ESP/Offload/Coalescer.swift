import Crypto
import Wire

/// Joins consecutive segments of one TCP stream, which are in one buffer, into one large packet: the reverse of `Segmenter`. It allocates
/// nothing and copies nothing.
///
/// Segments are joined only if the kernel would cut the packet into the same segments again. They have consecutive sequence numbers, the
/// same addresses, ports, TTL, DSCP, ECN, DF, acknowledgement, window and options, no flag but ACK, no IP options, a payload as long as the
/// first one's, and correct checksums, because the joined packet gets a new one. A segment with PSH or a shorter payload is the last one.
/// Without DF, the IPv4 identification must be consecutive; with DF it has no meaning (RFC 6864 §4.1).
public struct Coalescer: Sendable {
    /// The largest number of segments that are joined.
    public static let limit = 64

    /// The parts of the packet: the first segment as a whole, then the payloads of the others. Only the first `count` are valid.
    public private(set) var pieces = InlineArray<64, Range<Int>>(repeating: 0..<0)
    /// Number of joined segments; 0 if none waits.
    public private(set) var count = 0
    /// Whether no more segments can be joined.
    public private(set) var isComplete = false

    private var first = Segment()
    private var nextSequence: UInt32 = 0
    private var nextIdentification: UInt16 = 0
    private var total = 0
    private var endsInPush = false
    /// Whether the first segment's checksums have been verified. That is done when there is a second one.
    private var isChecked = false

    /// The fields of a segment that are compared.
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

    /// Without segments.
    public init() {}

    /// Starts with the segment `buffer[packet]`. False if no other can ever be joined to it. Segments that waited are forgotten.
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

    /// Joins the segment `buffer[packet]` to those that wait. False if it does not continue them.
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

    /// Takes out the segments that wait. The headers of the first one become those of the joined packet.
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

    /// A TCP segment that can be joined: no IP options, no fragment, some payload, no flag but ACK and PSH.
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

    /// Whether a segment follows directly on those that wait, with the same header fields.
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

    /// Whether `range` of the packet at `start` equals that of the first segment.
    private func same(_ buffer: Span<UInt8>, _ start: Int, _ range: Range<Int>) -> Bool {
        for offset in range where buffer[start + offset] != buffer[first.start + offset] { return false }
        return true
    }

    /// Whether its checksums are correct. A segment with a wrong one is delivered unchanged.
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
