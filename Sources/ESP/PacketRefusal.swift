/// Why a packet was not carried. Every one is counted with the SA that refused it; none is more than that, for most can be
/// brought about by anybody.
public enum PacketRefusal: UInt8, Error, Sendable, CaseIterable {
    // Outbound
    /// Not an IP packet, or not whole.
    case notIP
    /// Needs more room than the path has and may not be fragmented: `PacketTooBig` answers its sender.
    case tooBig
    /// The SA has sent 2^32 - 1 packets and must be replaced (RFC 4303 §3.3.3).
    case sequenceExhausted
    /// Transport mode protects whole packets without IPv4 options or IPv6 extension headers (RFC 4303 §3.3.4).
    case notForTransport
    /// The buffer leaves no room before or behind the packet for what ESP adds.
    case noRoom

    // Inbound, before the packet is believed
    /// Shorter than its own fields, or not whole cipher blocks.
    case malformed
    /// Another SA's.
    case wrongSPI
    /// Seen before.
    case replayed
    /// Behind the replay window, so that nobody can tell.
    case tooOld
    /// The integrity check value is not what our key makes.
    case notAuthentic

    // Inbound, behind the integrity check: whoever holds the key made these
    /// Padding longer than the packet, or not 1, 2, 3 and so on (RFC 4303 §2.4).
    case badPadding
    /// Neither IPv4 nor IPv6 inside a tunnel.
    case badNextHeader
    /// What a tunnel carried is not a whole IP packet.
    case badInnerPacket
    /// Marked by the path as having met congestion, for a sender that does not understand it (RFC 6040 §4.2).
    case congestion

    // Both ways
    /// Addresses, protocol or ports are not what the SA was negotiated for (RFC 4301 §5.1, §5.2: the tunnel-exit check).
    case outsideSelectors
    /// The cipher itself failed.
    case cipherFailed
}
