import Crypto
import Wire

/// Cuts a packet of up to 64 KB, as the kernel passes it (TSO, USO), into the segments that the kernel would have made. It allocates
/// nothing.
///
/// Identification and sequence number are consecutive. Only the last segment has FIN and PSH, only the first one CWR (RFC 3168 §6.1.2).
/// Every segment has its own lengths and checksums.
public struct Segmenter: Sendable {
    /// The large packet's header. A segment's header differs only in its length: see `IPHeader.resized`.
    public let header: IPHeader
    /// Number of segments, at least one.
    public let count: Int
    /// Octets of IP and transport header.
    private let headers: Int
    private let segmentLength: Int
    private var next = 0

    /// Octets of the longest segment.
    public var longest: Int { headers + min(segmentLength, header.totalLength - headers) }
    /// Whether all segments have been made.
    public var isAtEnd: Bool { next == count }

    /// - Throws: `malformed` if the packet is not of the kind that `offload` says, or is shorter than its headers.
    public init(_ offload: OffloadHeader, _ packet: Span<UInt8>) throws(WireError) {
        let header = try IPHeader(packet)
        let start = header.headerLength
        let end = header.totalLength
        let isIPv4 = header.source.family == .ipv4
        guard offload.segmentLength > 0, !header.isFragment else { throw .malformed(at: 0) }
        switch (offload.kind, header.ipProtocol) {
        case (.tcp4, NextHeader.tcp) where isIPv4, (.tcp6, NextHeader.tcp) where !isIPv4:
            guard start + Self.tcpLength <= end else { throw .truncated(at: start) }
            headers = start + Int(packet[start + 12] >> 4) * 4
            guard headers >= start + Self.tcpLength else { throw .malformed(at: start + 12) }
        case (.udp, NextHeader.udp): headers = start + Layout.udpLength
        default: throw .malformed(at: 0)
        }
        guard headers <= end else { throw .truncated(at: start) }
        self.header = header
        segmentLength = offload.segmentLength
        count = max(1, (end - headers + segmentLength - 1) / segmentLength)
    }

    /// Writes the next segment of `packet` to `out[at...]`, which has room for `longest` octets. Returns its length.
    public mutating func makeNext(of packet: Span<UInt8>, into out: inout MutableSpan<UInt8>, at: Int) -> Int {
        precondition(next < count)
        let from = headers + next * segmentLength
        let payload = from..<min(from + segmentLength, header.totalLength)
        let length = headers + payload.count
        InternetChecksum.copy(packet, 0..<headers, to: &out, at: at)
        InternetChecksum.copy(packet, payload, to: &out, at: at + headers)
        if header.source.family == .ipv4 {
            BigEndian.put(UInt16(truncatingIfNeeded: length), &out, at: at + 2)
            BigEndian.put(BigEndian.half(out, at: at + 4) &+ UInt16(truncatingIfNeeded: next), &out, at: at + 4)
            BigEndian.put(UInt16(0), &out, at: at + 10)
            BigEndian.put(Checksum.folded(Checksum.sum(out, at..<at + header.headerLength)), &out, at: at + 10)
        } else {
            BigEndian.put(UInt16(truncatingIfNeeded: length - 40), &out, at: at + 4)
        }
        finishTransport(&out, at + header.headerLength..<at + length)
        next += 1
        return length
    }

    private func finishTransport(_ out: inout MutableSpan<UInt8>, _ range: Range<Int>) {
        let start = range.lowerBound
        let field: Int
        if header.ipProtocol == NextHeader.tcp {
            BigEndian.put(BigEndian.word(out, at: start + 4) &+ UInt32(next * segmentLength), &out, at: start + 4)
            if next > 0 { out[start + 13] &= ~Self.cwr }
            if next < count - 1 { out[start + 13] &= ~(Self.fin | Self.psh) }
            field = start + Self.tcpChecksum
        } else {
            BigEndian.put(UInt16(truncatingIfNeeded: range.count), &out, at: start + 4)
            field = start + Self.udpChecksum
        }
        BigEndian.put(UInt16(0), &out, at: field)
        let pseudo = Checksum.pseudoHeader(header.source, header.destination, header.ipProtocol, length: range.count)
        let sum = Checksum.folded(Checksum.sum(out, range, pseudo))
        BigEndian.put(sum == 0 && header.ipProtocol == NextHeader.udp ? 0xffff : sum, &out, at: field)
    }

    static let tcpLength = 20
    static let tcpChecksum = 16
    static let udpChecksum = 6
    static let fin: UInt8 = 0x01
    static let psh: UInt8 = 0x08
    static let ack: UInt8 = 0x10
    static let cwr: UInt8 = 0x80
}
