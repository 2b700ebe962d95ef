import Crypto
import Wire

/// The sending half of an IPsec SA: it encapsulates IP packets into ESP packets in the same buffer (RFC 4303 §3.3).
///
/// Nothing is allocated after `init`. The socket that sends the ESP packet (raw or UDP) writes the outer IP header, with the values in
/// `Sealed`.
public final class OutboundSA {
    /// An ESP packet, from SPI to ICV, with fields of its outer IP header.
    public struct Sealed: Sendable {
        /// Its range in the buffer.
        public let range: Range<Int>
        /// DSCP and ECN.
        public let trafficClass: UInt8
        /// As the SA's `outerDF` says, but never for a packet that is known not to fit: without DF it crosses the path in outer fragments.
        public let dontFragment: Bool
    }

    /// The SA with its keys.
    public let sa: SecurityAssociation
    /// Lengths and offsets of the suite's packets.
    public let layout: Layout
    /// Packets and octets sent so far.
    public private(set) var usage = Usage()
    /// The largest packet that the outer path carries, in octets. The caller learns it from the device or from ICMP.
    public var pathMTU: Int { didSet { largestPacket = Self.largest(pathMTU, sa, layout) } }
    /// The largest inner packet that crosses the path unfragmented.
    public private(set) var largestPacket: Int

    private let transform: ESPTransform
    private let copiesDSCP: Bool
    /// Random and secret; combined with the sequence number it is unique for each packet.
    private let ivSeed: (UInt64, UInt64)
    /// Sequence number of the last packet sent; never wraps.
    private var sequence: UInt64
    /// The last sequence number that may be used.
    private let lastSequence: UInt64

    /// - Parameters:
    ///   - random: gives 16 octets once, which make CBC's IVs unpredictable. Each IV is these octets, combined with the packet's sequence
    ///     number and encrypted with the SA's own key (NIST SP 800-38A, appendix C). GCM's IV is the sequence number itself, as RFC 4106
    ///     §3.1 allows.
    ///   - copiesDSCP: whether the outer header has the inner packet's DSCP (`hidetos=no`).
    ///   - sequence: number of the last packet that was sent with these keys.
    /// - Throws: `badKeyLength` or `unsupported` if the keys do not fit the suite.
    public init(
        _ sa: SecurityAssociation, pathMTU: Int = 1500, copiesDSCP: Bool = false, sequence: UInt64 = 0,
        random: RandomSource
    ) throws(CryptoError) {
        self.sa = sa
        layout = Layout(sa.suite, sa.mode)
        transform = try ESPTransform(sa, layout, .encrypt)
        self.pathMTU = pathMTU
        largestPacket = Self.largest(pathMTU, sa, layout)
        self.copiesDSCP = copiesDSCP
        self.sequence = sequence
        lastSequence = sa.suite.usesESN ? .max : UInt64(UInt32.max)
        let seed = random.bytes(16)
        ivSeed = (Self.number(seed[0..<8]), Self.number(seed[8..<16]))
    }

    /// Number of packets that can still be sent; 0 if the sequence numbers are exhausted.
    public var remaining: UInt64 { lastSequence - sequence }
    /// Whether it has reached a soft limit and is to be replaced.
    public var isWorn: Bool { usage.packets >= sa.packetsBeforeRekeying || usage.octets >= sa.octetsBeforeRekeying }

    /// Encapsulates the IP packet `buffer[packet]`, whose header is `header`.
    ///
    /// `buffer` has room for `Layout.headroom` octets before the packet and `Layout.tailroom` after it. Octets after the packet's own total
    /// length are omitted. After `tooBig`, `largestPacket` is the length that would have fitted.
    public func encapsulate(
        _ buffer: inout MutableSpan<UInt8>, packet: Range<Int>, header: IPHeader
    ) throws(PacketRefusal) -> Sealed {
        do throws(PacketRefusal) {
            return try sealed(&buffer, packet: packet, header: header)
        } catch {
            usage.count(error)
            throw error
        }
    }

