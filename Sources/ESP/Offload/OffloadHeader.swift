import Crypto

/// What Linux puts in front of each packet of a TUN device with offload (`struct virtio_net_hdr`): whether the packet still lacks its
/// checksum, and whether it stands for several segments. A packet written to the device has one, too.
public struct OffloadHeader: Equatable, Sendable {
    /// Octets in front of a packet.
    public static let length = 10

    /// What a packet stands for.
    public enum Kind: UInt8, Sendable {
        /// Itself alone (`VIRTIO_NET_HDR_GSO_NONE`).
        case single = 0
        /// Segments of a TCP stream over IPv4 (`…_TCPV4`).
        case tcp4 = 1
        /// Segments of a TCP stream over IPv6 (`…_TCPV6`).
        case tcp6 = 4
        /// UDP datagrams of one sender (`…_UDP_L4`).
        case udp = 5
    }

    /// What the packet stands for.
    public var kind = Kind.single
    /// The checksum field holds the pseudo-header's sum alone, and the rest is to be added.
    public var needsChecksum = false
    /// The first segment has TCP's CWR set.
    public var hasCWR = false
    /// Octets of IP and transport header, as a hint for the reader's buffers. Linux counts more where it likes.
    public var headerLength = 0
    /// Octets of payload in every segment but the last, which may have fewer.
    public var segmentLength = 0
    /// Where in the packet the checksum begins: at the transport header.
    public var checksumStart = 0
    /// Where behind `checksumStart` the checksum stands.
    public var checksumOffset = 0

    /// That of a packet which stands for itself, its checksum in place.
    public init() {}

    /// Reads a header at the start of `bytes`; `nil` when it is cut short, or of a kind that nobody asked for.
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

    /// Writes it to the start of `bytes`, which holds at least `length` octets.
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

    /// The kernel's fields are in the machine's own order.
    private static func native(_ bytes: Span<UInt8>, at offset: Int) -> Int {
        Int((UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])).bigEndian)
    }

    private static func putNative(_ value: Int, _ bytes: inout MutableSpan<UInt8>, at offset: Int) {
        BigEndian.put(UInt16(truncatingIfNeeded: value).bigEndian, &bytes, at: offset)
    }

    /// Adds the rest of a checksum to `buffer[packet]`, when the header says that it is missing. False when it would stand outside of
    /// the packet.
    public func completeChecksum(_ buffer: inout MutableSpan<UInt8>, _ packet: Range<Int>) -> Bool {
        guard needsChecksum else { return true }
        let start = packet.lowerBound + checksumStart
        let field = start + checksumOffset
        guard packet.lowerBound >= 0, packet.upperBound <= buffer.count, field + 2 <= packet.upperBound else { return false }
        let sum = ~InternetChecksum.sum(buffer.span, start..<packet.upperBound)
        // Zero would say that there is none (RFC 768); that is where UDP has it, and TCP takes either.
        BigEndian.put(sum == 0 && checksumOffset == Segmenter.udpChecksum ? 0xffff : sum, &buffer, at: field)
        return true
    }
}
