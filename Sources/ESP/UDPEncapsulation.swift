/// What can be told about a datagram before any SA is known: nothing of it is believed, it only finds its way.
public enum UDPEncapsulation {
    /// What came to UDP port 4500 (RFC 3948 §2).
    public enum Encapsulated: Equatable, Sendable {
        /// An ISAKMP message begins behind the four zero octets of the non-ESP marker.
        case ike
        /// An ESP packet for this SPI, from the datagram's first octet.
        case esp(spi: UInt32)
        /// The one octet 0xff that keeps a NAT's mapping alive.
        case keepalive
        /// Too short, or an SPI that RFC 4303 §2.1 reserves.
        case nonsense
    }

    /// Octets of the non-ESP marker.
    public static let markerLength = 4

    /// Tells what a datagram on the NAT traversal port contains (RFC 3948 §2).
    public static func encapsulated(_ datagram: Span<UInt8>) -> Encapsulated {
        if datagram.count == 1, datagram[0] == 0xff { return .keepalive }
        guard let word = BigEndian.word(datagram, at: 0) else { return .nonsense }
        if word == 0 { return .ike }
        guard let spi = spi(datagram) else { return .nonsense }
        return .esp(spi: spi)
    }

    /// The SPI of an ESP packet; `nil` when it is too short to hold a header, or the SPI is one of the reserved 0 to 255.
    public static func spi(_ packet: Span<UInt8>) -> UInt32? {
        guard packet.count >= Layout.headerLength, let spi = BigEndian.word(packet, at: 0), spi > 255 else { return nil }
        return spi
    }
}
