import Crypto
import Wire

/// The sizes and positions of an ESP packet's fields for a suite, and so the largest packet that a path carries (RFC 4303 §2).
///
///     | SPI 4 | sequence 4 | IV | payload | padding | length 1 | next header 1 | ICV |
///                               |<-- whole cipher blocks, or words for GCM -->|
public struct Layout: Sendable {
    /// SPI and sequence number.
    public static let headerLength = 8
    /// Pad length and next header.
    static let trailerLength = 2
    /// Octets that `OutboundSA.encapsulate` may write before the inner packet.
    public static let headroom = headerLength + 16
    /// Octets that it may write after the packet: padding, trailer and the longest ICV.
    public static let tailroom = 15 + trailerLength + 32
    /// Octets before an ESP packet that `InboundSA.decapsulate` needs to restore the IP header of a transport mode packet.
    public static let inboundHeadroom = 40
    /// The MTU that every IPv6 link has (RFC 8200 §5). On a smaller path outer packets are fragmented.
    public static let minimumIPv6MTU = 1280
    /// Octets of a UDP header.
    public static let udpLength = 8

    /// Octets of the IV.
    public let ivLength: Int
    /// Octets of the integrity check value.
    public let icvLength: Int
    /// The encrypted part is a multiple of this many octets.
    let alignment: Int
    let mode: SecurityAssociation.Mode

    /// The layout of a suite's packets in a mode.
    public init(_ suite: ESPSuite, _ mode: SecurityAssociation.Mode) {
        ivLength = suite.cipher.ivLength
        icvLength = suite.icvLength
        // GCM needs no whole blocks, but RFC 4303 §2.4 ends the trailer on a word.
        alignment = suite.cipher.isAEAD ? 4 : suite.cipher.blockLength
        self.mode = mode
    }

    /// Octets of padding after `payload` octets.
    func padding(_ payload: Int) -> Int {
        let over = (payload + Self.trailerLength) % alignment
        return over == 0 ? 0 : alignment - over
    }

    /// The largest packet, in octets, that crosses a path of `mtu` octets without fragments; 0 if none does.
    ///
    /// - Parameters:
    ///   - outer: the family of the gateways' own addresses.
    ///   - encapsulated: whether ESP is in UDP (RFC 3948).
    public func largestPacket(mtu: Int, outer: Address.Family, encapsulated: Bool) -> Int {
        let header = outer == .ipv4 ? 20 : 40
        let room = mtu - header - (encapsulated ? Self.udpLength : 0) - Self.headerLength - ivLength - icvLength
        let payload = room / alignment * alignment - Self.trailerLength
        guard payload > 0 else { return 0 }
        // In transport mode the packet's own header is outside ESP, and is part of its length.
        return mode == .tunnel ? payload : payload + header
    }
}