    /// As above, for a packet whose header has not been read.
    public func encapsulate(_ buffer: inout MutableSpan<UInt8>, packet: Range<Int>) throws(PacketRefusal) -> Sealed {
        guard packet.lowerBound >= 0, packet.upperBound <= buffer.count,
            let header = try? IPHeader(buffer.span.extracting(packet))
        else {
            usage.count(.notIP)
            throw .notIP
        }
        return try encapsulate(&buffer, packet: packet, header: header)
    }

    private func sealed(
        _ buffer: inout MutableSpan<UInt8>, packet: Range<Int>, header: IPHeader
    ) throws(PacketRefusal) -> Sealed {
        let length = header.totalLength
        guard packet.lowerBound >= 0, length > 0, packet.count >= length else { throw .notIP }
        guard sa.sourceSelector.covers(header.source, ipProtocol: header.ipProtocol, port: header.sourcePort),
            sa.destinationSelector.covers(
                header.destination, ipProtocol: header.ipProtocol, port: header.destinationPort)
        else { throw .outsideSelectors }

        let fits = length <= largestPacket
        // RFC 4301 §8.1. An IPv6 packet of the minimum MTU must always be carried (RFC 8200 §5).
        if !fits, header.dontFragment, header.source.family == .ipv4 || length > Layout.minimumIPv6MTU { throw .tooBig }

        let isTunnel = sa.mode == .tunnel
        let ownHeader = header.source.family == .ipv4 ? 20 : 40
        if !isTunnel, header.isFragment || header.headerLength != ownHeader { throw .notForTransport }
        let payload = packet.lowerBound + (isTunnel ? 0 : ownHeader)..<packet.lowerBound + length
        let padding = layout.padding(payload.count)
        let start = payload.lowerBound - layout.ivLength - Layout.headerLength
        let text = payload.lowerBound..<payload.upperBound + padding + Layout.trailerLength
        guard start >= 0, text.upperBound + layout.icvLength <= buffer.count else { throw .noRoom }
        guard sequence < lastSequence else { throw .sequenceExhausted }

        sequence += 1
        BigEndian.put(sa.spi, &buffer, at: start)
        BigEndian.put(UInt32(truncatingIfNeeded: sequence), &buffer, at: start + 4)
        putIV(&buffer, at: start + Layout.headerLength)
        for place in 0..<padding { buffer[payload.upperBound + place] = UInt8(truncatingIfNeeded: place + 1) }
        buffer[text.upperBound - 2] = UInt8(truncatingIfNeeded: padding)
        buffer[text.upperBound - 1] = isTunnel ? NextHeader.inner(header.source.family) : header.ipProtocol
        do throws(CryptoError) {
            try transform.seal(&buffer, start: start, text: text, high: UInt32(truncatingIfNeeded: sequence >> 32))
        } catch {
            throw .cipherFailed
        }
        usage.count(octets: length)
        return Sealed(
            range: start..<text.upperBound + layout.icvLength,
            trafficClass: isTunnel
                ? Congestion.outer(header.trafficClass, copiesDSCP: copiesDSCP) : header.trafficClass,
            dontFragment: fits && setsDF(over: header.dontFragment))
    }

    private func setsDF(over inner: Bool) -> Bool {
        switch sa.outerDF {
        case .copy: inner
        case .clear: false
        case .set: true
        }
    }

    private func putIV(_ buffer: inout MutableSpan<UInt8>, at offset: Int) {
        switch layout.ivLength {
        case 16:
            BigEndian.put(ivSeed.0, &buffer, at: offset)
            BigEndian.put(ivSeed.1 ^ sequence, &buffer, at: offset + 8)
        default:
            BigEndian.put(sa.suite.cipher.isAEAD ? sequence : ivSeed.0 ^ sequence, &buffer, at: offset)
        }
    }

    private static func largest(_ mtu: Int, _ sa: SecurityAssociation, _ layout: Layout) -> Int {
        layout.largestPacket(mtu: mtu, outer: sa.destination.family, encapsulated: sa.encapsulation != nil)
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt64 { octets.reduce(0) { $0 << 8 | UInt64($1) } }
}
