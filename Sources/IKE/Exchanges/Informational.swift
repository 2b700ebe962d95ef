import Crypto
import Wire

/// Informational exchanges (RFC 2408 §4.8, RFC 2409 §5.7): notifications and deletions, and DPD (RFC 3706).
extension Engine {
    func receiveInformational(_ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext) {
        guard header.isEncrypted else {
            receiveUnauthenticatedNotification(header, incoming, &context)
            return
        }
        guard let sa = isakmpSA(header), let keys = sa.keys, let cipher = sa.cipher,
            sa.local.address == incoming.local.address
        else {
            counters.unknownCookies += 1
            return
        }
        guard header.messageID != 0, !sa.messageIDs.contains(header.messageID) else {
            counters.repeated += 1
            return
        }
        let iv = keys.phase2IV(after: sa.iv, messageID: header.messageID)
        guard let opened = cipher.open(incoming.datagram, iv: iv),
            let chain = try? PayloadChain(opened.message.span, first: header.nextPayload, padded: true),
            let hash = chain.hash(in: opened.message),
            areEqual(hash, keys.messageHash([octets(spi: header.messageID), chain.hashed(in: opened.message)]))
        else {
            counters.unauthenticated += 1
            if sa.state == .mainI3 { sa.sawUnreadable = true }
            return
        }
        guard let contents = try? MessageContents(opened.message.span, chain) else {
            counters.malformed += 1
            return
        }
        // HASH(1) is the same for every kind of Informational exchange. The payload after it tells them apart.
        guard contents.securityAssociation == nil else {
            counters.unauthenticated += 1
            return
        }
        sa.messageIDs.insert(header.messageID)
        guard sa.isEstablished else {
            // Encrypted with the SA's keys before the peer is authenticated: it may only refuse our authentication.
            if sa.state == .mainI3, let error = contents.notifications.first(where: { $0.type.isError }) {
                fail(
                    sa, error.type.code, "the peer refuses with \(error.type)\(explanation(error.type, sa))",
                    message: error.type.suggestsWrongKey ? .keysDiffer : .peerRefuses, &context)
            }
            return
        }
        updatePeerEndpoint(sa, incoming, &context)
        receiveNotifications(contents.notifications, in: sa, isDuringMainMode: false, &context)
        for deletion in contents.deletions { delete(deletion, sa, &context) }
        repeatUnconfirmedDeletion(sa, &context)
        retireIfUsedUp(sa, &context)
    }

    /// Deletes an ISAKMP SA that has reached the limit of message IDs.
    func retireIfUsedUp(_ sa: ISAKMPSA, _ context: inout EngineContext) {
        guard sa.messageIDs.areUsedUp, !sa.isRemoved else { return }
        counters.overLimit += 1
        remove(sa, notifiesPeer: true, "used up", &context)
    }

    /// An unauthenticated error notification. It changes no state; it only explains a failure in the log.
    private func receiveUnauthenticatedNotification(
        _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) {
        guard let sa = isakmpSAs.first(where: { $0.initiatorCookie == header.initiatorCookie }),
            sa.peer.address == incoming.peer.address
        else {
            counters.unknownCookies += 1
            return
        }
        counters.unauthenticated += 1
        guard let contents = try? MessageContents(incoming.datagram, first: header.nextPayload, padded: false),
            let error = contents.notifications.first
        else { return }
        // Logged once, however often it comes.
        guard !sa.isEstablished, error.type.isError, sa.claimedError != error.type else { return }
        sa.claimedError = error.type
        logUnauthenticated(
            "\(sa.state.name): \(error.type) claimed by \(incoming.peer), unauthenticated and not acted upon",
            connection: sa.policy.id, serial: sa.serial, code: error.type.code, &context)
    }

    /// What a peer's error notification probably means, with our own values.
    func explanation(_ type: NotifyType, _ sa: ISAKMPSA) -> Sentence {
        switch type {
        case .noProposalChosen:
            ": it accepts none of \(list(sa.policy.ikeSuites.map { $0.words })), or not their lifetime of \(sa.policy.ikeLifetime) s (ikelifetime=)"
        case .invalidIDInformation: ": it knows no connection for our ID \(sa.policy.localID.words)"
        default:
            type.suggestsWrongKey
                ? ": perhaps \(sa.method.likelyFault), or it expects another ID than \(sa.policy.localID.words)" : ""
        }
    }

