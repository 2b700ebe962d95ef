import Control
import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

extension Connections {
    /// Calls `body` with every pair of SAs, also those of manual conns.
    func forEachPair(_ body: (PairStatus) -> Void) {
        for index in 0..<engine.pairCount { body(engine.pair(at: index)) }
        for connection in all where connection.isUp {
            guard let manual = connection.manual else { continue }
            body(
                PairStatus(
                    connection: connection.id, inboundSPI: manual.inbound.spi, outboundSPI: manual.outbound.spi,
                    local: manual.inbound.destination, peer: manual.outbound.destination,
                    localSelector: manual.outbound.sourceSelector, remoteSelector: manual.outbound.destinationSelector,
                    suite: manual.outbound.suite, isEncapsulated: false, isRetired: false))
        }
    }

    /// The packets that a pair carried and refused.
    func traffic(_ pair: PairStatus) -> TunnelTraffic {
        TunnelTraffic(
            sent: plane.traffic(spi: pair.outboundSPI, destination: pair.peer) ?? Traffic(),
            received: plane.traffic(spi: pair.inboundSPI, destination: pair.local) ?? Traffic())
    }

    /// Checks every tunnel if that is due.
    func checkTraffic(now: UInt64) {
        guard all.contains(where: { $0.isRouted }) else {
            trafficMonitor.due = nil
            trafficMonitor.tunnels = []
            return
        }
        guard let due = trafficMonitor.due else {
            trafficMonitor.due = now + Limits.newTunnelCheckInterval
            return
        }
        guard due <= now else { return }
        var seen: [WatchedTunnel] = []
        var isNew = false
        forEachPair { pair in
            if pair.isRetired { return }
            let tunnel = watched(pair, at: seen.count, now: now)
            if let finding = tunnel.watch.look(traffic(pair)) { say(finding, pair) }
            if now - tunnel.since < Limits.newTunnelAge { isNew = true }
            seen.append(tunnel)
        }
        trafficMonitor.tunnels = seen
        trafficMonitor.due = now + (isNew ? Limits.newTunnelCheckInterval : Limits.trafficCheckInterval)
        reportRefused(now: now)
    }

    /// The tunnel that a pair belongs to. The pairs usually come in the same order each time.
    private func watched(_ pair: PairStatus, at index: Int, now: UInt64) -> WatchedTunnel {
        let isThere = index < trafficMonitor.tunnels.count && trafficMonitor.tunnels[index].pair.isSameTunnel(as: pair)
        guard let tunnel = isThere ? trafficMonitor.tunnels[index] : trafficMonitor.tunnels.first(where: { $0.pair.isSameTunnel(as: pair) })
        else {
            return WatchedTunnel(pair, now: now)
        }
        if tunnel.pair.inboundSPI != pair.inboundSPI || tunnel.pair.outboundSPI != pair.outboundSPI {
            tunnel.pair = pair
            tunnel.since = now
            tunnel.watch.reset()
        }
        return tunnel
    }

    /// Logs how many packets were refused since the last such line, at most once in `Limits.refusedESPInterval`.
    private func reportRefused(now: UInt64) {
        guard now >= trafficMonitor.reportsAgainAt else { return }
        let refused = plane.refusedESP
        let new = refused.since(trafficMonitor.reported)
        guard new.total > 0 else { return }
        trafficMonitor.reported = refused
        trafficMonitor.reportsAgainAt = now + Limits.refusedESPInterval
        log.notice("refused \(new.total) ESP packets: \(new.words)", code: .espRefused)
    }

    private func say(_ finding: TrafficFinding, _ pair: PairStatus) {
        guard let connection = find(pair.connection) else { return }
        let traffic = traffic(pair)
        let peer: Sentence = connection.policy.remote == pair.peer ? "" : "\(pair.peer): "
        log.warning(
            "\(peer)\(finding.words(pair, traffic, connection.eroute.outerDF))", code: finding.code, conn: connection.name)
    }
}

extension Connections {
    /// Shows the packets that the connection's pairs, or those of one of its peers, carried: one line, and another one if something is
    /// wrong.
    func showTraffic(of connection: Connection, _ instance: Instance?, to terminal: Terminal) -> TunnelTraffic {
        var sum = TunnelTraffic()
        var current: PairStatus?
        forEachPair { pair in
            guard pair.connection == connection.id else { return }
            if let instance, instance.eroute.remoteSelector != pair.remoteSelector { return }
            sum = sum + traffic(pair)
            if current == nil || !pair.isRetired { current = pair }
        }
        guard let current else { return sum }
        terminal.plain("    \(sum.words)")
        guard sum.received.packets == 0 else { return sum }
        if sum.received.refused.total > 0 {
            terminal.plain(
                ("    every packet that came was refused. \(TrafficFinding.refusal(current, sum.received.refused))" as Sentence)
                    .marked(.everythingRefused))
        } else if sum.sent.packets > 0 {
            terminal.plain(
                ("    this pair of SAs has received nothing. \(TrafficFinding.silence(current))" as Sentence).marked(.nothingReceived))
        }
        return sum
    }
}
