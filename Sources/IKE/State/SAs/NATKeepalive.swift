import Wire

/// A pair of endpoints behind a NAT, whose mapping keepalives preserve (RFC 3948 §4).
struct NATKeepalive {
    let local: Endpoint
    let peer: Endpoint
    var due: UInt64
}
