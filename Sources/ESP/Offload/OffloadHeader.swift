import Crypto

/// The header before each packet of a TUN device with offload, in both directions (`struct virtio_net_hdr`): whether the packet still needs
/// its checksum, and whether it is a large packet of several segments.
public struct OffloadHeader: Equatable, Sendable {
    /// Octets of the header.
    public static let length = 10

    /// What a packet contains.
    public enum Kind: UInt8, Sendable {
        /// A single packet (`VIRTIO_NET_HDR_GSO_NONE`).
        case single = 0
        /// Segments of a TCP stream over IPv4 (`…_TCPV4`).
        case tcp4 = 1
        /// Segments of a TCP stream over IPv6 (`…_TCPV6`).
        case tcp6 = 4
        /// UDP datagrams of one sender (`…_UDP_L4`).
        case udp = 5
    }

    /// What the packet contains.
    public var kind = Kind.single
    /// Whether the checksum field has only the sum of the pseudo-header, and the rest must be added.
    public var needsChecksum = false
    /// Whether the first segment has TCP's CWR.
    public var hasCWR = false
    /// Octets of IP and transport header, as a hint for the reader's buffers. Linux may give a larger number.
    public var headerLength = 0
    /// Octets of payload in every segment; the last one may have fewer.
    public var segmentLength = 0
    /// Offset in the packet where the checksum begins: the transport header.
    public var checksumStart = 0
    /// Offset of the checksum field from `checksumStart`.
    public var checksumOffset = 0

    /// The header of a single packet with its checksum.
    public init() {}

    /// Reads a header at the start of `bytes`; `nil` if it is truncated, or of a kind that was not requested.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= Self.length, let kind = Kind(rawValue: bytes[1] & ~Self.ecn) else { return nil }
        self.kind = kind
        needsChecksum = bytes[0] & Self.checksumFlag != 0
        hasCWR = bytes[1] & Self.ecn != 0
        headerLength = Self.native(bytes, at: 2)
        segmentLength = Self.native(bytes, at: 4)
        checksumStart = Self.native(bytes, at: 6)
        checksumOffset = Self.native(bytes, at: 8)
        if kind != .single, segmentLength == 0 { return nil }
    }

    /// Writes it to the start of `bytes`, which has at least `length` octets.
    public func write(to bytes: inout MutableSpan<UInt8>) {
        bytes[0] = needsChecksum ? Self.checksumFlag : 0
        bytes[1] = kind.rawValue | (hasCWR ? Self.ecn : 0)
        Self.putNative(headerLength, &bytes, at: 2)
        Self.putNative(segmentLength, &bytes, at: 4)
        Self.putNative(checksumStart, &bytes, at: 6)
        Self.putNative(checksumOffset, &bytes, at: 8)
    }

    private static let checksumFlag: UInt8 = 1 // VIRTIO_NET_HDR_F_NEEDS_CSUM
    private static let ecn: UInt8 = 0x80 // VIRTIO_NET_HDR_GSO_ECN

    /// The fields are in the machine's own byte order.
    private static func native(_ bytes: Span<UInt8>, at offset: Int) -> Int {
        Int((UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])).bigEndian)
    }

    private static func putNative(_ value: Int, _ bytes: inout MutableSpan<UInt8>, at offset: Int) {
        BigEndian.put(UInt16(truncatingIfNeeded: value).bigEndian, &bytes, at: offset)
    }

    /// Completes the checksum in `buffer[packet]` if the header says that it is missing. False if the field is outside the packet.
    public func completeChecksum(_ buffer: inout MutableSpan<UInt8>, _ packet: Range<Int>) -> Bool {
        guard needsChecksum else { return true }
        let start = packet.lowerBound + checksumStart
        let field = start + checksumOffset
        guard packet.lowerBound >= 0, packet.upperBound <= buffer.count, field + 2 <= packet.upperBound else { return false }
        let sum = ~InternetChecksum.sum(buffer.span, start..<packet.upperBound)
        // In UDP zero means that there is no checksum (RFC 768).
        BigEndian.put(sum == 0 && checksumOffset == Segmenter.udpChecksum ? 0xffff : sum, &buffer, at: field)
        return true
    }
}
