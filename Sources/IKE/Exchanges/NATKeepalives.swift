import Wire

extension Engine {
    /// Updates the list of keepalives for the SAs that exist now.
    func refreshKeepalives(_ now: UInt64) {
        var wanted: [NATKeepalive] = []
        func want(_ local: Endpoint, _ peer: Endpoint) {
            guard keepaliveInterval > 0, !wanted.contains(where: { $0.local == local && $0.peer == peer }) else { return }
            let known = keepalives.first { $0.local == local && $0.peer == peer }
            wanted.append(known ?? NATKeepalive(local: local, peer: peer, due: now + keepaliveInterval))
        }
        for sa in isakmpSAs where sa.isEstablished && (sa.nat.isLocalTranslated || forcesKeepalives && sa.nat.found) {
            want(sa.local, sa.peer)
        }
        // There are no keepalives on port 500.
        for pair in ipsecSAs where pair.isBehindNAT || forcesKeepalives && pair.local.port != 500 { want(pair.local, pair.peer) }
        keepalives = wanted
    }
}
