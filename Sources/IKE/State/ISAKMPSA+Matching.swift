import Crypto
import Wire

/// Which connections and IPsec SAs an ISAKMP SA belongs to.
extension ISAKMPSA {
    /// Whether `policy` may use this SA: the same ends and secret, and a suite it accepts.
    func serves(_ other: Policy) -> Bool {
        guard let suite, other.accepts(suite) else { return false }
        return isBetween(other)
    }

    /// Whether the SA's ends, IDs and secret are those of `other`.
    func isBetween(_ other: Policy) -> Bool {
        guard other.local == local.address, other.remote == nil || other.remote == peer.address,
            other.localID.isSame(as: policy.localID), isAuthenticated(as: other)
        else { return false }
        if let peerID { return other.expects(peerID) }
        guard let wanted = other.remoteID, let expected = policy.remoteID else { return false }
        return wanted.isSame(as: expected)
    }

    /// Whether who authenticated, or is about to, did it in a way that `other` takes.
    private func isAuthenticated(as other: Policy) -> Bool {
        if method == .rsaSignatures {
            guard let ours = policy.rsa, let theirs = other.rsa else { return false }
            guard let proof else { return ours.isSame(as: theirs) }
            return ours.privateKey.publicKey.equals(theirs.privateKey.publicKey) && theirs.accepts(proof)
        }
        guard let ours = policy.presharedKey, let theirs = other.presharedKey else { return false }
        return ours.equals(theirs)
    }

    /// Whether the peer proved to be the one who has `identity`.
    func isOf(_ identity: Identity) -> Bool { peerID.map { $0.isSame(as: identity) } ?? false }

    /// Whether an exchange of ours that still goes on will give `policy` what it needs.
    func isUnderWay(for policy: Policy) -> Bool {
        isBetween(policy) && self.policy.ikeSuites.allSatisfy { policy.accepts($0) }
    }

    /// Whether an IPsec SA is of this SA's peer.
    func covers(_ pair: IPsecSA) -> Bool {
        guard pair.peer.address == peer.address, pair.local.address == local.address else { return false }
        guard let peerID, let other = pair.peerID else { return true }
        return peerID.isSame(as: other)
    }
}
