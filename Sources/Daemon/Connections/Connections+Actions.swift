import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// Carries out the engine's actions.
extension Connections {
    /// Carries out actions in order. The engine's responses to results (an SPI, an SA that was installed or refused) are appended to the
    /// list.
    func perform(_ asked: [Action], now: UInt64) {
        var actions = asked
        var next = 0
        while next < actions.count {
            let action = actions[next]
            next += 1
            switch action {
            case .send(let message, let from, let to): append(.send(message, from: from, to: to))
            case .keepalive(let from, let to): append(.keepalive(from: from, to: to))
            case .needSPI(let request):
                let spi = plane.allocateSPI(
                    source: request.source, destination: request.destination, requestID: request.requestID)
                engine.supply(spi, for: request, now: now, random: random, &actions)
            case .needKeys(let request):
                append(.searchKeys(of: request.identity, for: .exchange(request.token, isStrangers: request.isStrangers)))
            case .installInbound(let request): install(request, inbound: true, now: now, &actions)
            case .installOutbound(let request): install(request, inbound: false, now: now, &actions)
            case .remove(let spi, let destination, let id):
                plane.remove(spi: spi, destination: destination)
                log.debug(log.debugging.plane, "removes the SA 0x\(Text.hex(UInt64(spi), digits: 8)) to \(destination)")
                if let connection = find(id), connection.outbound?.spi == spi { connection.enter(.carried(nil), at: wallTime) }
                forgetInInstances(spi, destination)
            case .say(let progress): say(progress)
            case .established(let id):
                trafficMonitor.bringForward(now: now)
                established(id)
            case .authenticated(let id):
                if let connection = all.first(where: { $0.replacement?.id == id }) { moveToReplacement(connection, now: now) }
            case .lookUpPeers:
                for connection in all where connection.peerName != nil { lookUpPeer(connection, now: now) }
            case .lost(let id): lost(id, now: now)
            case .unroute(let id): unroute(id)
            case .attemptFailed(let id, let reason, let code, let final): attemptFailed(id, reason, code, final: final, now: now)
            }
        }
    }

    /// Installs an SA and tells the engine the result.
    private func install(_ request: InstallRequest, inbound: Bool, now: UInt64, _ actions: inout [Action]) {
        if install(request.sa, request.connection, inbound: inbound, now: now) {
            engine.installed(request.token, now: now, random: random, &actions)
        } else {
            engine.installRefused(request.token, now: now, random: random, &actions)
        }
    }

    /// False if the plane refused it, or the connection is gone.
    private func install(_ sa: SecurityAssociation, _ id: ConnectionID, inbound: Bool, now: UInt64) -> Bool {
        guard let connection = find(id) else { return false }
        var sa = sa
        log.debug(
            log.debugging.plane,
            "installs the SA 0x\(Text.hex(UInt64(sa.spi), digits: 8)) to \(sa.destination), \(sa.suite.words)", conn: connection.name)
        do throws(PlaneError) {
            let instance = connection.isTemplate ? try instance(of: connection, for: sa, inbound: inbound) : nil
            if let instance {
                sa.requestID = instance.eroute.requestID
            } else if let peer = engine.peer(spi: sa.spi, destination: sa.destination) {
                connection.eroute.peer = peer
            }
            if inbound {
                // The traffic is caught before an SA carries it, so that none of it leaves in the clear.
                try hold(connection)
                try plane.installInbound(sa)
            } else {
                try plane.installOutbound(sa, now: now)
                if let instance {
                    if !instance.carries { tell(.up, connection, instance.eroute) }
                    instance.carries = true
                } else if !connection.isUp {
                    tell(.up, connection, connection.eroute)
                }
                connection.enter(.carried(SAID(spi: sa.spi, destination: sa.destination)), at: wallTime)
            }
            return true
        } catch {
            log.error("cannot install its SA: \(error.reason)", code: .saNotInstalled, conn: connection.name)
            connection.tell(33, ("cannot install its SA: \(error.reason)" as Sentence).marked(.saNotInstalled))
            return false
        }
    }

    private func say(_ progress: Progress) {
        if progress.level == .debug, !log.debugging.control { return }
        let level: Log.Level =
            switch progress.level {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
        guard let id = progress.connection, let connection = find(id) else {
            log.write(level, progress.text, code: progress.message, isStrangers: progress.isStrangers)
            return
        }
        log.write(level, progress.text, code: progress.message, conn: connection.name, isStrangers: progress.isStrangers)
        if level == .warning || level == .error { connection.lastError = LastError(progress.text, progress.message, at: wallTime.seconds) }
        if level != .debug { connection.tell(progress.code, progress.text.marked(progress.message)) }
    }

    private func established(_ id: ConnectionID) {
        guard let connection = find(id) else { return }
        connection.release(0)
    }

    private func lost(_ id: ConnectionID, now: UInt64) {
        guard let connection = find(id) else { return }
        if connection.isUp {
            if !connection.isTemplate { tell(.down, connection, connection.eroute) }
            connection.enter(.held, at: wallTime)
        }
        log.notice("is down: its traffic is held until it is up again or unrouted", code: .connectionDown, conn: connection.name)
        lookUpPeer(connection, now: now)
    }

    /// `dpdaction=clear`.
    private func unroute(_ id: ConnectionID) {
        guard let connection = find(id) else { return }
        stopCatching(connection)
        log.warning("is unrouted (dpdaction=clear): its traffic goes in the clear", code: .inTheClear, conn: connection.name)
    }

    private func attemptFailed(_ id: ConnectionID, _ reason: __owned Sentence, _ code: MessageCode?, final: Bool, now: UInt64) {
        guard let connection = find(id) else { return }
        log.warning("\(reason)\(final ? "" : "; trying again")", code: .negotiationFailed, conn: connection.name)
        connection.lastError = LastError(reason, code ?? .negotiationFailed, at: wallTime.seconds)
        connection.tell(30, reason.marked(code))
        if !final { connection.tell(0, "keeps trying in the background") }
        lookUpPeer(connection, now: now)
        if final, connection.failureShunt != .none { giveUp(connection) }
        connection.release(1)
    }

    /// The last try of a negotiation has failed: `failureshunt=` decides about the traffic until the next negotiation.
    private func giveUp(_ connection: Connection) {
        guard connection.state == .held else { return }
        let eroute = connection.eroute.copy()
        eroute.shunt = connection.failureShunt
        do throws(PlaneError) {
            try plane.route(eroute)
            connection.enter(.shunted, at: wallTime)
            log.warning(
                eroute.shunt == .passthrough
                    ? "sends its traffic in the clear (failureshunt=passthrough)"
                    : "drops its traffic (failureshunt=)", code: eroute.shunt == .passthrough ? .inTheClear : nil, conn: connection.name)
        } catch { log.error("failureshunt= cannot be applied: \(error.reason)", code: .notRouted, conn: connection.name) }
    }
}
