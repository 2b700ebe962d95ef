/// Tells the datagrams on the NAT traversal port apart, before an SA is known. None of it is authenticated.
public enum UDPEncapsulation {
    /// The contents of a datagram on UDP port 4500 (RFC 3948 §2).
    public enum Encapsulated: Equatable, Sendable {
        /// An ISAKMP message after the four zero octets of the non-ESP marker.
        case ike
        /// An ESP packet with this SPI, from the datagram's first octet on.
        case esp(spi: UInt32)
        /// A NAT keepalive: one octet 0xff.
        case keepalive
        /// Too short, or an SPI that RFC 4303 §2.1 reserves.
        case invalid
    }

    /// Octets of the non-ESP marker.
    public static let markerLength = 4

    /// Tells what a datagram on port 4500 contains (RFC 3948 §2).
    public static func encapsulated(_ datagram: Span<UInt8>) -> Encapsulated {
        if datagram.count == 1, datagram[0] == 0xff { return .keepalive }
        guard let word = BigEndian.word(datagram, at: 0) else { return .invalid }
        if word == 0 { return .ike }
        guard let spi = spi(datagram) else { return .invalid }
        return .esp(spi: spi)
    }

    /// The SPI of an ESP packet; `nil` if it is too short for a header, or the SPI is one of the reserved 0 to 255.
    public static func spi(_ packet: Span<UInt8>) -> UInt32? {
        guard packet.count >= Layout.headerLength, let spi = BigEndian.word(packet, at: 0), spi > 255 else { return nil }
        return spi
    }
}
