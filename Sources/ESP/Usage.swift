/// The counters of one SA.
public struct Usage: Sendable {
    /// Packets carried.
    public internal(set) var packets: UInt64 = 0
    /// Octets of inner packets carried.
    public internal(set) var octets: UInt64 = 0
    /// Dummy packets (RFC 4303 §2.6), which are authenticated and discarded.
    public internal(set) var dummies: UInt64 = 0
    private var refusals = InlineArray<16, UInt64>(repeating: 0)

    /// Number of packets refused for this reason.
    public subscript(_ refusal: PacketRefusal) -> UInt64 { refusals[Int(refusal.rawValue)] }

    mutating func count(_ refusal: PacketRefusal) { refusals[Int(refusal.rawValue)] &+= 1 }

    mutating func count(octets count: Int) {
        packets &+= 1
        octets &+= UInt64(count)
    }
}
