import Crypto
import Wire

/// Which connection the peer's IDs mean in Quick Mode, and what it may have of what it asks for.
extension Engine {
    /// The connection with this peer that the IDs mean, what they ask for, and what the peer gets.
    func selectConnection(
        _ sa: ISAKMPSA, _ contents: MessageContents, _ offer: SAPayload
    ) throws(Refusal) -> (policy: SharedPolicy, asked: Traffic, granted: Traffic) {
        let known = connections.map { $0.sharedPolicy }.filter { sa.serves($0.policy) }
        if let asked = traffic(contents, sa) {
            var fits: [(policy: SharedPolicy, granted: Traffic)] = []
            for shared in known { if let granted = shared.policy.grants(asked, in: sa) { fits.append((shared, granted)) } }
            let mode = fits.first { fit in offer.asks(for: fit.policy.policy.mode) }
            if let fit = mode ?? fits.first {
                try refuseReserved(fit.policy.policy, fit.granted, sa)
                return (fit.policy, asked, fit.granted)
            }
        }
        let ours = known.map { shared -> Sentence in
            let policy = shared.policy
            let remote = policy.remoteSelector(of: sa.peer.address)
            return "\"\(policy.name)\" \(policy.localSelector)===\(policy.virtual.map { $0.sentence } ?? remote.sentence)"
        }
        let ids = contents.identities
        let local: Sentence = ids.count == 2 ? ids[1].trafficWords : "\(Subnet(host: sa.local.address))"
        let remote: Sentence = ids.count == 2 ? ids[0].trafficWords : "\(Subnet(host: sa.peer.address))"
        throw Refusal(
            .disagreed, .invalidIDInformation,
            "the peer asks for our \(local) and its \(remote), which is no connection with it: we have \(list(ours))\(code: .noConnection)")
    }

    /// What the IDs name; without IDs, the gateways themselves. A client that gives its name for its address says the address
    /// in NAT-OA (RFC 3947 §5.2).
    private func traffic(_ contents: MessageContents, _ sa: ISAKMPSA) -> Traffic? {
        let ids = contents.identities
        guard ids.count == 2 else {
            return Traffic(local: Selector(Subnet(host: sa.local.address)), remote: Selector(Subnet(host: sa.peer.address)))
        }
        let original = sa.nat.isPeerTranslated ? contents.natOriginalAddresses.first : nil
        guard let local = ids[1].selector, let remote = ids[0].selector ?? ids[0].selector(named: original) else { return nil }
        return Traffic(local: local, remote: remote)
    }

    /// Nobody gets by a virtual address what is a network of somebody else.
    private func refuseReserved(_ policy: Policy, _ granted: Traffic, _ sa: ISAKMPSA) throws(Refusal) {
        guard policy.isVirtual(granted.remote, in: sa) else { return }
        for network in reservedNetworks where network.subnet.overlaps(granted.remote.subnet) {
            throw Refusal(
                .disagreed, .invalidIDInformation,
                "the peer asks for \(granted.remote) as its own, which overlaps \(network.sentence)")
        }
    }

    // MARK: Owners

    /// The pairs of others that are to go before this peer gets `granted`: nothing has two owners. Its own earlier self is to go,
    /// and so are those that it has where its NAT had it before. Another peer keeps what it has while it answers.
    func predecessors(
        _ sa: ISAKMPSA, _ policy: Policy, _ granted: Traffic, _ context: inout EngineContext
    ) throws(Refusal) -> [IPsecSA] {
        guard policy.remote == nil else { return [] }
        let isVirtual = policy.isVirtual(granted.remote, in: sa)
        let isFixed = !policy.remoteSelector.subnet.address.isAny
        let others = ipsecSAs.filter { pair in
            guard !pair.isDeletionSent, !sa.covers(pair) else { return false }
            // Networks that ipsec.conf names may lie one in another.
            if isFixed, !isVirtual { return pair.localSelector == granted.local && pair.remoteSelector == granted.remote }
            return pair.remoteSelector.overlaps(granted.remote) && (isVirtual || pair.localSelector.overlaps(granted.local))
        }
        for other in others where other.parent != sa.serial && !isSuccessor(sa, of: other) && !hasFailedProbe(other, &context) {
            let owned: Sentence =
                other.remoteSelector == granted.remote
                ? "\(granted.remote)" : "\(other.remoteSelector), of which the peer asks for \(granted.remote),"
            throw Refusal(
                .disagreed, .invalidIDInformation,
                "\(owned) belongs to another peer, \(other.peerID.map { $0.words } ?? "somebody") at \(other.peer.address), until it leaves\(code: .addressTaken)"
            )
        }
        return others
    }

