import Crypto
import Wire

/// A Quick Mode message whose hash is right, and the IV that follows it.
struct QuickModeMessage {
    let contents: Contents
    let nextIV: [UInt8]

    /// - Throws: a refusal of what the peer itself wrote so.
    init(_ opened: OpenedMessage) throws(Refusal) {
        do {
            contents = try Contents(opened.octets.span, opened.chain)
        } catch {
            throw Refusal(error)
        }
        nextIV = opened.nextIV
    }
}

/// The same, its payloads not read yet.
struct OpenedMessage {
    /// In clear, whole.
    let octets: [UInt8]
    let chain: PayloadChain
    let nextIV: [UInt8]
}

/// What both sides of Quick Mode share.
extension Engine {
    func receiveQuickMode(_ header: Header, _ incoming: borrowing Incoming, _ context: inout EngineContext) {
        guard let sa = isakmpSA(header), sa.isEstablished, sa.local.address == incoming.local.address else {
            tally.unknownCookies += 1
            return
        }
        guard header.isEncrypted, header.messageID != 0 else {
            tally.unauthenticated += 1
            return
        }
        let exchange = quickModes.first { $0.sa === sa && $0.messageID == header.messageID }
        if let exchange, exchange.last.isSame(incoming.datagram) {
            tally.repeated += 1
            if let answer = exchange.last.again(now: context.now) {
                context.send(answer, sa)
                // The peer did not have our last message, and so not the pair.
                for pair in ipsecSAs where pair.serial == exchange.serial && pair.switchAt != nil {
                    pair.switchAt = context.now + Limits.switchTime
                }
            }
            return
        }
        do throws(Refusal) {
            if let exchange {
                try proceed(exchange, header, incoming, &context)
            } else {
                try begin(sa, header, incoming, &context)
            }
        } catch {
            count(error.kind)
            stranger(
                "Quick Mode message from \(incoming.peer) refused: \(error.reason)", connection: sa.policy.id,
                serial: exchange?.serial ?? sa.serial, &context)
        }
    }

    /// The first message of an exchange. What goes wrong before it is authenticated is thrown; after that the peer is told.
    private func begin(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing Incoming, _ context: inout EngineContext
    ) throws(Refusal) {
        guard !sa.messageIDs.contains(header.messageID) else {
            // Of an exchange that is over: the network had it twice, or somebody kept it.
            tally.repeated += 1
            return
        }
        guard let keys = sa.keys else { return }
        let iv = keys.phase2IV(after: sa.iv, messageID: header.messageID)
        let opened = try open(sa, header, incoming.datagram, iv: iv, hashing: [], isHash3: false, nonces: [])
        guard opened.chain.places.contains(where: { $0.type == .securityAssociation }) else {
            throw Refusal(.unauthenticated, nil, "it is no Quick Mode, for it has no SA payload")
        }
        // Authenticated: only now does another one make way for it.
        guard makeRoom(sa) else { throw Refusal(.overLimit, nil, "too many Quick Modes are under way") }
        // Never to be seen again.
        sa.messageIDs.insert(header.messageID)
        // Whoever begins this has our last message of Main Mode.
        sa.last.forgetAnswer()
        follow(sa, incoming, &context)
        guard !sa.messageIDs.areUsedUp else {
            retireIfUsedUp(sa, &context)
            return
        }
        var spi: [UInt8] = []
        do throws(Refusal) {
            let message = try QuickModeMessage(opened)
            spi = message.contents.securityAssociation?.parsed.proposals.first?.spi ?? []
            try respond(sa, header.messageID, message, incoming.datagram, &context)
        } catch {
            refuse(sa, error, spi: spi, &context)
        }
    }

    /// Whether another Quick Mode may begin within the SA; the oldest of those that are done and only linger makes way, where
    /// there are too many in all, whosever it is.
    private func makeRoom(_ sa: ISAKMPSA) -> Bool {
        let isFull = quickModes.count >= bounds.states
        var count = 0
        var oldestDone: Int?
        for index in quickModes.indices where isFull || quickModes[index].sa === sa {
            count += 1
            if oldestDone == nil, quickModes[index].state.isDone { oldestDone = index }
        }
        guard isFull || count >= Limits.quickModesPerSA else { return true }
        guard let oldestDone else { return false }
        quickModes.remove(at: oldestDone)
        return true
    }

    private func proceed(
        _ exchange: QuickMode, _ header: Header, _ incoming: borrowing Incoming, _ context: inout EngineContext
    ) throws(Refusal) {
        switch exchange.state {
        case .quickI1:
            let opened = try open(
                exchange.sa, header, incoming.datagram, iv: exchange.iv, hashing: exchange.initiatorNonce,
                isHash3: false, nonces: [])
            exchange.last.took(incoming.datagram)
            exchange.sa.heard = context.now
            follow(exchange.sa, incoming, &context)
            do throws(Refusal) {
                try quickI1(exchange, QuickModeMessage(opened), &context)
            } catch {
                count(error.kind)
                if let type = error.notify {
                    notify(exchange.sa, Notification(type, .esp, spi: octets(spi: exchange.ownSPI)), &context)
                }
                fail(exchange, error.notify?.code ?? 34, error.reason, &context)
            }
        case .quickR1:
            _ = try open(
                exchange.sa, header, incoming.datagram, iv: exchange.iv, hashing: [], isHash3: true,
                nonces: exchange.initiatorNonce + exchange.responderNonce)
            exchange.last.took(incoming.datagram)
            exchange.sa.heard = context.now
            follow(exchange.sa, incoming, &context)
            quickR1(exchange, &context)
        default: throw Refusal(.unauthenticated, nil, "its exchange expects no message")
        }
    }

