import Crypto
import Wire

/// How many octets a suite puts where, and so how large a packet a path can carry (RFC 4303 §2).
///
///     | SPI 4 | sequence 4 | IV | payload | padding | length 1 | next header 1 | ICV |
///                               |<-- whole cipher blocks, or words for GCM -->|
public struct Layout: Sendable {
    /// SPI and sequence number.
    public static let headerLength = 8
    /// Pad length and next header.
    static let trailerLength = 2
    /// Octets that `OutboundSA.encapsulate` may write in front of the inner packet.
    public static let headroom = headerLength + 16
    /// Octets that it may write behind it: padding, trailer and the longest ICV.
    public static let tailroom = 15 + trailerLength + 32
    /// Octets before an ESP packet that `InboundSA.decapsulate` needs to rebuild a transport mode packet's own header.
    public static let inboundHeadroom = 40
    /// What every IPv6 link carries (RFC 8200 §5): a smaller path has its packets fragmented outside.
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
        // GCM needs no blocks; RFC 4303 §2.4 still ends the trailer on a word.
        alignment = suite.cipher.isAEAD ? 4 : suite.cipher.blockLength
        self.mode = mode
    }

    /// Octets of padding behind `payload` octets.
    func padding(_ payload: Int) -> Int {
        let over = (payload + Self.trailerLength) % alignment
        return over == 0 ? 0 : alignment - over
    }

    /// The largest packet, in octets, that crosses a path of `mtu` octets without being fragmented; 0 when none does.
    ///
    /// - Parameters:
    ///   - outer: the family of the gateways' own addresses.
    ///   - encapsulated: whether ESP travels in UDP (RFC 3948).
    public func largestPacket(mtu: Int, outer: Address.Family, encapsulated: Bool) -> Int {
        let header = outer == .ipv4 ? 20 : 40
        let room = mtu - header - (encapsulated ? Self.udpLength : 0) - Self.headerLength - ivLength - icvLength
        let payload = room / alignment * alignment - Self.trailerLength
        guard payload > 0 else { return 0 }
        // In transport mode the packet's own header stays outside and is counted with it.
        return mode == .tunnel ? payload : payload + header
    }
}
