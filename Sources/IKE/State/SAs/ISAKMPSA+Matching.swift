import Crypto
import Wire

/// Which connections and IPsec SAs match an ISAKMP SA.
extension ISAKMPSA {
    /// Whether `other` may use this SA: the same addresses, IDs and secret, and a suite that it accepts.
    func serves(_ other: Policy) -> Bool {
        guard let suite, other.accepts(suite) else { return false }
        return isBetween(other)
    }

    /// Whether the SA's addresses, IDs and secret are those of `other`.
    func isBetween(_ other: Policy) -> Bool {
        guard other.local == local.address, other.remote == nil || other.remote == peer.address,
            other.localID.isSame(as: policy.localID), isAuthenticated(as: other)
        else { return false }
        if let peerID { return other.expects(peerID) }
        guard let wanted = other.remoteID, let expected = policy.remoteID else { return false }
        return wanted.isSame(as: expected)
    }

    /// Whether `other` accepts how the peer authenticated itself, or how it is about to.
    private func isAuthenticated(as other: Policy) -> Bool {
        if method == .rsaSignatures {
            guard let ours = policy.rsa, let theirs = other.rsa else { return false }
            guard let proof else { return ours.isSame(as: theirs) }
            return ours.privateKey.publicKey.equals(theirs.privateKey.publicKey) && theirs.accepts(proof)
        }
        guard let ours = policy.presharedKey, let theirs = other.presharedKey else { return false }
        return ours.equals(theirs)
    }

    /// Whether the peer authenticated itself as `identity`.
    func isOf(_ identity: Identity) -> Bool { peerID.map { $0.isSame(as: identity) } ?? false }

    /// Whether this unfinished Main Mode of ours will give an SA that `policy` can use.
    func isUnderWay(for policy: Policy) -> Bool {
        isBetween(policy) && self.policy.ikeSuites.allSatisfy { policy.accepts($0) }
    }

    /// Whether the IPsec SA is with this SA's peer.
    func covers(_ pair: IPsecSA) -> Bool {
        guard pair.peer.address == peer.address, pair.local.address == local.address else { return false }
        guard let peerID, let other = pair.peerID else { return true }
        return peerID.isSame(as: other)
    }
}
