import Crypto
import Wire

/// Hands a Quick Mode message, or an SPI from the data plane, to the step of its exchange.
extension Engine {
    func receiveQuickMode(_ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext) {
        guard let sa = isakmpSA(header), sa.isEstablished, sa.local.address == incoming.local.address else {
            counters.unknownCookies += 1
            return
        }
        guard header.isEncrypted, header.messageID != 0 else {
            counters.unauthenticated += 1
            return
        }
        let exchange = quickModes.first { $0.sa === sa && $0.messageID == header.messageID }
        if let exchange, exchange.last.isSame(incoming.datagram) {
            counters.repeated += 1
            if let answer = exchange.last.repeatedAnswer(now: context.now) {
                sa.send(answer, &context)
                // The peer did not receive our last message, and so does not have the pair.
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
            logUnauthenticated(
                "Quick Mode message from \(incoming.peer) refused: \(error.reason)", message: error.code, connection: sa.policy.id,
                serial: exchange?.serial ?? sa.serial, &context)
        }
    }

    /// The first message of an exchange. Throws for an error before authentication. After it the peer is notified.
    private func begin(
        _ sa: ISAKMPSA, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        guard !sa.messageIDs.contains(header.messageID) else {
            // The message belongs to a finished exchange: it is a duplicate or a replay.
            counters.repeated += 1
            return
        }
        guard let keys = sa.keys else { return }
        let iv = keys.phase2IV(after: sa.iv, messageID: header.messageID)
        let opened = try open(sa, header, incoming.datagram, iv: iv, hashing: [], isHash3: false, nonces: [])
        guard opened.chain.places.contains(where: { $0.type == .securityAssociation }) else {
            throw Refusal(.unauthenticated, nil, "it is no Quick Mode, for it has no SA payload")
        }
        // Only an authenticated message may displace another exchange.
        guard makeRoom(sa) else { throw Refusal(.overLimit, nil, "too many Quick Modes are under way") }
        // The message ID is not accepted again.
        sa.messageIDs.insert(header.messageID)
        // The peer has received our last message of Main Mode.
        sa.last.forgetAnswer()
        updatePeerEndpoint(sa, incoming, &context)
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

    /// Whether another Quick Mode may begin within the SA. If there are too many in all, the oldest finished one is removed.
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
        _ exchange: QuickMode, _ header: Header, _ incoming: borrowing IncomingDatagram, _ context: inout EngineContext
    ) throws(Refusal) {
        switch exchange.state {
        case .quickI1:
            let opened = try open(
                exchange.sa, header, incoming.datagram, iv: exchange.iv, hashing: exchange.initiatorNonce,
                isHash3: false, nonces: [])
            exchange.last.accepted(incoming.datagram)
            exchange.sa.lastHeard = context.now
            updatePeerEndpoint(exchange.sa, incoming, &context)
            repeatUnconfirmedDeletion(exchange.sa, &context)
            do throws(Refusal) {
                try quickI1(exchange, QuickModeMessage(opened), &context)
            } catch {
                count(error.kind)
                if let type = error.notify {
                    notify(exchange.sa, Notification(type, .esp, spi: octets(spi: exchange.ownSPI)), &context)
                }
                fail(exchange, error.notify?.code ?? 34, error.reason, message: error.code, &context)
            }
        case .quickR1:
            _ = try open(
                exchange.sa, header, incoming.datagram, iv: exchange.iv, hashing: [], isHash3: true,
                nonces: exchange.initiatorNonce + exchange.responderNonce)
            exchange.last.accepted(incoming.datagram)
            exchange.sa.lastHeard = context.now
            updatePeerEndpoint(exchange.sa, incoming, &context)
            repeatUnconfirmedDeletion(exchange.sa, &context)
            quickR1(exchange, &context)
        default: throw Refusal(.unauthenticated, nil, "its exchange expects no message")
        }
    }

    /// The data plane's answer to `needSPI`.
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
}