    /// Whether the peer of `sa` is the one that has `pair`, come from somewhere else.
    private func isSuccessor(_ sa: ISAKMPSA, of pair: IPsecSA) -> Bool {
        guard uniqueIDs, let peerID = sa.peerID, let other = pair.peerID else { return false }
        return peerID.isSame(as: other)
    }

    func removePredecessors(_ pairs: [IPsecSA], _ context: inout EngineContext) {
        for pair in pairs { remove(pair, notifiesPeer: true, "the peer, or another one, has come from another address", &context) }
    }
}

extension Policy {
    /// What the peer at the other end of `sa` gets of this connection when it asks for `asked`; `nil` for nothing.
    ///
    /// Transport mode protects packets between the two outer addresses. Where a NAT has changed one, the other end's ID names
    /// the address before that: the address that we see takes its place (RFC 3947 §5.2).
    func grants(_ asked: Traffic, in sa: ISAKMPSA) -> Traffic? {
        let own = remoteSelector(of: sa.peer.address)
        guard localSelector.admits(ipProtocol: asked.local.ipProtocol, port: asked.local.port),
            own.admits(ipProtocol: asked.remote.ipProtocol, port: asked.remote.port)
        else { return nil }
        var granted = asked
        let isTransport = mode == .transport
        if asked.local.subnet != localSelector.subnet {
            guard isTransport, sa.nat.isLocalTranslated, asked.local.subnet.isHost,
                localSelector.subnet == Subnet(host: sa.local.address), asked.local.subnet.address.family == sa.local.address.family
            else { return nil }
            granted.local.subnet = localSelector.subnet
        }
        if asked.remote.subnet == own.subnet { return virtual?.takesPeerItself ?? true ? granted : nil }
        if isTransport {
            guard sa.nat.isPeerTranslated, asked.remote.subnet.isHost, own.subnet == Subnet(host: sa.peer.address),
                asked.remote.subnet.address.family == sa.peer.address.family, virtual?.allows(asked.remote.subnet) ?? true
            else { return nil }
            granted.remote.subnet = own.subnet
            return granted
        }
        return virtual?.allows(asked.remote.subnet) ?? false ? granted : nil
    }

    /// Its remote selector; for a peer that may be anywhere, the host `0.0.0.0` or `::` stands for the peer itself.
    func remoteSelector(of peer: Address) -> Selector {
        guard remote == nil, remoteSelector.subnet.isHost, remoteSelector.subnet.address.isAny else { return remoteSelector }
        return Selector(Subnet(host: peer), ipProtocol: remoteSelector.ipProtocol, port: remoteSelector.port)
    }

    /// Whether `selector` is an address that the peer chose for itself, and not where it is.
    func isVirtual(_ selector: Selector, in sa: ISAKMPSA) -> Bool {
        virtual != nil && selector.subnet != Subnet(host: sa.peer.address)
    }
}

extension SAPayload {
    /// Whether some transform is for this mode, or leaves it open.
    fileprivate func asks(for mode: SecurityAssociation.Mode) -> Bool {
        proposals.contains { proposal in
            proposal.protocolID == .esp
                && proposal.transforms.contains { Phase2Transform($0)?.encapsulation.map { $0.mode == mode } ?? true }
        }
    }
}
