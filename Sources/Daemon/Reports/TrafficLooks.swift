import Crypto
import DataPlane
import Host
import IKE
import Linux
import Wire

/// One tunnel that is looked at.
final class WatchedTunnel {
    fileprivate(set) var pair: PairStatus
    fileprivate var watch = TrafficWatch()
    /// When this pair was seen first.
    fileprivate var since: UInt64

    fileprivate init(_ pair: PairStatus, now: UInt64) {
        self.pair = pair
        since = now
    }
}

/// The tunnels' counters: asked of the plane for `status`, and looked at now and then so that a tunnel which stands and
/// carries nothing does not go unnoticed.
struct TrafficLooks {
    /// When to look again; `nil` while nothing is routed.
    fileprivate(set) var due: UInt64?
    fileprivate var tunnels: [WatchedTunnel] = []
    /// What the plane had refused when the log last said so.
    fileprivate var told = RefusedESP()
    fileprivate var tellAgain: UInt64 = 0

    /// A new tunnel stands, and is young.
    mutating func hurry(now: UInt64) { due = min(due ?? .max, now + Limits.firstLooks) }
}

extension Connections {
    /// Shows `body` every pair of SAs, also those of manual conns.
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

    /// What a pair carried and refused.
    func traffic(_ pair: PairStatus) -> TunnelTraffic {
        TunnelTraffic(
            sent: plane.traffic(spi: pair.outboundSPI, destination: pair.peer) ?? Traffic(),
            received: plane.traffic(spi: pair.inboundSPI, destination: pair.local) ?? Traffic())
    }

    /// Looks at every tunnel when it is time.
    func lookAtTraffic(now: UInt64) {
        guard all.contains(where: { $0.isRouted }) else {
            looks.due = nil
            looks.tunnels = []
            return
        }
        guard let due = looks.due else {
            looks.due = now + Limits.firstLooks
            return
        }
        guard due <= now else { return }
        var seen: [WatchedTunnel] = []
        var isNew = false
        forEachPair { pair in
            if pair.isRetired { return }
            let tunnel = watched(pair, at: seen.count, now: now)
            if let finding = tunnel.watch.look(traffic(pair)) { say(finding, pair) }
            if now - tunnel.since < Limits.youngTunnel { isNew = true }
            seen.append(tunnel)
        }
        looks.tunnels = seen
        looks.due = now + (isNew ? Limits.firstLooks : Limits.laterLooks)
        tellOfRefused(now: now)
    }

    /// The tunnel that a pair carries, with what is known of it. Mostly they come in the same order each time.
    private func watched(_ pair: PairStatus, at index: Int, now: UInt64) -> WatchedTunnel {
        let isThere = index < looks.tunnels.count && looks.tunnels[index].pair.isSameTunnel(as: pair)
        guard let tunnel = isThere ? looks.tunnels[index] : looks.tunnels.first(where: { $0.pair.isSameTunnel(as: pair) }) else {
            return WatchedTunnel(pair, now: now)
        }
        if tunnel.pair.inboundSPI != pair.inboundSPI || tunnel.pair.outboundSPI != pair.outboundSPI {
            tunnel.pair = pair
            tunnel.since = now
            tunnel.watch.beginAnew()
        }
        return tunnel
    }

    /// What was refused since the log last said so: a line, and not before its time.
    private func tellOfRefused(now: UInt64) {
        guard now >= looks.tellAgain else { return }
        let refused = plane.refusedESP
        let new = refused.since(looks.told)
        guard new.total > 0 else { return }
        looks.told = refused
        looks.tellAgain = now + Limits.refusedESPInterval
        log.notice("refused \(new.total) ESP packets: \(new.words)\(code: .espRefused)")
    }

    private func say(_ finding: TrafficFinding, _ pair: PairStatus) {
        guard let connection = find(pair.connection) else { return }
        let traffic = traffic(pair)
        let peer: Sentence = connection.policy.remote == pair.peer ? "" : " \(pair.peer):"
        log.warning("\"\(connection.name)\"\(peer) \(finding.words(pair, traffic, connection.eroute.outerDF))\(code: finding.code)")
    }
}

extension Connections {
    /// What a connection's pairs carried, or those of one of its peers: a line, and another where something is wrong.
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
                "    every packet that came was refused. \(TrafficFinding.refusal(current, sum.received.refused))\(code: .everythingRefused)"
            )
        } else if sum.sent.packets > 0 {
            terminal.plain("    nothing ever came by this pair of SAs. \(TrafficFinding.silence(current))\(code: .nothingReceived)")
        }
        return sum
    }
}

extension TrafficFinding {
    /// What the log's line ends with.
    var code: MessageCode {
        switch self {
        case .nothingCame: .nothingReceived
        case .everythingRefused: .everythingRefused
        case .largeLost: .largePacketsLost
        }
    }

    /// The finding with its likely causes and the cure.
    func words(_ pair: PairStatus, _ traffic: TunnelTraffic, _ outerDF: SecurityAssociation.OuterDF) -> Sentence {
        switch self {
        case .nothingCame:
            return "nothing ever came by this pair of SAs: sent \(traffic.sent.packets) packets, received none. "
                + Self.silence(pair)
        case .everythingRefused:
            return "refuses every packet that comes: \(traffic.received.refused.words). "
                + Self.refusal(pair, traffic.received.refused)
        case .largeLost:
            return "large packets get no answer, while small ones do: the path may lose them. " + Self.loss(pair, outerDF)
        }
    }

    /// What may be the cause where nothing comes.
    static func silence(_ pair: PairStatus) -> Sentence {
        let refusal: StaticString = "the peer may refuse what we send (its log and counters say so), or nobody there answers"
        return pair.isEncapsulated
            ? "ESP in UDP (port 4500) may be dropped on the way, \(refusal)"
            : "ESP (IP protocol 50) may be dropped on the way: forceencaps=yes sends it in UDP. Or \(refusal)"
    }

    static func refusal(_ pair: PairStatus, _ refused: RefusedESP) -> Sentence {
        if refused.failedCheck == 0, refused.malformed == 0 {
            return "The peer sends what this conn's leftsubnet=, rightsubnet= and protoports do not cover"
        }
        let cut: Sentence =
            pair.suite.integrity == .hmacSHA256_128
            ? "a kernel that cuts HMAC-SHA-256 to 96 bits (Linux before 2.6.33; another hash in esp= avoids it), " : ""
        return "The likely cause is at the peer: \(cut)another ESP suite, or a wrong key"
    }

    private static func loss(_ pair: PairStatus, _ outerDF: SecurityAssociation.OuterDF) -> Sentence {
        let smaller: Sentence = "overridemtu=1280 in config setup makes packets that fit everywhere"
        if outerDF != .clear, pair.peer.family == .ipv4 {
            return "A router's \"fragmentation needed\" may get lost: pmtudisc=clear lets routers fragment, \(smaller)"
        }
        return pair.peer.family == .ipv4
            ? "Fragments may be dropped on the way: \(smaller)"
            : "A router's \"packet too big\" may get lost: \(smaller)"
    }
}
