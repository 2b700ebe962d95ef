import Crypto
import Wire

extension Engine {
    /// What stands and what is being negotiated, for `--status`; the oldest first.
    public func status(now: UInt64) -> [StateStatus] {
        var states: [StateStatus] = []
        for sa in isakmpSAs {
            let suite = sa.suite.map { " {\($0.words), \(sa.nat.words)}" } ?? ""
            states.append(
                StateStatus(
                    serial: sa.serial, connection: sa.policy.id, name: sa.state.name, text: "\(sa.state.words)\(suite)",
                    peer: sa.peer, remaining: seconds(until: sa.retransmission?.due ?? sa.expires, now), isPhase2: false,
                    isEstablished: sa.isEstablished))
        }
        for exchange in quickModes where !exchange.state.isDone {
            states.append(
                StateStatus(
                    serial: exchange.serial, connection: exchange.policy.id, name: exchange.state.name,
                    text: "\(exchange.state.words)", peer: exchange.sa.peer,
                    remaining: seconds(until: exchange.retransmission?.due ?? exchange.expires, now), isPhase2: true,
                    isEstablished: false))
        }
        for pair in ipsecSAs {
            states.append(
                StateStatus(
                    serial: pair.serial, connection: pair.connection,
                    name: pair.isInitiator ? "STATE_QUICK_I2" : "STATE_QUICK_R2", text: "IPsec SA established \(pair.words)",
                    peer: pair.peer, remaining: seconds(until: pair.expires, now), isPhase2: true, isEstablished: true))
        }
        states.sort { $0.serial < $1.serial }
        return states
    }

    private func seconds(until time: UInt64, _ now: UInt64) -> UInt64 {
        time > now ? (time - now) / Limits.second : 0
    }
}
