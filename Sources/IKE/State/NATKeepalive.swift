import Wire

/// A pair of ends between which a NAT forgets us unless we speak (RFC 3948 §4).
struct NATKeepalive {
    let local: Endpoint
    let peer: Endpoint
    var due: UInt64
}