    /// Decrypts a message and checks its hash.
    ///
    /// - Parameters:
    ///   - hashing: what HASH(2) covers between the message ID and the payloads: Ni_b.
    ///   - nonces: what HASH(3) covers: Ni_b | Nr_b.
    private func open(
        _ sa: ISAKMPSA, _ header: Header, _ datagram: Span<UInt8>, iv: [UInt8], hashing: [UInt8], isHash3: Bool,
        nonces: [UInt8]
    ) throws(Refusal) -> OpenedMessage {
        guard let keys = sa.keys, let opened = sa.cipher?.open(datagram, iv: iv),
            let chain = try? PayloadChain(opened.message.span, first: header.nextPayload, padded: true),
            let hash = chain.hash(in: opened.message)
        else { throw Refusal(.unauthenticated, nil, "it does not decrypt") }
        let expected =
            isHash3
            ? keys.messageHash([[0], octets(spi: header.messageID), nonces])
            : keys.messageHash([octets(spi: header.messageID), hashing, chain.hashed(in: opened.message)])
        guard areEqual(hash, expected) else { throw Refusal(.unauthenticated, nil, "its hash is wrong") }
        return OpenedMessage(octets: opened.message, chain: chain, nextIV: opened.nextIV)
    }

    /// A message of the exchange: HASH(1) or HASH(2), and `payloads`.
    func seal(_ exchange: QuickMode, hashing nonce: [UInt8], _ payloads: [OutgoingPayload]) -> [UInt8] {
        guard let keys = exchange.sa.keys, let cipher = exchange.sa.cipher else { return [] }
        let hash = keys.messageHash([octets(spi: exchange.messageID), nonce, payloads.octets])
        return cipher.seal(
            exchange.sa.header(.quickMode, messageID: exchange.messageID), [OutgoingPayload(.hash, hash)] + payloads,
            iv: &exchange.iv)
    }

    /// Refuses what an authenticated peer asked for, and tells it under the ISAKMP SA's protection.
    func refuse(_ sa: ISAKMPSA, _ refusal: Refusal, spi: [UInt8] = [], _ context: inout EngineContext) {
        count(refusal.kind)
        context.say(
            sa.policy.id, sa.serial, refusal.notify?.code ?? 3, .error, "Quick Mode with \(sa.peer) refused: \(refusal.reason)")
        guard let type = refusal.notify else { return }
        notify(sa, Notification(type, .esp, spi: spi), &context)
    }

    /// The plane's answer to `needSPI`.
    func proceed(_ exchange: QuickMode, _ spi: UInt32?, _ context: inout EngineContext) {
        guard exchange.state == .initiatorNeedsSPI || exchange.state == .responderNeedsSPI else { return }
        guard let spi, spi > 255 else {
            fail(exchange, 34, "the data plane has no SPI for it", &context)
            return
        }
        exchange.ownSPI = spi
        if exchange.isInitiator {
            sendQuickI1(exchange, &context)
        } else {
            prepareQuickR1(exchange, &context)
        }
    }

    /// NAT-OA (RFC 3947 §5.2): in transport mode behind NAT, the addresses as each end knows them, the initiator's first.
    func originalAddresses(_ exchange: QuickMode) -> [OutgoingPayload] {
        let sa = exchange.sa
        guard sa.nat.found, exchange.policy.mode == .transport, let dialect = sa.natDialect else { return [] }
        let local = IdentificationPayload(Identity.address(sa.local.address)).octets
        let peer = IdentificationPayload(Identity.address(sa.peer.address)).octets
        return (exchange.isInitiator ? [local, peer] : [peer, local]).map {
            OutgoingPayload(dialect.originalAddressPayload, $0)
        }
    }

    /// A pair of IPsec SAs stands.
    func establish(
        _ exchange: QuickMode, _ chosen: Phase2Transform, lifetime: UInt32, outbound: SecurityAssociation,
        _ context: inout EngineContext
    ) {
        let sa = exchange.sa
        let id = exchange.policy.id
        let rivals = rivals(of: exchange)
        sa.refusals = 0
        sa.hasAgreed = true
        let same = ipsecSAs.filter { $0.connection == id && sa.covers($0) }
        if same.count >= Limits.ipsecSAsPerConnection {
            remove(same[0], isTold: true, "the peer made too many", &context)
        }
        let way: Sentence = sa.nat.found ? "in UDP to \(sa.peer)" : "to \(sa.peer.address)"
        let pfs: Sentence = chosen.group.map { "PFS \($0.word)" } ?? "no PFS"
        let words: Sentence =
            "{ESP=>\(hexSPI(exchange.peerSPI)) <\(hexSPI(exchange.ownSPI)) \(chosen.suite.words), \(pfs), \(exchange.localSelector)===\(exchange.remoteSelector), \(way)}"
        let pair = IPsecSA(exchange, chosen.suite, lifetime: lifetime, words: words, context)
        pair.outbound = .waiting(KeyedSA(outbound))
        ipsecSAs.append(pair)
        beginWatch(pair, exchange.policy.rekeyPolicy, context.now)
        supersede(rivals, by: pair, &context)
        if pair.isSuperseded {
            // It only receives.
            announce(pair, &context)
        } else if rivals.contains(where: { !$0.isMute }) {
            if pair.isInitiator {
                pair.switchAt = context.now + Limits.switchTime
            } else {
                pair.switchAt = context.now + Limits.responderSwitchTime
                pair.listenAt = context.now + Limits.listenInterval
            }
            announce(pair, &context)
        } else {
            use(pair, &context)
        }
        refreshKeepalives(context.now)
    }
}
