/// The state of DPD for one pair of IPsec SAs.
struct PeerLiveness {
    /// When DPD checks again.
    var checkAt: UInt64
    /// When the peer was last known to be alive.
    var lastHeard: UInt64
}
