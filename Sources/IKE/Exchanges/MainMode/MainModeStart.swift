import Crypto
import Wire

/// The first message of Main Mode.
extension Engine {
    /// Begins an ISAKMP SA for `connections`, which have the same peer.
    func startMainMode(_ sharedPolicy: SharedPolicy, for connections: [ConnectionID], _ context: inout EngineContext) {
        let policy = sharedPolicy.policy
        guard let remote = policy.remote else { return }
        let ends = ends(policy, remote)
        let sa = ISAKMPSA(
            serial: nextSerial(), isInitiator: true, sharedPolicy, local: ends.local, peer: ends.peer, cookie: context.cookie(),
            .mainI1, now: context.now, expires: .max)
        sa.pending = connections
        guard isakmpSAs.count < bounds.isakmpSAs else {
            counters.overLimit += 1
            fail(sa, 34, "there are too many ISAKMP SAs already", &context)
            return
        }
        isakmpSAs.append(sa)
        var transforms: [Transform] = []
        for method in policy.methods {
            for suite in policy.ikeSuites where transforms.count < Limits.transforms - 1 {
                transforms.append(
                    Phase1Transform(suite, method, lifetime: sa.lifetime).transform(number: UInt8(transforms.count + 1)))
            }
        }
        sa.offer = SAPayload([Proposal(number: 1, .isakmp, spi: [], transforms)]).octets
        var payloads = [
            OutgoingPayload(.securityAssociation, sa.offer), OutgoingPayload(.vendorID, VendorID.cygnet),
            OutgoingPayload(.vendorID, VendorID.deadPeerDetection),
        ]
        if policy.fragmentation != .no { payloads.append(OutgoingPayload(.vendorID, VendorID.fragmentation)) }
        if policy.natTraversal {
            payloads += [
                OutgoingPayload(.vendorID, VendorID.natTraversal),
                OutgoingPayload(.vendorID, VendorID.natTraversalDraft03),
                OutgoingPayload(.vendorID, VendorID.natTraversalDraft02),
            ]
        }
        sendUntilAnswered(payloads.message(sa.header(.mainMode)), sa, &context)
        context.say(policy.id, sa.serial, 104, .info, "\(sa.state.name): initiate")
    }

    /// The ports of MI1. If an earlier SA with the peer found a NAT: port 4500 and the port that the peer was last seen at, since
    /// its port 500 is not reachable (RFC 3947 §4). Otherwise port 500.
    private func ends(_ policy: Policy, _ remote: Address) -> (local: Endpoint, peer: Endpoint) {
        if policy.natTraversal {
            if let sa = isakmpSAs.last(where: { $0.isEstablished && $0.nat.found && $0.isBetween(policy) }) {
                return (sa.local, sa.peer)
            }
            if let pair = ipsecSAs.last(where: { $0.connection == policy.id && $0.peer.address == remote && $0.local.port != 500 }) {
                return (pair.local, pair.peer)
            }
        }
        return (Endpoint(policy.local, 500), Endpoint(remote, 500))
    }

    /// Sends a message of the initiator, and retransmits it until it is answered.
    func sendUntilAnswered(_ message: [UInt8], _ sa: ISAKMPSA, _ context: inout EngineContext) {
        sa.retransmission = Retransmission(message, now: context.now)
        sa.send(message, &context)
    }
}
