/// The outer header's DSCP and ECN, and their effect at the end of the tunnel (RFC 2983, RFC 6040, RFC 4301 §5.1.2).
enum Congestion {
    /// The outer traffic class of a packet that enters a tunnel. ECN is always copied: the normal mode of RFC 6040 §4.1.
    ///
    /// - Parameter copiesDSCP: whether the DSCP is copied, too (`hidetos=no`).
    static func outer(_ inner: UInt8, copiesDSCP: Bool) -> UInt8 { copiesDSCP ? inner : inner & 3 }

    /// The inner traffic class of a packet that leaves the tunnel, its DSCP unchanged; `nil` if the packet must be dropped (the table of
    /// RFC 6040 §4.2).
    static func merged(inner: UInt8, outer: UInt8) -> UInt8? {
        switch (inner & 3, outer & 3) {
        case (0, 3): nil // not capable, yet marked
        case (0, _), (3, _): inner
        case (_, 3): inner | 3
        case (2, 1): inner & ~3 | 1 // ECT(0) inside, ECT(1) outside
        default: inner
        }
    }
}
