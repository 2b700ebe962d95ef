/// What DPD knows of the peer of one pair of IPsec SAs.
struct PeerLiveness {
    /// When it looks again.
    var checkAt: UInt64
    /// When the peer was last known to be alive.
    var lastHeard: UInt64
}