    /// Handles notifications of an authenticated peer.
    func receiveNotifications(_ notifications: [Notification], in sa: ISAKMPSA, isDuringMainMode: Bool, _ context: inout EngineContext) {
        for notification in notifications.prefix(Limits.deletedSPIs) {
            switch notification.type {
            case .areYouThere: acknowledge(notification, sa, &context)
            case .areYouThereAck: takeAcknowledgement(notification, sa, context.now)
            case .connected, .replayStatus: break
            case .initialContact:
                let isEarly = context.now <= (sa.established ?? 0) + Limits.initialContactTime
                if isDuringMainMode || isEarly { dropBefore(sa, &context) }
            case .responderLifetime: shorten(sa, notification, context)
            default:
                guard notification.type.isError else {
                    context.say(sa.policy.id, sa.serial, notification.type.code, .debug, "the peer notifies \(notification.type)")
                    continue
                }
                refused(notification, sa, &context)
            }
        }
    }

    /// The peer sent an error. It refers to a Quick Mode of ours by message ID or SPI, or because only one is under way.
    private func refused(_ notification: Notification, _ sa: ISAKMPSA, _ context: inout EngineContext) {
        let open = unanswered(sa)
        if let named = open.first(where: { notification.spi == octets(spi: $0.ownSPI) }) {
            refused(named, notification.type, &context)
        } else if !notification.namesSA, !open.isEmpty {
            sa.unnamedRefusals.append(notification.type)
            settleRefusals(sa, &context)
        } else {
            // It refers to no exchange that is under way; perhaps to a pair.
            let pair = number(spi: notification.spi).flatMap { spi in
                ipsecSAs.first { ($0.inboundSPI == spi || $0.outboundSPI == spi) && sa.covers($0) }
            }
            context.say(
                pair?.connection, pair?.serial ?? sa.serial, notification.type.code, .warning,
                "the peer at \(sa.peer) notifies \(notification.type)")
        }
    }

    /// RESPONDER-LIFETIME (RFC 2407 §4.6.3.1) for the ISAKMP SA. It can only shorten the lifetime.
    private func shorten(_ sa: ISAKMPSA, _ notification: Notification, _ context: EngineContext) {
        guard notification.protocolID == .isakmp, let begun = sa.established,
            let seconds = notification.lifetime
        else { return }
        let life = Limits.life(ours: sa.lifetime, theirs: seconds)
        let end = max(context.now, begun + UInt64(life) * Limits.second)
        guard end < sa.expires else { return }
        sa.expires = end
        let left = UInt32((end - context.now) / Limits.second)
        sa.replaceAt = sa.policy.rekeyPolicy.replaceAt(left, isInitiator: sa.isInitiator, context)
    }

    private func delete(_ deletion: Deletion, _ sa: ISAKMPSA, _ context: inout EngineContext) {
        for spi in deletion.spis {
            switch deletion.protocolID {
            case .esp:
                // The SPI is that of the peer's inbound SA. strongSwan names ours when it cannot install a pair.
                guard let spi = number(spi: spi) else { continue }
                if let pair = ipsecSAs.first(where: {
                    ($0.outboundSPI == spi || $0.inboundSPI == spi) && sa.covers($0)
                }) {
                    remove(pair, notifiesPeer: false, "by the peer", isByPeer: true, &context)
                } else if let exchange = quickModes.first(where: {
                    $0.sa === sa && $0.state == .quickR1 && $0.peerSPI == spi
                }) {
                    fail(exchange, 33, "the peer has already ended the exchange", &context)
                }
            case .isakmp:
                // Several peers may share an address behind a NAT. Each may delete only its own SAs.
                guard
                    let ended = isakmpSAs.first(where: {
                        $0.cookies == spi && $0.peer.address == sa.peer.address && $0.isEstablished
                            && (sa.peerID.map($0.isOf) ?? false)
                    })
                else { continue }
                remove(ended, notifiesPeer: false, "by the peer", &context)
            default: break
            }
        }
    }

    /// An authenticated message came from another address or port: a NAT has changed its mapping (RFC 3947 §4).
    func updatePeerEndpoint(_ sa: ISAKMPSA, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext) {
        guard sa.nat.found, incoming.peer != sa.peer else { return }
        guard sa.policy.remote == nil || incoming.peer.address == sa.peer.address else { return }
        context.say(sa.policy.id, sa.serial, 2, .notice, "the peer moved from \(sa.peer) to \(incoming.peer)", .peerMoved)
        sa.peer = incoming.peer
        sa.local = incoming.local
        refreshKeepalives(context.now)
    }
}

extension NotifyType {
    /// Whether a peer that answers our authentication with it probably has another key.
    var suggestsWrongKey: Bool { self == .authenticationFailed || self == .invalidHashInformation || self == .payloadMalformed }
}
