import Crypto
import Wire

/// The receiving half of an IPsec SA: it decapsulates ESP packets into IP packets in the same buffer (RFC 4303 §3.4).
///
/// Until a packet's integrity check has succeeded, it changes nothing in the SA but a counter. Nothing is allocated after `init`.
public final class InboundSA {
    /// The contents of an authentic packet.
    public enum Opened: Equatable, Sendable {
        /// An IP packet, and its range in the buffer.
        case packet(Range<Int>)
        /// A dummy packet, which is discarded (RFC 4303 §2.6).
        case dummy
    }

    /// The SA with its keys.
    public let sa: SecurityAssociation
    /// Lengths and offsets of the suite's packets.
    public let layout: Layout
    /// Packets and octets received so far.
    public private(set) var usage = Usage()
    /// The sequence numbers received so far.
    public private(set) var window: ReplayWindow

    private let transform: ESPTransform
    private let checksArrival: Bool

    /// - Parameter checksArrival: whether decapsulated packets must match the selectors; off with `disablearrivalcheck=yes`.
    /// - Throws: `badKeyLength` or `unsupported` if the keys do not fit the suite.
    public init(_ sa: SecurityAssociation, checksArrival: Bool = true) throws(CryptoError) {
        self.sa = sa
        layout = Layout(sa.suite, sa.mode)
        transform = try ESPTransform(sa, layout, .decrypt)
        // Without a window the upper half of an extended sequence number cannot be known.
        window = ReplayWindow(size: sa.suite.usesESN ? max(sa.replayWindow, ReplayWindow.minimum) : sa.replayWindow)
        self.checksArrival = checksArrival
    }

    /// Decapsulates the ESP packet `buffer[packet]`, which starts with its SPI.
    ///
    /// In transport mode up to `Layout.inboundHeadroom` octets before it are overwritten with the restored IP header. After a refusal the
    /// packet's octets are undefined.
    public func decapsulate(
        _ buffer: inout MutableSpan<UInt8>, packet: Range<Int>, outer: OuterHeader
    ) throws(PacketRefusal) -> Opened {
        do throws(PacketRefusal) {
            let opened = try self.opened(&buffer, packet: packet, outer: outer)
            switch opened {
            case .packet(let range): usage.count(octets: range.count)
            case .dummy: usage.dummies &+= 1
            }
            return opened
        } catch {
            usage.count(error)
            throw error
        }
    }

    private func opened(
        _ buffer: inout MutableSpan<UInt8>, packet: Range<Int>, outer: OuterHeader
    ) throws(PacketRefusal) -> Opened {
        guard packet.lowerBound >= 0, packet.upperBound <= buffer.count else { throw .malformed }
        let start = packet.lowerBound
        let textStart = start + Layout.headerLength + layout.ivLength
        let textEnd = packet.upperBound - layout.icvLength
        guard textEnd - textStart >= Layout.trailerLength, (textEnd - textStart) % layout.alignment == 0 else {
            throw .malformed
        }
        let text = textStart..<textEnd
        guard BigEndian.word(buffer, at: start) == sa.spi else { throw .wrongSPI }
        let shown = BigEndian.word(buffer, at: start + 4)
        guard let sequence = sa.suite.usesESN ? window.whole(shown) : UInt64(shown) else { throw .tooOld }
        switch window.verdict(sequence) {
        case .fresh: break
        case .replayed: throw .replayed
        case .tooOld: throw .tooOld
        }

        do throws(CryptoError) {
            try transform.open(&buffer, start: start, text: text, high: UInt32(truncatingIfNeeded: sequence >> 32))
        } catch {
            throw error == .authenticationFailed ? .notAuthentic : .cipherFailed
        }
        window.record(sequence)

        let nextHeader = buffer[text.upperBound - 1]
        let payload = try payload(buffer, text)
        if nextHeader == NextHeader.none { return .dummy }
        let inner =
            sa.mode == .tunnel
            ? try tunnelPacket(&buffer, payload, nextHeader, outer)
            : try transportPacket(&buffer, payload, nextHeader, outer)
        return .packet(inner)
    }

    /// The text without padding and trailer. Padding is 1, 2, 3 and so on; §2.4 asks receivers to check it.
    private func payload(_ buffer: borrowing MutableSpan<UInt8>, _ text: Range<Int>) throws(PacketRefusal) -> Range<Int> {
        let end = text.upperBound - Layout.trailerLength
        let padding = Int(buffer[end])
        guard padding <= end - text.lowerBound else { throw .badPadding }
        for place in 0..<padding where buffer[end - padding + place] != UInt8(truncatingIfNeeded: place + 1) {
            throw .badPadding
        }
        return text.lowerBound..<end - padding
    }

    private func tunnelPacket(
        _ buffer: inout MutableSpan<UInt8>, _ payload: Range<Int>, _ nextHeader: UInt8, _ outer: OuterHeader
    ) throws(PacketRefusal) -> Range<Int> {
        guard nextHeader == NextHeader.ipv4 || nextHeader == NextHeader.ipv6 else { throw .badNextHeader }
        guard let header = try? IPHeader(buffer.span.extracting(payload)),
            NextHeader.inner(header.source.family) == nextHeader
        else { throw .badInnerPacket }
        try checkArrival(header)
        guard let merged = Congestion.merged(inner: header.trafficClass, outer: outer.trafficClass) else {
            throw .congestion
        }
        let at = payload.lowerBound
        if merged != header.trafficClass { TrafficClass.set(merged, &buffer, at: at) }
        // Octets after the packet's own length are padding against traffic analysis (§2.7).
        return at..<at + header.totalLength
    }

    private func transportPacket(
        _ buffer: inout MutableSpan<UInt8>, _ payload: Range<Int>, _ nextHeader: UInt8, _ outer: OuterHeader
    ) throws(PacketRefusal) -> Range<Int> {
        let length = outer.source.family == .ipv4 ? 20 : 40
        let at = payload.lowerBound - length
        guard at >= 0 else { throw .noRoom }
        let range = at..<payload.upperBound
        guard IPHeaderFields.put(outer, ipProtocol: nextHeader, &buffer, range) else { throw .badInnerPacket }
        guard let header = try? IPHeader(buffer.span.extracting(range)) else { throw .badInnerPacket }
        try checkArrival(header)
        if sa.encapsulation != nil { TransportChecksum.renew(&buffer, at, header) }
        return range
    }

    private func checkArrival(_ header: IPHeader) throws(PacketRefusal) {
        guard
            !checksArrival
                || sa.sourceSelector.covers(header.source, ipProtocol: header.ipProtocol, port: header.sourcePort)
                    && sa.destinationSelector.covers(
                        header.destination, ipProtocol: header.ipProtocol, port: header.destinationPort)
        else { throw .outsideSelectors }
    }
}
