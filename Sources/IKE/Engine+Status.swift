import Crypto
import Wire

extension Engine {
    /// The peer of an SA that is installed or about to be; `nil` for an unknown SA.
    public func peer(spi: UInt32, destination: Address) -> AuthenticatedPeer? {
        if let pair = ipsecSAs.first(where: { $0.hasSA(spi, destination) }) {
            guard let id = pair.peerID else { return nil }
            let sa = isakmpSAs.last { $0.serial == pair.parent } ?? isakmpSAs.last { $0.isEstablished && $0.covers(pair) }
            return AuthenticatedPeer(id, authority: sa?.proof?.issuers?.first)
        }
        let exchange = quickModes.first {
            $0.ownSPI == spi && $0.sa.local.address == destination || $0.peerSPI == spi && $0.sa.peer.address == destination
        }
        guard let sa = exchange?.sa, let id = sa.peerID else { return nil }
        return AuthenticatedPeer(id, authority: sa.proof?.issuers?.first)
    }

    /// All SAs and exchanges for `--status`, the oldest first.
    public func status(now: UInt64) -> [StateStatus] {
        var states: [StateStatus] = []
        func add(_ state: StateStatus) {
            let place = states.firstIndex { $0.serial > state.serial } ?? states.count
            states.insert(state, at: place)
        }
        for sa in isakmpSAs {
            let suite: Sentence =
                sa.suite.map { " {\($0.words), \(sa.nat.words)\(sa.peerTakesFragments ? ", IKE fragmentation" : "")}" } ?? ""
            add(
                StateStatus(
                    serial: sa.serial, connection: sa.policy.id, name: sa.state.name, text: "\(sa.state.words)\(suite)",
                    peer: sa.peer, remaining: seconds(until: sa.retransmission?.due ?? sa.expires, now), isPhase2: false,
                    isEstablished: sa.isEstablished, isHalfOpen: sa.isHalfOpen, suite: sa.suite.map { "\($0.words)" }, nat: sa.nat.place,
                    peerTakesFragments: sa.peerTakesFragments))
        }
        for exchange in quickModes where !exchange.state.isDone {
            add(
                StateStatus(
                    serial: exchange.serial, connection: exchange.policy.id, name: exchange.state.name,
                    text: "\(exchange.state.words)", peer: exchange.sa.peer,
                    remaining: seconds(until: exchange.retransmission?.due ?? exchange.expires, now), isPhase2: true,
                    isEstablished: false))
        }
        for pair in ipsecSAs {
            add(
                StateStatus(
                    serial: pair.serial, connection: pair.connection,
                    name: pair.isInitiator ? "STATE_QUICK_I2" : "STATE_QUICK_R2", text: "IPsec SA established \(pair.words)",
                    peer: pair.peer, remaining: seconds(until: pair.expires, now), isPhase2: true, isEstablished: true))
        }
        return states
    }

    private func seconds(until time: UInt64, _ now: UInt64) -> UInt64 {
        time > now ? (time - now) / Limits.second : 0
    }

    /// A summary of an ISAKMP message's header for the log. The header is not verified.
    public static func summary(of message: Span<UInt8>) -> Sentence { (try? Header(message))?.words ?? "no ISAKMP message" }
}
