import Wire

/// The protocol numbers that ESP needs.
enum NextHeader {
    static let ipv4: UInt8 = 4
    static let tcp: UInt8 = 6
    static let udp: UInt8 = 17
    static let ipv6: UInt8 = 41
    static let icmp: UInt8 = 1
    static let icmpv6: UInt8 = 58
    /// No next header: a dummy packet (RFC 4303 §2.6).
    static let none: UInt8 = 59

    /// The protocol of a tunnel's inner packets.
    static func inner(_ family: Address.Family) -> UInt8 { family == .ipv4 ? ipv4 : ipv6 }
}
