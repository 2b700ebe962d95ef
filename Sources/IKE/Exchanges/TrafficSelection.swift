import Crypto
import Wire

/// Which connection the peer's IDs select in Quick Mode, and which traffic it is granted.
extension Engine {
    /// The connection that the IDs select, the traffic that they name, and the traffic that is granted.
    func selectConnection(
        _ sa: ISAKMPSA, _ contents: MessageContents, _ offer: SAPayload
    ) throws(Refusal) -> (policy: SharedPolicy, asked: TrafficSelectors, granted: TrafficSelectors) {
        let known = connections.map { $0.sharedPolicy }.filter { sa.serves($0.policy) }
        if let asked = traffic(contents, sa) {
            var fits: [(policy: SharedPolicy, granted: TrafficSelectors)] = []
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
            "the peer asks for our \(local) and its \(remote), which is no connection with it: we have \(list(ours))", code: .noConnection)
    }

    /// The traffic that the IDs name; without IDs, that between the gateways. A client whose ID is its name gives its address in
    /// NAT-OA (RFC 3947 §5.2).
    private func traffic(_ contents: MessageContents, _ sa: ISAKMPSA) -> TrafficSelectors? {
        let ids = contents.identities
        guard ids.count == 2 else {
            return TrafficSelectors(local: Selector(Subnet(host: sa.local.address)), remote: Selector(Subnet(host: sa.peer.address)))
        }
        let original = sa.nat.isPeerTranslated ? contents.natOriginalAddresses.first : nil
        guard let local = ids[1].selector, let remote = ids[0].selector ?? ids[0].selector(named: original) else { return nil }
        return TrafficSelectors(local: local, remote: remote)
    }

    /// Refuses a virtual address within the network of another peer or of this gateway.
    private func refuseReserved(_ policy: Policy, _ granted: TrafficSelectors, _ sa: ISAKMPSA) throws(Refusal) {
        guard policy.isVirtual(granted.remote, in: sa) else { return }
        for network in reservedNetworks where network.subnet.overlaps(granted.remote.subnet) {
            throw Refusal(
                .disagreed, .invalidIDInformation,
                "the peer asks for \(granted.remote) as its own, which overlaps \(network.sentence)")
        }
    }

    // MARK: Owners

    /// The pairs of other peers that must be removed before this peer is granted `granted`. An address has one owner. Pairs of the
    /// same peer, also at its earlier address, are removed. Another peer keeps its address as long as it answers probes.
    func predecessors(
        _ sa: ISAKMPSA, _ policy: Policy, _ granted: TrafficSelectors, _ context: inout EngineContext
    ) throws(Refusal) -> [IPsecSA] {
        guard policy.remote == nil else { return [] }
        let isVirtual = policy.isVirtual(granted.remote, in: sa)
        let isFixed = !policy.remoteSelector.subnet.address.isAny
        let others = ipsecSAs.filter { pair in
            guard !pair.isDeletionSent, !sa.covers(pair) else { return false }
            // Networks that ipsec.conf names may contain each other.
            if isFixed, !isVirtual { return pair.localSelector == granted.local && pair.remoteSelector == granted.remote }
            return pair.remoteSelector.overlaps(granted.remote) && (isVirtual || pair.localSelector.overlaps(granted.local))
        }
        for other in others where other.parent != sa.serial && !isSuccessor(sa, of: other) && !hasFailedProbe(other, &context) {
            let owned: Sentence =
                other.remoteSelector == granted.remote
                ? "\(granted.remote)" : "\(other.remoteSelector), of which the peer asks for \(granted.remote),"
            throw Refusal(
                .disagreed, .invalidIDInformation,
                "\(owned) belongs to another peer, \(other.peerID.map { $0.words } ?? "unknown") at \(other.peer.address), until it leaves",
                code: .addressTaken
            )
        }
        return others
    }

    /// Whether the peer of `sa` is the peer of `pair` at a new address.
    private func isSuccessor(_ sa: ISAKMPSA, of pair: IPsecSA) -> Bool {
        guard uniqueIDs, let peerID = sa.peerID, let other = pair.peerID else { return false }
        return peerID.isSame(as: other)
    }

    func removePredecessors(_ pairs: [IPsecSA], _ context: inout EngineContext) {
        for pair in pairs { remove(pair, notifiesPeer: true, "the peer, or another one, has come from another address", &context) }
    }
}

extension Policy {
    /// The traffic of this connection that the peer of `sa` is granted if it asks for `asked`; `nil` for none.
    ///
    /// Transport mode protects packets between the two outer addresses. If a NAT has changed one of them, the ID names the original
    /// address. The address that we see replaces it (RFC 3947 §5.2).
    func grants(_ asked: TrafficSelectors, in sa: ISAKMPSA) -> TrafficSelectors? {
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

    /// The remote selector. For a peer without a fixed address, the host `0.0.0.0` or `::` means the peer's own address.
    func remoteSelector(of peer: Address) -> Selector {
        guard remote == nil, remoteSelector.subnet.isHost, remoteSelector.subnet.address.isAny else { return remoteSelector }
        return Selector(Subnet(host: peer), ipProtocol: remoteSelector.ipProtocol, port: remoteSelector.port)
    }

    /// Whether `selector` is a virtual address: one that the peer chose, other than its outer address.
    func isVirtual(_ selector: Selector, in sa: ISAKMPSA) -> Bool {
        virtual != nil && selector.subnet != Subnet(host: sa.peer.address)
    }
}

extension SAPayload {
    /// Whether some transform allows this mode, or does not name one.
    fileprivate func asks(for mode: SecurityAssociation.Mode) -> Bool {
        proposals.contains { proposal in
            proposal.protocolID == .esp
                && proposal.transforms.contains { Phase2Transform($0)?.encapsulation.map { $0.mode == mode } ?? true }
        }
    }
}
