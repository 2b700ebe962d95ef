/// Why a packet was refused. Refusals are only counted, with their SA: strangers can cause most of them.
public enum PacketRefusal: UInt8, Error, Sendable, CaseIterable {
    // Outbound
    /// Not an IP packet, or truncated.
    case notIP
    /// Too large for the path, and it may not be fragmented: `PacketTooBig` answers its sender.
    case tooBig
    /// The SA has sent 2^32 - 1 packets and must be replaced (RFC 4303 §3.3.3).
    case sequenceExhausted
    /// Transport mode protects whole packets without IPv4 options or IPv6 extension headers (RFC 4303 §3.3.4).
    case notForTransport
    /// The buffer has too little room before or after the packet.
    case noRoom

    // Inbound, before authentication
    /// Shorter than its fields, or not whole cipher blocks.
    case malformed
    /// Another SA's SPI.
    case wrongSPI
    /// Its sequence number was seen before.
    case replayed
    /// Its sequence number is behind the replay window.
    case tooOld
    /// The integrity check failed.
    case notAuthentic

    // Inbound, after authentication: a holder of the key made it
    /// Padding longer than the packet, or not 1, 2, 3 and so on (RFC 4303 §2.4).
    case badPadding
    /// Neither IPv4 nor IPv6 inside a tunnel.
    case badNextHeader
    /// The inner packet is not a complete IP packet.
    case badInnerPacket
    /// The path marked it with Congestion Experienced, and its sender does not support ECN (RFC 6040 §4.2).
    case congestion

    // Both directions
    /// Addresses, protocol or ports are not those that were negotiated (RFC 4301 §5.1, §5.2).
    case outsideSelectors
    /// The cipher itself failed.
    case cipherFailed
}
